//! Layouts: what the eight cells of a page mean. A layout is the type of a page, its tag stands in cell 0.
//!
//! The compiler reads layouts from the text; a registry publishes them, because the check over rows, the genesis tool and
//! people need the types of cells, too. A layout's types never change: a new meaning is a new tag (CONTRACTS 1.3).

use braid_primitives::F;
use p3_field::PrimeCharacteristicRing;

use crate::program::Type;

/// Tags of layouts begin here, above every asset.
pub const TAG_BASE: u64 = 1 << 48;

/// Name of the one layout that has no number: its tag is the asset it holds.
pub const HOLDING: &str = "Holding";

/// The asset of which a balance holds units.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum AssetOf {
    /// This asset, whatever the page says.
    Constant(u64),
    /// The asset in this cell of the page; cell 0 in a `Holding`.
    Cell(u8),
}

/// What a cell is beside its type.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Role {
    /// Cell 0.
    Tag,
    /// Assigned by programs of the layout's file.
    Plain,
    /// Units of an asset; only moved.
    Balance(AssetOf),
    /// Units in existence of `receipt(account of the page, 0)`; only minted and burnt.
    Supply,
    /// Always 0.
    Unused,
}

/// One cell.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct CellType {
    /// Type of the values.
    pub ty: Type,
    /// What the cell is for.
    pub role: Role,
}

/// A named run of cells.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Field {
    /// Name in the text.
    pub name: String,
    /// First cell.
    pub cell: u8,
    /// Number of cells.
    pub count: u8,
    /// Whether the text declares an array (of `count` elements, perhaps one).
    pub array: bool,
}

/// The type of a page.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Layout {
    /// Name in the text.
    pub name: String,
    /// Name of the file whose programs may write its pages.
    pub file: String,
    /// Number of the tag, nothing for `Holding`.
    pub number: Option<u32>,
    /// Whether it is a `contract layout`: at one page of an account, made together with the account.
    pub contract: bool,
    /// Types of the eight cells.
    pub cells: [CellType; 8],
    /// Fields by name, without the tag.
    pub fields: Vec<Field>,
}

impl Layout {
    /// Content of cell 0, nothing for `Holding`.
    pub fn tag(&self) -> Option<F> {
        self.tag_number().map(F::from_u64)
    }

    /// [`Layout::tag`] as an integer.
    pub fn tag_number(&self) -> Option<u64> {
        self.number.map(|number| TAG_BASE + u64::from(number))
    }

    /// Whether cells 1..=5 are a public key, as in a `User`.
    pub fn has_key(&self) -> bool {
        self.fields.iter().any(|field| field.name == "key" && field.cell == 1 && field.count == 5)
            && self.cells[1..=5].iter().all(|cell| cell.ty == Type::Field && cell.role == Role::Plain)
    }

    /// Whether it lies on page 0 of an account: it has a key and a nonce, or is the `Contract` header.
    pub fn is_header(&self) -> bool {
        self.name == "Contract" || self.nonce().is_some()
    }

    /// Cell of the nonce of a header that signs default messages.
    pub fn nonce(&self) -> Option<u8> {
        let nonce = self.fields.iter().find(|field| field.name == "nonce" && field.count == 1)?;
        (self.has_key() && self.cells[nonce.cell as usize].ty == Type::Counter).then_some(nonce.cell)
    }

    /// Whether any cell is a supply.
    pub fn has_supply(&self) -> bool {
        self.cells.iter().any(|cell| cell.role == Role::Supply)
    }

    /// Field by name.
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// Whether both have the same fields of the same types in the same places.
    pub fn same_fields(&self, other: &Self) -> bool {
        self.fields == other.fields && self.cells == other.cells
    }

    /// Name of a cell, for messages: `reserve.1`, `tag`, `cell 6`.
    pub fn cell_name(&self, cell: usize) -> String {
        if cell == 0 {
            return "tag".to_string();
        }
        let field = self.fields.iter().find(|field| (field.cell..field.cell + field.count).contains(&(cell as u8)));
        match field {
            Some(field) if field.array => format!("{}.{}", field.name, cell - field.cell as usize),
            Some(field) => field.name.clone(),
            None => format!("cell {cell}"),
        }
    }
}
