use super::*;
use crate::batch::{Batch, BatchResult};
use crate::capacity::{BUCKET_BASE, BUCKET_ROWS, Rows, SIGNATURE_BASE, SIGNATURE_ROWS};
use crate::chunk::BlockContext;
use crate::executor::Policy;
use crate::genesis::Origin;
use crate::interpreter::Interpreter;
use crate::record::ChunkRecord;
use braid_contracts::registry::Registry;
use p3_field::PrimeField64;
use std::collections::BTreeMap;

const CAPACITY: Rows =
    Rows { cpu: 4096, page: 1024, tree: 8192, sponge: 8192, wide: 256, signature: 256, bucket: 1 << 17 };

/// From specification to replayed chunks.
fn through(spec: &Spec) -> (Origin, Vec<ChunkRecord>) {
    let registry = Registry::builtin();
    let interpreter = Interpreter::new(&registry).unwrap();
    let Workload { genesis, drafts } = generate(spec, &registry).unwrap();
    let origin = genesis.build(&registry).unwrap();
    let context = BlockContext { number: 1, timestamp: 1_700_000_000, fees_before: 0 };
    let interpreter = &interpreter;
    let batch =
        Batch { interpreter, parameters: origin.parameters, context, policy: Policy::default(), capacity: CAPACITY };
    let mut tree = origin.tree.clone();
    let BatchResult { cuts, after, rejections, levels, .. } = batch.run(&mut tree, origin.boundary, drafts).unwrap();
    assert_eq!((rejections, levels > 0), (vec![], true));
    let mut boundary = origin.boundary;
    let mut records = Vec::new();
    for cut in cuts {
        assert_eq!(cut.chunk.before, boundary);
        let record = cut.chunk.replay(&registry).unwrap();
        assert_rows(&registry, &record, &cut.rows);
        boundary = record.after;
        records.push(record);
    }
    assert_eq!((boundary, boundary.root), (after, tree.root()));
    assert_eq!(boundary.count as usize, spec.transactions);
    (origin, records)
}

/// The meter's counts against the record and the tables of the registry.
fn assert_rows(registry: &Registry, record: &ChunkRecord, rows: &Rows) {
    let schedule = &registry.rom().schedule;
    let of_program =
        |program: u32| schedule.iter().filter(|row| row[1].as_canonical_u64() == u64::from(program)).count();
    let blocks: usize = record.transactions.iter().map(|transaction| of_program(transaction.program)).sum();
    assert_eq!(rows.sponge as usize, blocks);
    assert_eq!(rows.tree as usize, 2 * (record.touches.len() + record.nodes.len()));
    assert_eq!(
        rows.cpu as usize,
        record.transactions.iter().map(|transaction| transaction.results.len()).sum::<usize>()
    );
    let signatures = record.transactions.iter().map(|transaction| transaction.signatures.len() as u64).sum::<u64>();
    assert_eq!(rows.signature, SIGNATURE_BASE + SIGNATURE_ROWS * signatures);
    assert_eq!(rows.bucket, BUCKET_BASE + BUCKET_ROWS * signatures);
}

#[test]
fn every_mix_and_distribution_executes_and_replays() {
    let zipf = Distribution::Zipf { exponent: 1.0 };
    for distribution in [Distribution::Uniform, zipf, Distribution::OneHot] {
        for mix in [Mix::TRANSFERS, Mix::SWAPS, Mix::MIXED, Mix { transfers: 0, swaps: 0, liquidity: 1 }] {
            let spec = Spec { transactions: 120, users: 30, depth: 14, mix, distribution, ..Spec::default() };
            let (_, records) = through(&spec);
            assert!(!records.is_empty());
        }
    }
}

/// Whatever is paid, swapped, added and removed: each asset is conserved, up to the fees.
#[test]
fn assets_are_conserved() {
    let spec = Spec { transactions: 300, users: 20, depth: 12, seed: 9, ..Spec::default() };
    let (origin, records) = through(&spec);
    let mut pages: BTreeMap<u64, [u64; 8]> = BTreeMap::new();
    for (address, page) in origin.tree.pages() {
        pages.insert(address, page.map(|cell| cell.as_canonical_u64()));
    }
    for touch in records.iter().flat_map(|record| &record.touches) {
        pages.insert(touch.address, touch.new.map(|cell| cell.as_canonical_u64()));
    }
    let mut totals: BTreeMap<u64, u128> = BTreeMap::new();
    let mut add = |asset: u64, amount: u64| *totals.entry(asset).or_default() += u128::from(amount);
    let layout = 1u64 << 48;
    for page in pages.values() {
        match page[0] {
            asset if asset < layout => add(asset, page[1]),
            tag if tag == layout + 1 => add(1, page[7]),
            tag if tag == layout + 7 => (0..2).for_each(|side| add(page[1 + side], page[3 + side])),
            _ => {}
        }
    }
    add(1, records.last().unwrap().after.fees);
    for asset in 1..=4u64 {
        assert_eq!(totals.get(&asset), origin.totals.get(&asset), "asset {asset}");
    }
    assert!(records.iter().flat_map(|record| &record.transactions).any(|transaction| transaction.hints.len() == 3));
}

#[test]
fn a_seed_is_a_workload() {
    let registry = Registry::builtin();
    let spec = Spec { transactions: 20, users: 10, depth: 10, ..Spec::default() };
    let drafts = |spec: &Spec| generate(spec, &registry).unwrap().drafts;
    assert_eq!(drafts(&spec), drafts(&spec));
    assert_ne!(drafts(&spec), drafts(&Spec { seed: 2, ..spec }));
    assert_ne!(drafts(&spec), drafts(&Spec { chain_id: 2, ..spec }));
}

#[test]
fn impossible_specifications_are_refused() {
    let registry = Registry::builtin();
    let refused = |spec: Spec| matches!(generate(&spec, &registry), Err(WorkloadError::Spec(_)));
    assert!(refused(Spec { users: 1, ..Spec::default() }));
    assert!(refused(Spec { users: 100, depth: 10, ..Spec::default() }));
    assert!(refused(Spec { mix: Mix { transfers: 0, swaps: 0, liquidity: 0 }, ..Spec::default() }));
}
