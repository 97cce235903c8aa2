//! A real proof file, damaged in every way: nothing panics, and nothing is accepted but what differs in the notes,
//! which nobody authenticates. `BRAID_FUZZ_CASES` sets the number of cases.

use super::{WORLD, insecure, verify};

const NOTES: &[u8] = b"these bytes are anybody's to change";

/// SplitMix64: the same cases in every run.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound.max(1) as u64) as usize
    }

    /// Anywhere in a file, half of the time in its header.
    fn place(&mut self, length: usize) -> usize {
        let bound = if self.next() & 1 == 0 { length.min(520) } else { length };
        self.below(bound)
    }
}

/// Numbers at the edges of what a field element, a length or a counter can be.
const EDGES: [u64; 8] =
    [0, 1, 1 << 32, 1 << 62, 0xffff_ffff_0000_0000, 0xffff_ffff_0000_0001, 0xffff_ffff_0000_0002, u64::MAX];

fn damaged(file: &[u8], other: &[u8], random: &mut Random) -> (usize, Vec<u8>) {
    let kind = random.below(7);
    let mut bytes = file.to_vec();
    match kind {
        // Cut off.
        0 => bytes.truncate(random.below(file.len())),
        // A few bits flipped.
        1 => {
            for _ in 0..=random.below(4) {
                let at = random.place(bytes.len());
                bytes[at] ^= 1 << random.below(8);
            }
        }
        // Grown at the end.
        2 => bytes.extend((0..=random.below(300)).map(|i| i as u8)),
        // Bytes lost or put in somewhere.
        3 => {
            let at = random.place(bytes.len());
            let length = 1 + random.below(16);
            if random.next() & 1 == 0 {
                bytes.drain(at..(at + length).min(file.len()));
            } else {
                bytes.splice(at..at, (0..length).map(|i| i as u8));
            }
        }
        // A piece of another proof, or of this one from elsewhere.
        4 => {
            let source = if random.next() & 1 == 0 { other } else { file };
            let length = 1 + random.below(2000);
            let from = random.below(source.len() - length);
            let to = if source == other && random.next() & 1 == 0 { from } else { random.below(bytes.len() - length) };
            bytes[to..to + length].copy_from_slice(&source[from..from + length]);
        }
        // A number at an edge.
        5 => {
            let at = 4 * (random.place(bytes.len() - 8) / 4);
            bytes[at..at + 8].copy_from_slice(&EDGES[random.below(EDGES.len())].to_le_bytes());
        }
        // Anything, perhaps behind a right header.
        _ => {
            let keep = if random.next() & 1 == 0 { 0 } else { random.below(file.len()) };
            bytes.truncate(keep + random.below(2000));
            bytes.iter_mut().skip(keep).for_each(|byte| *byte = random.next() as u8);
        }
    }
    (kind, bytes)
}

#[test]
fn damaged_proof_files_are_refused() {
    let file = WORLD.ranges[0].to_file(NOTES);
    let other = WORLD.ranges[1].to_file(NOTES);
    let authentic = file.len() - NOTES.len();
    assert!(verify(&file, &insecure()).is_ok());
    let cases = std::env::var("BRAID_FUZZ_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(3000);
    let mut random = Random(7);
    let mut counts = [[0; 2]; 7];
    for case in 0..cases {
        let (kind, bytes) = damaged(&file, &other, &mut random);
        let accepted = verify(&bytes, &insecure()).is_ok();
        assert!(
            !accepted || bytes.len() == file.len() && bytes[..authentic] == file[..authentic],
            "case {case} of kind {kind} was accepted"
        );
        counts[kind][usize::from(accepted)] += 1;
    }
    println!("refused, accepted by kind of damage: {counts:?}");
}
