use super::*;
use crate::chunk::{BlockContext, Boundary, Parameters};
use crate::{Batch, Policy};
use braid_contracts::Registry;
use braid_primitives::F;
use p3_field::PrimeCharacteristicRing;

const TAG: u64 = 1 << 48;
const NOW: u64 = 2_000_000;
const FEES: u64 = 11;
const DEPTH: u32 = 14;
/// Accounts of the state.
const OPERATOR: u64 = 3;
const TREASURY: u64 = 9;
const GOVERNOR: u64 = 10;
const MARKETS: [u64; 2] = [20, 21];

/// The programs of the texts that have system programs.
fn registry() -> Registry {
    let text = |name: &str| {
        let path = format!("{}/../contracts/sources/{name}.braid", env!("CARGO_MANIFEST_DIR"));
        std::fs::read_to_string(path).unwrap()
    };
    let names = ["account", "oracle", "gov", "lending"];
    let texts = names.map(text);
    let sources: Vec<(&str, &str)> = names.into_iter().zip(texts.iter().map(String::as_str)).collect();
    Registry::from_sources(&sources).unwrap_or_else(|errors| panic!("{errors}"))
}

fn page(cells: &[u64]) -> Page {
    std::array::from_fn(|i| F::from_u64(cells.get(i).copied().unwrap_or(0)))
}

/// A treasury that claimed `claimed`, its operator, two markets that last accrued at `accrued`, a governor and a proposal.
fn state(claimed: u64, accrued: u64) -> Tree {
    let mut tree = Tree::new(DEPTH).unwrap();
    let one = 1_000_000_000_000;
    let mut pages = vec![
        (16 * OPERATOR, page(&[TAG + 1, 1, 2, 3, 4, 5, 0, 100])),
        (16 * TREASURY + 8, page(&[TAG + 21, OPERATOR, claimed])),
        (16 * GOVERNOR + 8, page(&[TAG + 18, 1, 1, 1, 1])),
        (16 * GOVERNOR + 9, page(&[TAG + 19, 1, 1, 1, 1, 1])),
    ];
    for market in MARKETS {
        pages.push((16 * market + 8, page(&[TAG + 10, 1, 2, 1_000_000, 500_000, one, 7, accrued])));
        pages.push((16 * market + 9, page(&[TAG + 11, 1, 8, GOVERNOR, one / 2, one / 2 + 1, one / 10, one / 10])));
    }
    tree.update(&pages).unwrap();
    tree
}

struct World {
    registry: Registry,
    interpreter: Interpreter,
    parameters: Parameters,
    context: BlockContext,
}

impl World {
    fn new() -> Self {
        let registry = registry();
        let interpreter = Interpreter::new(&registry).unwrap();
        let parameters = Parameters { chain_id: F::from_u32(7), depth: DEPTH, assets: [F::ZERO; 4] };
        let context = BlockContext { number: 3, timestamp: NOW, fees_before: FEES };
        Self { registry, interpreter, parameters, context }
    }

    /// A draft of a program that has the named operands, 0 for all others.
    fn draft(&self, name: &str, operands: &[(&str, u64)]) -> Draft {
        let number = self.registry.index_of(name).unwrap();
        let program = self.registry.program(number).unwrap();
        let mut draft = Draft {
            program: number as u32,
            operands: vec![F::ZERO; program.operands.len()],
            hints: vec![None; program.hints.len()],
            signatures: Vec::new(),
            nonce: None,
        };
        for (operand, value) in operands {
            draft.operands[program.operand(operand).unwrap()] = F::from_u64(*value);
        }
        draft
    }

    /// Places and drafts of what is added.
    fn added(&self, tree: &Tree, drafts: &[Draft]) -> Vec<(usize, Draft)> {
        let environment = Environment::new(&self.parameters, &self.context);
        let additions = additions(&self.interpreter, &environment, tree, drafts);
        additions.into_iter().map(|addition| (addition.before, addition.draft)).collect()
    }

    fn claim(&self) -> Draft {
        self.draft("fee_claim", &[("treasury", TREASURY), ("to", OPERATOR)])
    }

    fn accrue(&self, market: u64) -> Draft {
        self.draft("accrue", &[("market", market)])
    }
}

#[test]
fn fees_are_claimed_last() {
    let world = World::new();
    let transfer = world.draft("transfer", &[("from", 1), ("to", 2)]);
    assert_eq!(world.added(&state(5, NOW), &[transfer.clone(), transfer.clone()]), [(2, world.claim())]);
    assert_eq!(world.added(&state(5, NOW), &[]), [(0, world.claim())]);
    // A claim of somebody else's fees is not this one.
    let other = world.draft("fee_claim", &[("treasury", TREASURY), ("to", 4)]);
    assert_eq!(world.added(&state(5, NOW), &[other]), [(1, world.claim())]);
}

#[test]
fn nothing_is_claimed_twice_or_for_nothing() {
    let world = World::new();
    assert_eq!(world.added(&state(5, NOW), &[world.claim()]), []);
    assert_eq!(world.added(&state(FEES, NOW), &[]), []);
    // An operator without a user's header cannot be paid.
    let mut tree = state(5, NOW);
    tree.update(&[(16 * OPERATOR, page(&[TAG + 4, 1]))]).unwrap();
    assert_eq!(world.added(&tree, &[]), []);
}

#[test]
fn markets_accrue_before_their_first_use() {
    let world = World::new();
    let tree = state(FEES, NOW - 10);
    let supply = |market| world.draft("supply", &[("who", 1), ("market", market)]);
    let transfer = world.draft("transfer", &[("from", 1), ("to", 2)]);
    let drafts = [transfer.clone(), supply(MARKETS[1]), transfer, supply(MARKETS[1])];
    assert_eq!(world.added(&tree, &drafts), [(1, world.accrue(MARKETS[1]))]);
    let both = [supply(MARKETS[1]), supply(MARKETS[0])];
    assert_eq!(world.added(&tree, &both), [(0, world.accrue(MARKETS[1])), (1, world.accrue(MARKETS[0]))]);
    // One that accrued in this block, and one whose line is in the file.
    assert_eq!(world.added(&state(FEES, NOW), &both), []);
    let with_line = [world.accrue(MARKETS[0]), supply(MARKETS[0])];
    assert_eq!(world.added(&tree, &with_line), []);
}

/// Which of many proposals, the state does not say: `tally`, `proposal_clear`, `set_ltv`, `set_base` are nobody's to guess.
#[test]
fn programs_with_open_operands_are_left_alone() {
    let world = World::new();
    let use_all = [
        world.draft("supply", &[("market", MARKETS[0])]),
        world.draft("tally", &[("gov", GOVERNOR), ("at", 9)]),
        world.draft("set_ltv", &[("market", MARKETS[0]), ("gov", GOVERNOR), ("at", 9)]),
    ];
    let names: Vec<&str> = world
        .added(&state(5, NOW - 10), &use_all)
        .iter()
        .map(|(_, draft)| world.registry.program(draft.program as usize).unwrap().name.as_str())
        .collect();
    assert_eq!(names, ["accrue", "fee_claim"]);
}

/// What is added runs, and moves what it says.
#[test]
fn additions_run() {
    let world = World::new();
    let mut tree = state(5, NOW - 10);
    let drafts = vec![world.accrue(MARKETS[0]), world.claim()];
    let batch = Batch {
        interpreter: &world.interpreter,
        parameters: world.parameters,
        context: world.context,
        policy: Policy { minimum_fee: 1 },
        capacity: crate::capacity::Rows {
            cpu: 64,
            page: 64,
            tree: 512,
            sponge: 64,
            wide: 64,
            signature: crate::capacity::SIGNATURE_BASE,
            bucket: crate::capacity::BUCKET_BASE,
        },
    };
    let before = Boundary { root: tree.root(), fees: FEES, ..Boundary::default() };
    let result = batch.run(&mut tree, before, drafts).unwrap();
    assert_eq!(result.rejections, []);
    assert_eq!(tree.page(16 * OPERATOR)[7], F::from_u64(100 + FEES - 5));
    assert_eq!(tree.page(16 * TREASURY + 8)[2], F::from_u64(FEES));
    assert_eq!(tree.page(16 * MARKETS[0] + 8)[7], F::from_u64(NOW));
    assert_eq!(world.added(&tree, &[]), [], "all is done");
}
