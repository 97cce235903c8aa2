//! A real proof file, damaged in every way: nothing panics, and nothing is accepted but what differs in the notes,
//! which nobody authenticates. `BRAID_FUZZ_CASES` sets the number of cases.

use super::{WORLD, insecure, verify};
use damage::{KINDS, SplitMix64, damaged};

#[path = "../../../verifier/tests/damage/mod.rs"]
mod damage;

const NOTES: &[u8] = b"these bytes are anybody's to change";

#[test]
fn damaged_proof_files_are_refused() {
    let file = WORLD.ranges[0].to_file(NOTES);
    let other = WORLD.ranges[1].to_file(NOTES);
    let authentic = file.len() - NOTES.len();
    assert!(verify(&file, &insecure()).is_ok());
    let cases = std::env::var("BRAID_FUZZ_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(3000);
    let mut random = SplitMix64(7);
    let mut counts = [[0; 2]; KINDS];
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
