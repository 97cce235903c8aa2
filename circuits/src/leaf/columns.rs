//! Named columns: a struct of fields that is read from a row and written to one.

/// Declares the columns of a chip: `columns! { pub struct Columns { real, limbs: [4], } }`.
///
/// Generates the struct over any copyable cell type `T`, its `WIDTH` in cells, `read` from a row and `write` into a
/// row, both in the order of declaration. A plain name is one column, `name: [n]` is `n` adjacent ones.
#[macro_export]
macro_rules! columns {
    ($(#[$meta:meta])* pub struct $name:ident { $($(#[$doc:meta])* $field:ident $(: [$len:expr])?),* $(,)? }) => {
        $(#[$meta])*
        pub struct $name<T> { $($(#[$doc])* pub $field: $crate::columns!(@type T $(, $len)?)),* }

        impl<T: Copy> Copy for $name<T> {}
        impl<T: Copy> Clone for $name<T> {
            #[inline]
            fn clone(&self) -> Self {
                *self
            }
        }

        impl<T: Copy> $name<T> {
            /// Number of columns.
            pub const WIDTH: usize = 0 $(+ $crate::columns!(@width $($len)?))*;

            /// The columns of `row`, which is at least `WIDTH` cells long.
            #[inline]
            #[allow(unused_assignments)]
            pub fn read(row: &[T]) -> Self {
                let mut at = 0;
                $($crate::columns!(@read row, at, $field $(, $len)?);)*
                Self { $($field),* }
            }

            /// Writes the columns into `row`, which is at least `WIDTH` cells long.
            #[inline]
            #[allow(unused_assignments)]
            pub fn write(&self, row: &mut [T]) {
                let mut at = 0;
                $($crate::columns!(@write self, row, at, $field $(, $len)?);)*
            }
        }
    };
    (@type $t:ident) => { $t };
    (@type $t:ident, $len:expr) => { [$t; $len] };
    (@width) => { 1 };
    (@width $len:expr) => { $len };
    (@read $row:ident, $at:ident, $field:ident) => { let $field = $row[$at]; $at += 1; };
    (@read $row:ident, $at:ident, $field:ident, $len:expr) => {
        let $field: [T; $len] = core::array::from_fn(|i| $row[$at + i]);
        $at += $len;
    };
    (@write $self:ident, $row:ident, $at:ident, $field:ident) => { $row[$at] = $self.$field; $at += 1; };
    (@write $self:ident, $row:ident, $at:ident, $field:ident, $len:expr) => {
        $row[$at..$at + $len].copy_from_slice(&$self.$field);
        $at += $len;
    };
}
