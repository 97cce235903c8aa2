//! Signatures and everything that they talk to: their three tables, the range table, and stand-ins for page and sponge chips.

use braid_contracts::program::Local;
use braid_primitives::F;
use braid_primitives::ecgfp5::{Point, Scalar};
use braid_primitives::schnorr::{SecretKey, Signature as Schnorr, sign};
use p3_air::{Air, BaseAir};
use p3_field::{PrimeCharacteristicRing, PrimeField64};
use p3_matrix::Matrix;
use p3_matrix::dense::RowMajorMatrix;

use super::seed::{Scalars, draw};
use super::{Columns, DIGITS, GROUPS, Signature, Signing, Term, Terms, rows};
use crate::leaf::audit::{Imbalance, Ledger, RowBuilder, Violation};
use crate::leaf::bucket::{self, Bucket};
use crate::leaf::bus::Tag;
use crate::leaf::combine::{self, Combine};
use crate::leaf::curve;
use crate::leaf::execution::response;
use crate::leaf::range::{self, Range};
use crate::leaf::tally::Tally;

/// Chain of all tests.
pub const CHAIN: F = F::new(77);
/// Rows of the signature table.
pub const HEIGHT: usize = 64;
/// Rows of the bucket table.
pub const BUCKET_HEIGHT: usize = 1 << 14;

/// The tables of some signatures, to be altered and then examined.
#[derive(Clone)]
pub struct Stage {
    /// Rows of the signature chip.
    pub signature: RowMajorMatrix<F>,
    /// Rows of the bucket chip.
    pub bucket: RowMajorMatrix<F>,
    /// Rows of the combine chip.
    pub combine: RowMajorMatrix<F>,
    /// All other tables.
    pub outside: Ledger,
}

/// What does not hold.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Findings {
    /// Violated constraints of the signature chip, each once.
    pub signature: Vec<usize>,
    /// Violated constraints of the bucket chip, each once.
    pub bucket: Vec<usize>,
    /// Violated constraints of the combine chip, each once.
    pub combine: Vec<usize>,
    /// Bus and tag of messages that do not balance, each pair once; tag 0 on buses without tags.
    pub buses: Vec<(String, u64)>,
}

/// Constraints are numbered in the order in which the chips state them.
pub fn distinct(violations: &[Violation]) -> Vec<usize> {
    let mut constraints: Vec<usize> = violations.iter().map(|violation| violation.constraint).collect();
    constraints.sort_unstable();
    constraints.dedup();
    constraints
}

/// Pairs as in [`Findings::buses`].
pub fn buses(found: &[(&str, u64)]) -> Vec<(String, u64)> {
    found.iter().map(|(bus, tag)| ((*bus).to_owned(), *tag)).collect()
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
        Self::with(signings, &draw(signings, CHAIN).scalars)
    }

    /// The tables of `signings` under scalars of one's choice, which the sponge chip confirms as far as they are elements.
    pub fn with(signings: &[Signing], scalars: &[Scalars]) -> Self {
        let mut stage = Self::alone(signings, scalars);
        for (signing, scalars) in signings.iter().zip(scalars) {
            stage.post(signing, scalars);
        }
        stage
    }

    /// The tables of `signings` under these scalars, about which page and sponge chips say nothing yet.
    pub fn alone(signings: &[Signing], scalars: &[Scalars]) -> Self {
        let tally = Tally::new(0, 0, 0);
        let (signature, terms) = rows(signings, scalars, HEIGHT, &tally).expect("the table fits");
        let (bucket, running) = bucket::rows(&terms, BUCKET_HEIGHT).expect("the table fits");
        let mut outside = Ledger::default();
        assert!(outside.record(&Range, &range::rows(&tally.range), &[]).is_empty());
        Self { signature, bucket, combine: combine::rows(&running), outside }
    }

    /// Makes the other two tables follow from the rows of the signature chip, as a prover would who altered those.
    pub fn settle(&mut self) {
        let byte = |cell: &F| cell.as_canonical_u64() as u8;
        let mut terms = Terms { signatures: Vec::new(), response: [[0; DIGITS]; GROUPS] };
        for cells in self.signature.values.chunks_exact(Columns::<F>::WIDTH) {
            let row = Columns::read(cells);
            let (point, digits) = (curve::Point::of(&row.x, &row.u).negate(), row.digits.each_ref().map(byte));
            if row.low == F::ONE {
                let key_digits = core::array::from_fn(|i| digits.get(i).copied().unwrap_or(0));
                terms.signatures.push(Term { nonce: point, nonce_digits: [0; 16], key: point, key_digits });
            }
            if let Some(term) = terms.signatures.last_mut() {
                if row.nonce == F::ONE {
                    (term.nonce, term.nonce_digits) = (point, digits);
                } else if row.high == F::ONE {
                    term.key_digits[16..].copy_from_slice(&digits);
                }
            }
            if row.flush == F::ONE {
                terms.response[row.group.as_canonical_u64() as usize].copy_from_slice(&digits[..DIGITS]);
            }
        }
        let (bucket, running) = bucket::rows(&terms, BUCKET_HEIGHT).expect("the table fits");
        (self.bucket, self.combine) = (bucket, combine::rows(&running));
    }

    /// What the page chip and the sponge chip say about a signature with these scalars, as numbers modulo p in each half.
    pub fn post(&mut self, signing: &Signing, scalars: &Scalars) {
        let Signing { tx, message, key, digest, signature } = signing;
        let number = |cell: &F| cell.as_canonical_u64();
        let halves = |value: u128| [value as u64, (value >> 64) as u64].map(|half| number(&F::from_u64(half)));
        let numbers = |cells: &[F]| -> Vec<u64> { cells.iter().map(number).collect() };
        for (tag, cells) in [
            (Tag::Key, numbers(key)),
            (Tag::Digest, numbers(digest)),
            (Tag::Challenge, halves(scalars.challenge).to_vec()),
            (Tag::Randomizer, halves(scalars.randomizer).to_vec()),
        ] {
            let mut tuple = vec![tag as u64, u64::from(*tx), u64::from(*message)];
            tuple.extend(cells);
            tuple.resize(12, 0);
            self.outside.post("link", &tuple, F::ONE);
        }
        let hashed = [numbers(&signature.w_r), numbers(key), numbers(digest), response(&signature.s).to_vec()].concat();
        for (index, cell) in (0..).zip(hashed) {
            let id = Local::signing(*message as u16, index).id();
            self.outside.post("local", &[u64::from(*tx), u64::from(id), cell], -F::ONE);
        }
    }

    /// What does not hold.
    pub fn examine(&self) -> Findings {
        let mut ledger = self.outside.clone();
        let signature = distinct(&ledger.record(&Signature, &self.signature, &[]));
        let bucket = distinct(&ledger.record(&Bucket, &self.bucket, &[]));
        let combine = distinct(&ledger.record(&Combine, &self.combine, &[]));
        let tagged = |bus: &str| ["link", "curve"].contains(&bus);
        let kind = |found: Imbalance| (found.bus.clone(), if tagged(&found.bus) { found.tuple[0] } else { 0 });
        let mut buses: Vec<_> = ledger.imbalances(None).into_iter().map(kind).collect();
        buses.sort_unstable();
        buses.dedup();
        Findings { signature, bucket, combine, buses }
    }
}

/// Columns of an honest table that can be altered in a row without a violated constraint or another message.
pub fn unread<A>(air: &A, table: &RowMajorMatrix<F>, row: usize) -> Vec<usize>
where
    A: BaseAir<F> + for<'a> Air<RowBuilder<'a>>,
{
    let rows = [(row + table.height() - 1) % table.height(), row];
    let said = |table: &RowMajorMatrix<F>| {
        let mut ledger = Ledger::default();
        let violations = ledger.record_rows(air, table, &[], rows);
        (violations, ledger.imbalances(None))
    };
    let honest = said(table);
    assert!(honest.0.is_empty(), "the table is honest");
    let mut table = table.clone();
    let width = table.width;
    let mut unread = Vec::new();
    for column in 0..width {
        table.values[row * width + column] += F::ONE;
        if said(&table) == honest {
            unread.push(column);
        }
        table.values[row * width + column] -= F::ONE;
    }
    unread
}
