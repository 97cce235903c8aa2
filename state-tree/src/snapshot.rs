//! A tree as a file, replaced as a whole: a reader finds the old snapshot or the new one, never a mixture.
//!
//! Layout, integers little-endian, elements as canonical 8 bytes:
//!
//! ```text
//! magic 8 | depth 4 | length of meta 4 | meta | root 32 | number of pages 8 | pages: address 8, cells 64 | check 32
//! ```
//! Pages rise strictly and are not zero. `check` is a hash of everything up to the root, and the root is recomputed from
//! the pages, so a damaged file is refused. It guards against accidents, not against whoever may write the file.

use crate::tree::{Tree, TreeError};
use braid_primitives::{Digest, F, MODULUS, Page, poseidon};
use p3_field::{PrimeCharacteristicRing, PrimeField64};
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::Path;
use thiserror::Error;

/// First bytes of a snapshot, with the format's version.
const MAGIC: [u8; 8] = *b"BRAIDSN1";
/// Bytes of an address and a page.
const PAGE_BYTES: usize = 8 + 64;

/// Why a snapshot cannot be written or read.
#[derive(Debug, Error)]
pub enum SnapshotError {
    /// The file system objects.
    #[error("snapshot {path}: {source}")]
    File {
        /// The file.
        path: String,
        /// What it says.
        source: io::Error,
    },
    /// The content is not a snapshot, or damaged.
    #[error("snapshot is damaged: {0}")]
    Damaged(&'static str),
    /// The pages are not those of a tree.
    #[error("snapshot is damaged: {0}")]
    Tree(#[from] TreeError),
}

/// Writes tree and meta data to `path`: into a file beside it, synced, then renamed over it, then the folder synced.
///
/// # Errors
/// Those of the file system; `path` then holds what it held.
pub fn write(path: &Path, tree: &Tree, meta: &[u8]) -> Result<(), SnapshotError> {
    let beside = path.with_extension("writing");
    write_synced(&beside, tree, meta)
        .and_then(|()| fs::rename(&beside, path))
        .and_then(|()| sync_folder(path))
        .map_err(|source| SnapshotError::File { path: path.display().to_string(), source })
}

/// Reads what [`write()`] wrote: the tree and the meta data.
///
/// # Errors
/// Those of the file system, and [`SnapshotError::Damaged`] for content that [`write()`] cannot have left there.
pub fn read(path: &Path) -> Result<(Tree, Vec<u8>), SnapshotError> {
    let bytes = fs::read(path).map_err(|source| SnapshotError::File { path: path.display().to_string(), source })?;
    decode(&bytes)
}

fn write_synced(path: &Path, tree: &Tree, meta: &[u8]) -> io::Result<()> {
    let length = u32::try_from(meta.len()).map_err(io::Error::other)?;
    let mut header = MAGIC.to_vec();
    header.extend(tree.depth().to_le_bytes());
    header.extend(length.to_le_bytes());
    header.extend(meta);
    header.extend(tree.root().iter().flat_map(|element| element.as_canonical_u64().to_le_bytes()));
    let mut file = BufWriter::new(File::create(path)?);
    file.write_all(&header)?;
    file.write_all(&(tree.pages().count() as u64).to_le_bytes())?;
    for (address, page) in tree.pages() {
        file.write_all(&address.to_le_bytes())?;
        for cell in page {
            file.write_all(&cell.as_canonical_u64().to_le_bytes())?;
        }
    }
    for element in check(&header) {
        file.write_all(&element.as_canonical_u64().to_le_bytes())?;
    }
    file.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()
}

/// Makes a rename in the folder of `path` durable.
fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}

fn decode(bytes: &[u8]) -> Result<(Tree, Vec<u8>), SnapshotError> {
    let mut rest = bytes;
    if take(&mut rest, MAGIC.len())? != MAGIC {
        return Err(SnapshotError::Damaged("it does not begin as one"));
    }
    let depth = u32::from_le_bytes(array(take(&mut rest, 4)?));
    let length = u32::from_le_bytes(array(take(&mut rest, 4)?)) as usize;
    let meta = take(&mut rest, length)?.to_vec();
    let root: Digest = elements(take(&mut rest, 32)?)?;
    let header = bytes.get(..bytes.len() - rest.len()).unwrap_or_default();
    let count = u64::from_le_bytes(array(take(&mut rest, 8)?));
    let size = usize::try_from(count).ok().and_then(|count| count.checked_mul(PAGE_BYTES));
    let pages = take(&mut rest, size.ok_or(SnapshotError::Damaged("it ends too early"))?)?;
    if elements::<4>(take(&mut rest, 32)?)? != check(header) || !rest.is_empty() {
        return Err(SnapshotError::Damaged("its check does not match"));
    }
    let pages: Vec<(u64, Page)> = pages
        .chunks_exact(PAGE_BYTES)
        .map(|entry| {
            let (address, page) = entry.split_at(8);
            Ok((u64::from_le_bytes(array(address)), elements(page)?))
        })
        .collect::<Result<_, SnapshotError>>()?;
    let mut tree = Tree::new(depth)?;
    tree.update(&pages)?;
    if tree.root() != root {
        return Err(SnapshotError::Damaged("its pages do not have its root"));
    }
    Ok((tree, meta))
}

fn take<'b>(rest: &mut &'b [u8], count: usize) -> Result<&'b [u8], SnapshotError> {
    let (taken, left) = rest.split_at_checked(count).ok_or(SnapshotError::Damaged("it ends too early"))?;
    *rest = left;
    Ok(taken)
}

/// The first bytes of a slice, filled up with zeros.
fn array<const N: usize>(bytes: &[u8]) -> [u8; N] {
    let mut array = [0; N];
    array.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
    array
}

/// `N` canonical elements.
fn elements<const N: usize>(bytes: &[u8]) -> Result<[F; N], SnapshotError> {
    let mut elements = [F::ZERO; N];
    for (element, bytes) in elements.iter_mut().zip(bytes.chunks_exact(8)) {
        let value = u64::from_le_bytes(array(bytes));
        if value >= MODULUS {
            return Err(SnapshotError::Damaged("an element is not below the field's order"));
        }
        *element = F::new(value);
    }
    Ok(elements)
}

/// A hash of bytes, four to an element, the length first.
fn check(bytes: &[u8]) -> Digest {
    let words = bytes.chunks(4).map(|word| F::from_u32(u32::from_le_bytes(array(word))));
    let input: Vec<F> = std::iter::once(F::from_u64(bytes.len() as u64)).chain(words).collect();
    poseidon::hash_no_pad(&input)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Tree {
        let mut tree = Tree::new(12).unwrap();
        let page = |n| std::array::from_fn(|i| F::from_u64(n + i as u64));
        tree.update(&[(0, page(1)), (17, page(9)), (2048, page(5)), (4095, page(2))]).unwrap();
        tree
    }

    #[test]
    fn reads_what_was_written_and_replaces_it_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state");
        write(&path, &Tree::new(8).unwrap(), b"first").unwrap();
        let tree = sample();
        write(&path, &tree, b"second").unwrap();
        let (read, meta) = read(&path).unwrap();
        assert_eq!((read.root(), read.depth(), meta.as_slice()), (tree.root(), 12, b"second".as_slice()));
        assert!(read.pages().eq(tree.pages()));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn every_damaged_byte_and_every_cut_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state");
        write(&path, &sample(), b"meta").unwrap();
        let bytes = fs::read(&path).unwrap();
        for position in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[position] ^= 1 << (position % 8);
            assert!(decode(&damaged).is_err(), "byte {position}");
            assert!(decode(&bytes[..position]).is_err(), "cut at {position}");
        }
        assert!(decode(&[bytes.as_slice(), &[0]].concat()).is_err());
    }

    #[test]
    fn a_missing_file_is_an_error() {
        assert!(matches!(read(Path::new("no such folder/state")), Err(SnapshotError::File { .. })));
        let tree = Tree::new(8).unwrap();
        assert!(matches!(write(Path::new("no such folder/state"), &tree, &[]), Err(SnapshotError::File { .. })));
    }
}
