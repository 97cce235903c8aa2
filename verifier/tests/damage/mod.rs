//! Proof files damaged in every way that disks, networks and attackers know.

#[path = "../random/mod.rs"]
mod random;

pub use random::SplitMix64;

/// Numbers at the edges of what a field element, a length or a counter can be.
const EDGES: [u64; 8] =
    [0, 1, 1 << 32, 1 << 62, 0xffff_ffff_0000_0000, 0xffff_ffff_0000_0001, 0xffff_ffff_0000_0002, u64::MAX];

/// Bytes in which the header of a proof file lies.
const HEADER: usize = 520;

/// Kinds of damage.
pub const KINDS: usize = 7;

/// Anywhere in a file, half of the time in its header.
fn place(random: &mut SplitMix64, length: usize) -> usize {
    let bound = if random.next() & 1 == 0 { length.min(HEADER) } else { length };
    random.index(bound)
}

/// The file with some damage, and the number of its kind. `other` is a second file, to take pieces from. Both have more
/// than 2000 bytes. The result may happen to be the file itself.
pub fn damaged(file: &[u8], other: &[u8], random: &mut SplitMix64) -> (usize, Vec<u8>) {
    let kind = random.index(KINDS);
    let mut bytes = file.to_vec();
    match kind {
        // Cut off.
        0 => bytes.truncate(random.index(file.len())),
        // A few bits flipped.
        1 => {
            for _ in 0..=random.index(4) {
                let at = place(random, bytes.len());
                bytes[at] ^= 1 << random.below(8);
            }
        }
        // Grown at the end.
        2 => bytes.extend((0..=random.index(300)).map(|i| i as u8)),
        // Bytes lost or put in somewhere.
        3 => {
            let at = place(random, bytes.len());
            let length = 1 + random.index(16);
            if random.next() & 1 == 0 {
                bytes.drain(at..(at + length).min(file.len()));
            } else {
                bytes.splice(at..at, (0..length).map(|i| i as u8));
            }
        }
        // A piece of another proof, or of this one from elsewhere.
        4 => {
            let source = if random.next() & 1 == 0 { other } else { file };
            let length = 1 + random.index(2000);
            let from = random.index(source.len() - length);
            let aligned = source == other && random.next() & 1 == 0 && from + length <= bytes.len();
            let to = if aligned { from } else { random.index(bytes.len() - length) };
            bytes[to..to + length].copy_from_slice(&source[from..from + length]);
        }
        // A number at an edge.
        5 => {
            let at = 4 * (place(random, bytes.len() - 8) / 4);
            bytes[at..at + 8].copy_from_slice(&EDGES[random.index(EDGES.len())].to_le_bytes());
        }
        // Anything, perhaps behind a right header.
        _ => {
            let keep = if random.next() & 1 == 0 { 0 } else { random.index(file.len()) };
            bytes.truncate(keep + random.index(2000));
            bytes.iter_mut().skip(keep).for_each(|byte| *byte = random.next() as u8);
        }
    }
    (kind, bytes)
}
