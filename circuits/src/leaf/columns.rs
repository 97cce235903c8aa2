//! Named columns: a struct of fields that is read from a row and written to one.

/// Declares the columns of a chip: `columns! { pub struct Columns { real, limbs: [4], } }`.
///
/// Generates the struct over any copyable cell type `T`, its `WIDTH` in cells, `read` from a row and `write` into a
/// row, both in the order of declaration. A plain name is one column, `name: [n]` is `n` adjacent ones, `name: {Part}` those of
/// another such struct.
#[macro_export]
macro_rules! columns {
    ($(#[$meta:meta])* pub struct $name:ident { $($(#[$doc:meta])* $field:ident $(: [$len:expr])? $(: {$part:ident})?),* $(,)? }) => {
        $(#[$meta])*
        pub struct $name<T> { $($(#[$doc])* pub $field: $crate::columns!(@type T $(, [$len])? $(, {$part})?)),* }

        impl<T: Copy> Copy for $name<T> {}
        impl<T: Copy> Clone for $name<T> {
            #[inline]
            fn clone(&self) -> Self {
                *self
            }
        }

        impl<T: Copy> $name<T> {
            /// Number of columns.
            pub const WIDTH: usize = 0 $(+ $crate::columns!(@width $([$len])? $({$part})?))*;

            /// The columns of `row`, which is at least `WIDTH` cells long.
            #[inline]
            #[allow(unused_assignments)]
            pub fn read(row: &[T]) -> Self {
                let mut at = 0;
                $($crate::columns!(@read row, at, $field $(, [$len])? $(, {$part})?);)*
                Self { $($field),* }
            }

            /// Writes the columns into `row`, which is at least `WIDTH` cells long.
            #[inline]
            #[allow(unused_assignments)]
            pub fn write(&self, row: &mut [T]) {
                let mut at = 0;
                $($crate::columns!(@write self, row, at, $field $(, [$len])? $(, {$part})?);)*
            }
        }
    };
    (@type $t:ident) => { $t };
    (@type $t:ident, [$len:expr]) => { [$t; $len] };
    (@type $t:ident, {$part:ident}) => { $part<$t> };
    (@width) => { 1 };
    (@width [$len:expr]) => { $len };
    (@width {$part:ident}) => { $part::<()>::WIDTH };
    (@read $row:ident, $at:ident, $field:ident) => { let $field = $row[$at]; $at += 1; };
    (@read $row:ident, $at:ident, $field:ident, [$len:expr]) => {
        let $field: [T; $len] = core::array::from_fn(|i| $row[$at + i]);
        $at += $len;
    };
    (@read $row:ident, $at:ident, $field:ident, {$part:ident}) => {
        let $field = $part::read(&$row[$at..]);
        $at += $part::<()>::WIDTH;
    };
    (@write $self:ident, $row:ident, $at:ident, $field:ident) => { $row[$at] = $self.$field; $at += 1; };
    (@write $self:ident, $row:ident, $at:ident, $field:ident, [$len:expr]) => {
        $row[$at..$at + $len].copy_from_slice(&$self.$field);
        $at += $len;
    };
    (@write $self:ident, $row:ident, $at:ident, $field:ident, {$part:ident}) => {
        $self.$field.write(&mut $row[$at..]);
        $at += $part::<()>::WIDTH;
    };
}
