//! Behaviour against an independent, throw-away compiler of the same texts (`vectors/programs.json`): on random inputs both
//! accept or both refuse, and store, emit and charge the same.

use std::collections::BTreeMap;

use braid_contracts::Registry;
use inputs::{Random, alter, help, inputs, repair};
use invariants::holds;
use machine::Inputs;
use serde_json::Value;

mod inputs;
mod invariants;
#[path = "../machine/mod.rs"]
mod machine;
#[path = "../texts/mod.rs"]
mod texts;
mod vectors;

const P: i128 = (1 << 64) - (1 << 32) + 1;
/// Inputs tried for each program.
const ROUNDS: usize = 2000;

#[test]
fn accepts_and_stores_what_the_sketch_does() {
    let text = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../vectors/programs.json"));
    let sketches: Vec<Value> = serde_json::from_str(text).unwrap();
    let registry = Registry::from_sources(&texts::SOURCES).unwrap_or_else(|errors| panic!("{errors}"));
    assert_eq!(registry.programs().len(), sketches.len());
    let mut accepted = BTreeMap::new();
    for (program, seed) in registry.programs().iter().zip(1..) {
        let sketch = sketches.iter().find(|sketch| sketch["program"] == program.name.as_str()).unwrap();
        let names = |key: &str| -> Vec<String> {
            let list = sketch[key].as_array().unwrap().iter();
            list.map(|parameter| parameter[0].as_str().unwrap().to_string()).collect()
        };
        let own = |list: &[braid_contracts::program::Parameter]| -> Vec<String> {
            list.iter().map(|parameter| parameter.name.clone()).collect()
        };
        assert_eq!(names("operands"), own(&program.operands), "{}", program.name);
        assert_eq!(names("hints"), own(&program.hints), "{}", program.name);
        // The sketch has rows of three terms with coefficients, ours fold products, immediates and checks.
        assert!(program.instructions.len() <= sketch["rows"].as_array().unwrap().len() + 2, "{}", program.name);
        let mut random = Random::new(seed);
        let mut good: Vec<Inputs> = Vec::new();
        let (mut count, mut conserved) = (0, 0);
        for _ in 0..ROUNDS {
            let mut candidate = match good.len() as u64 {
                count if conserved > 0 && random.below(4) > 0 => good[random.below(count) as usize].clone(),
                _ => inputs(&registry, program, &mut random),
            };
            if conserved == 0 {
                help(program, &mut candidate, &mut random);
                for _ in 0..200 {
                    if repair(&registry, program, &mut candidate, &mut random) {
                        break;
                    }
                }
            } else {
                alter(&registry, program, &mut candidate, &mut random);
            }
            let ours = machine::run(program, &candidate);
            let theirs = vectors::run(sketch, &candidate);
            assert_eq!(ours, theirs, "{}: {candidate:?}", program.name);
            if let Some(outcome) = &ours {
                count += 1;
                let possible = holds(&registry, program, &candidate, outcome);
                conserved += usize::from(possible);
                if possible && good.len() < 50 {
                    good.push(candidate);
                }
            }
        }
        accepted.insert(program.name.clone(), count);
        assert!(conserved > 5, "{}: {conserved} of {count}", program.name);
    }
    let never: Vec<&String> = accepted.iter().filter(|(_, count)| **count == 0).map(|(name, _)| name).collect();
    assert!(never.is_empty(), "never accepted: {never:?}");
}
