use braid_circuits::stark::Security;
use braid_contracts::Registry;

use super::*;
use crate::circuits;

/// Transfers among strangers, by nothing but their number: program and pages.
fn transfers(registry: &Registry, count: u64) -> Vec<(u32, Vec<u64>)> {
    let program = registry.index_of("transfer").unwrap() as u32;
    let account = |number: u64| 16 * (number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 44);
    let pages = |number: u64| {
        let [payer, payee] = [account(2 * number), account(2 * number + 1)];
        vec![payer, payer + 1, payee + 1]
    };
    (0..count).map(|number| (program, pages(number))).collect()
}

struct World {
    registry: Registry,
    meter: Meter,
}

impl World {
    fn new() -> Self {
        let registry = Registry::builtin();
        let interpreter = braid_witness::Interpreter::new(&registry).unwrap();
        Self { meter: Meter::new(&interpreter, 24), registry }
    }

    fn counts(&self, transfers: u64) -> Counts {
        let transactions = self::transfers(&self.registry, transfers);
        let counted = |shape: Shape| Some((shape, cut(self.meter.clone(), &transactions, shape)?));
        Counts { chunks: Shape::ALL.into_iter().filter_map(counted).collect(), scale: 1.0 }
    }
}

/// No shape is chosen that another one beats by more than what a larger one must save.
#[test]
fn the_quickest_shape_is_chosen() {
    let world = World::new();
    for security in Security::ALL {
        let level = circuits::of(security);
        let costs = Costs::of(&level);
        for transfers in [0, 1, 9, 24, 40, 100, 700, 2500, 5000, 9000, 20_000] {
            let counts = world.counts(transfers);
            let chosen = costs.choose(&counts, None);
            let seconds = |shape: &Shape| costs.batch(&counts.chunks[shape]);
            let least = Shape::ALL.iter().map(seconds).fold(f64::INFINITY, f64::min);
            assert!((1.0 - GAIN) * seconds(&chosen) <= least, "{transfers} at {security:?}: {chosen}");
        }
    }
}

/// What newcomers met: transfers that fill most of one chunk were cut into several smaller ones, which took 1.6 times as long;
/// and a batch of few transactions paid for a chunk of thousands.
#[test]
fn one_large_chunk_rather_than_some_small_ones() {
    let world = World::new();
    let level = circuits::of(Security::Conjectured100);
    let costs = Costs::of(&level);
    for shape in Shape::ALL {
        let most = shape.capacity().signatures().min(9000) * 9 / 10;
        let counts = world.counts(most);
        if counts.chunks[&shape].len() == 1 {
            let chosen = costs.choose(&counts, None);
            assert_eq!(counts.chunks[&chosen].len(), 1, "{most} transfers: {chosen}");
        }
    }
    let counts = world.counts(5);
    assert_eq!(costs.choose(&counts, None), Shape::ALL[0]);
    // The same number at a level whose wraps cost next to nothing.
    let level = circuits::of(Security::Insecure);
    let insecure = Costs::of(&level);
    let counts = world.counts(40);
    assert!(counts.chunks[&Shape::ALL[0]].len() > 2);
    assert_eq!(insecure.choose(&counts, None), Shape::ALL[0]);
    assert!(costs.choose(&counts, None) > Shape::ALL[0]);
}

#[test]
fn memory_limits_the_choice() {
    let world = World::new();
    let level = circuits::of(Security::Insecure);
    let costs = Costs::of(&level);
    let counts = world.counts(2000);
    assert!(costs.choose(&counts, Some(16 << 30)) > Shape::ALL[0]);
    for bytes in [0, 1 << 20, 700 << 20] {
        assert_eq!(costs.choose(&counts, Some(bytes)), Shape::ALL[0], "{bytes}");
    }
}

#[test]
fn shapes_in_words() {
    let [first, second] = [Shape::ALL[0], Shape::ALL[1]];
    assert_eq!(listed(&BTreeMap::from([(first, 3), (second, 1)])), format!("1 {second}, 3 {first}"));
    let names = names();
    assert!(Shape::ALL.iter().all(|shape| names.contains(shape.name())) && names.contains(" or "), "{names}");
}
