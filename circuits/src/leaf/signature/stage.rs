//! Signatures and everything that they talk to: both tables, the fixed ones, and stand-ins for page and sponge chips.

use braid_contracts::program::Local;
use braid_primitives::F;
use braid_primitives::ecgfp5::{Point, Scalar};
use braid_primitives::schnorr::{SecretKey, Signature as Schnorr, sign};
use p3_field::{PrimeCharacteristicRing, PrimeField64};
use p3_matrix::dense::RowMajorMatrix;

use super::{Signature, Signing, challenge, rows};
use crate::leaf::audit::{Imbalance, Ledger, Violation};
use crate::leaf::bus::Tag;
use crate::leaf::fixed_base::{self, FixedBase};
use crate::leaf::ladder::{self, Ladder, LadderRom};
use crate::leaf::tally::Tally;

/// Chain of all tests.
pub const CHAIN: F = F::new(77);

/// The tables of some signatures, to be altered and then examined.
pub struct Stage {
    /// Rows of the signature chip.
    pub signature: RowMajorMatrix<F>,
    /// Rows of the ladder.
    pub ladder: RowMajorMatrix<F>,
    /// All other tables.
    pub outside: Ledger,
}

/// What does not hold.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Findings {
    /// Violated constraints of the signature chip, each once.
    pub signature: Vec<usize>,
    /// Violated constraints of the ladder, each once.
    pub ladder: Vec<usize>,
    /// Bus and tag of messages that do not balance, each pair once.
    pub buses: Vec<(String, u64)>,
}

/// Constraints are numbered in the order in which the chips state them.
pub fn distinct(violations: &[Violation]) -> Vec<usize> {
    let mut constraints: Vec<usize> = violations.iter().map(|violation| violation.constraint).collect();
    constraints.sort_unstable();
    constraints.dedup();
    constraints
}

/// An honest signature number `index`: two messages a transaction.
pub fn honest(index: u32) -> Signing {
    let secret = SecretKey::for_development(9, u64::from(index));
    let digest = core::array::from_fn(|i| F::from_u64(1000 * u64::from(index) + i as u64));
    Signing {
        tx: 3 + index / 2,
        message: 1 + index % 2,
        key: secret.public_key().0,
        digest,
        signature: sign(&secret, CHAIN, digest),
    }
}

/// A signature that holds for a challenge that was chosen first: x, k, e give R = k·G and s = k + e·x.
pub fn chosen(tx: u32, [x, k]: [u64; 2], e: u128) -> Signing {
    let (secret, nonce) = (Scalar::from(u128::from(x)), Scalar::from(u128::from(k)));
    Signing {
        tx,
        message: 1,
        key: Point::mul_generator(&secret).encode().0,
        digest: [F::ZERO; 4],
        signature: Schnorr { w_r: Point::mul_generator(&nonce).encode().0, s: nonce + Scalar::from(e) * secret },
    }
}

impl Stage {
    /// The tables of `signings`, and what page and sponge chips say about them.
    pub fn of(signings: &[Signing]) -> Self {
        let tally = tally();
        let heights = [4, (signings.len() * ladder::schedule::ROWS + 1).next_power_of_two()];
        let [signature, ladder] = rows(signings, CHAIN, heights, &tally).expect("the tables fit");
        let mut stage = Self { signature, ladder, outside: Ledger::default() };
        stage.fixed(&tally);
        for signing in signings {
            stage.post(signing, challenge(signing, CHAIN));
        }
        stage
    }

    /// The fixed tables with these use counts.
    pub fn fixed(&mut self, tally: &Tally) {
        assert!(self.outside.record(&LadderRom, &LadderRom.rows(&tally.ladder), &[]).is_empty());
        assert!(self.outside.record(&FixedBase, &FixedBase.rows(&tally.fixed_base), &[]).is_empty());
    }

    /// What the page chip and the sponge chip say about a signature whose hash is `e`, as a number modulo p in each half.
    pub fn post(&mut self, signing: &Signing, e: u128) {
        let Signing { tx, message, key, digest, signature } = signing;
        let number = |cell: &F| cell.as_canonical_u64();
        let halves = [e as u64, (e >> 64) as u64].map(|half| F::from_u64(half).as_canonical_u64());
        let key_cells: Vec<u64> = key.iter().map(number).collect();
        let digest_cells: Vec<u64> = digest.iter().map(number).collect();
        for (tag, cells) in [(Tag::Key, &key_cells[..]), (Tag::Digest, &digest_cells), (Tag::Challenge, &halves)] {
            let mut tuple = vec![tag as u64, u64::from(*tx), u64::from(*message)];
            tuple.extend(cells);
            tuple.resize(12, 0);
            self.outside.post("link", &tuple, F::ONE);
        }
        for (index, cell) in (0..).zip(signature.w_r.iter().chain(key).chain(digest)) {
            let id = Local::signing(*message as u16, index).id();
            self.outside.post("local", &[u64::from(*tx), u64::from(id), number(cell)], -F::ONE);
        }
    }

    /// What does not hold.
    pub fn examine(&self) -> Findings {
        let mut ledger = self.outside.clone();
        let signature = distinct(&ledger.record(&Signature, &self.signature, &[]));
        let ladder = distinct(&ledger.record(&Ladder, &self.ladder, &[]));
        let kind = |found: Imbalance| (found.bus, found.tuple[0]);
        let mut buses: Vec<_> = ledger.imbalances(None).into_iter().map(kind).collect();
        buses.sort_unstable();
        buses.dedup();
        Findings { signature, ladder, buses }
    }
}

/// Use counts of the fixed tables.
pub fn tally() -> Tally {
    Tally::new(0, 0, 0, ladder::ROM_HEIGHT, fixed_base::HEIGHT)
}
