//! A wrap without a leaf proof, of any size.

use std::sync::LazyLock;

use braid_verifier::{BlockContext, Boundary, SecurityLevel, Statement};
use plonky2::iop::target::Target;
use plonky2::iop::witness::WitnessWrite;

use crate::recursion::layout::{StatementTargets, public_inputs};
use crate::recursion::range::{RangeProof, StockProver, WrapCircuit};
use crate::recursion::set::CircuitSet;
use crate::recursion::{Builder, RecursionError, Witness};
use crate::stark::Security;

/// Exposes any statement; `work` Poseidon permutations make it as large as a real one.
#[derive(Clone)]
pub struct ToyWrap {
    pub name: &'static str,
    pub work: usize,
}

impl WrapCircuit for ToyWrap {
    type Input = Statement;
    type Targets = Vec<Target>;

    fn name(&self) -> &str {
        self.name
    }

    fn fingerprint(&self) -> Vec<u8> {
        self.work.to_le_bytes().to_vec()
    }

    fn constrain(&self, builder: &mut Builder) -> Result<(StatementTargets, Vec<Target>), RecursionError> {
        let statement = StatementTargets::allocate(builder);
        let mut state = statement.after[..4].to_vec();
        for _ in 0..self.work {
            let hash = builder.hash_n_to_hash_no_pad::<plonky2::hash::poseidon::PoseidonHash>(state);
            state = hash.elements.to_vec();
        }
        // The set root is the set's to assign.
        Ok((statement, statement.elements().split_off(4)))
    }

    fn assign(&self, targets: &Vec<Target>, input: &Statement, witness: &mut Witness) -> Result<(), RecursionError> {
        let values = public_inputs(input);
        witness.set_target_arr(targets, &values[4..]).map_err(RecursionError::witness)
    }
}

/// A set with a wrap that fits the shape as it is and one that has to be shrunk; two adjacent ranges, and their merge.
pub struct Fixture {
    pub set: CircuitSet<ToyWrap>,
    pub parts: [RangeProof; 2],
    pub whole: RangeProof,
}

/// Built once for all tests of a run.
pub fn fixture() -> &'static Fixture {
    static FIXTURE: LazyLock<Fixture> = LazyLock::new(|| {
        let wraps = vec![ToyWrap { name: "small", work: 10 }, ToyWrap { name: "large", work: 5000 }];
        let set = CircuitSet::build(Security::Insecure, wraps).expect("a set builds");
        let parts = [wrap(&set, 0, &statement(0, 1)), wrap(&set, 1, &statement(1, 5))];
        let whole = set.prove_merge(&StockProver, &parts[0], &parts[1]).expect("adjacent");
        Fixture { set, parts, whole }
    });
    &FIXTURE
}

/// Fees at every boundary: a part of a batch is then a batch, too.
const FEES: u64 = 7;

pub fn boundary(at: u64) -> Boundary {
    let digest = |tag: u64| core::array::from_fn(|i| 1000 * at + 10 * tag + i as u64);
    Boundary { root: digest(0), data: digest(1), inbox: digest(2), outbox: digest(3), count: at, fees: FEES }
}

/// The statement that leads from `boundary(from)` to `boundary(to)`.
pub fn statement(from: u64, to: u64) -> Statement {
    Statement {
        set_root: [0; 4],
        parameters: [11, 12, 13, 14],
        programs_root: [21, 22, 23, 24],
        security: SecurityLevel::Insecure,
        context: BlockContext { number: 7, timestamp: 1_700_000_000, fees_before: FEES },
        before: boundary(from),
        after: boundary(to),
    }
}

pub fn wrap(set: &CircuitSet<ToyWrap>, member: usize, statement: &Statement) -> RangeProof {
    set.prove_wrap(&StockProver, member, statement).expect("a toy wrap proves any statement")
}
