//! Two reports, figure by figure: what changed beyond noise.
//!
//! A figure has changed if the ranges of its repetitions do not overlap; a counted one if it differs at all. Ranges of *n* and
//! *m* repetitions of one and the same quantity are disjoint by chance once in C(n + m, n) / 2 comparisons, which is once in ten
//! for three and three: [`Comparison::by_chance`] says how many changes are to be expected from nothing.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::figures::{Better, Figure, Report};

/// What became of a figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// It is better, beyond noise.
    Better,
    /// It is worse, beyond noise.
    Worse,
    /// The ranges overlap.
    Same,
    /// It was measured once only in one of the reports, so that its noise is not known.
    Unknown,
}

/// A figure of both reports.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Change {
    /// What became of it.
    pub verdict: Verdict,
    /// New median over old one.
    pub ratio: f64,
    /// Probability that the ranges of one and the same quantity are disjoint.
    pub chance: f64,
}

/// Two reports beside each other.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Comparison {
    /// Figures of both.
    pub changes: BTreeMap<String, Change>,
    /// Figures of the old one alone.
    pub gone: Vec<String>,
    /// Figures of the new one alone.
    pub added: Vec<String>,
    /// How many of the measured figures would seem changed if nothing had.
    pub by_chance: f64,
    /// Ways in which the circumstances differ.
    pub circumstances: Vec<String>,
}

/// Why two reports say nothing about each other.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Incomparable {
    /// Different things were run.
    #[error("they were measured with different parameters: {0}")]
    Parameters(String),
    /// They have no figure in common.
    #[error("they have no figure in common")]
    Disjoint,
}

/// Compares two reports.
///
/// # Errors
/// If they were measured with different parameters, repetitions aside, or have nothing in common.
pub fn compare(old: &Report, new: &Report) -> Result<Comparison, Incomparable> {
    let names = old.parameters.keys().chain(new.parameters.keys());
    let differing = |name: &&String| *name != "repetitions" && old.parameters.get(*name) != new.parameters.get(*name);
    if let Some(name) = names.into_iter().find(differing) {
        return Err(Incomparable::Parameters(name.clone()));
    }
    let (before, after) = (&old.figures.0, &new.figures.0);
    let both = before.iter().filter_map(|(name, old)| Some((name.clone(), change(old, after.get(name)?))));
    let changes: BTreeMap<String, Change> = both.collect();
    if changes.is_empty() {
        return Err(Incomparable::Disjoint);
    }
    let mut circumstances = Vec::new();
    if old.machine != new.machine {
        circumstances.push(format!("machines: {:?} and {:?}", old.machine, new.machine));
    }
    if old.compiler != new.compiler {
        circumstances.push(format!("compilers: {} and {}", old.compiler, new.compiler));
    }
    for (which, report) in [("old", old), ("new", new)] {
        if report.load[0] > 0.5 {
            circumstances.push(format!("the machine of the {which} report was busy: load {:.1}", report.load[0]));
        }
    }
    Ok(Comparison {
        by_chance: changes.values().map(|change| change.chance).sum(),
        gone: before.keys().filter(|name| !after.contains_key(*name)).cloned().collect(),
        added: after.keys().filter(|name| !before.contains_key(*name)).cloned().collect(),
        changes,
        circumstances,
    })
}

fn change(old: &Figure, new: &Figure) -> Change {
    let ratio = new.median / old.median;
    let counted = old.counted && new.counted;
    let counts = [old.samples.len(), new.samples.len()];
    if !counted && counts.into_iter().min() < Some(2) {
        return Change { verdict: Verdict::Unknown, ratio, chance: 0.0 };
    }
    let less = new.max < old.min;
    let verdict = match (new.better, less, new.min > old.max) {
        (_, false, false) => Verdict::Same,
        (Better::Less, true, _) | (Better::More, false, _) => Verdict::Better,
        (Better::Less, false, _) | (Better::More, true, _) => Verdict::Worse,
    };
    Change { verdict, ratio, chance: if counted { 0.0 } else { chance(counts) } }
}

/// 2 / C(n + m, n).
fn chance([n, m]: [usize; 2]) -> f64 {
    (1..=n).fold(2.0, |chance, i| chance * i as f64 / (m + i) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figures::{FORMAT, Figures};
    use crate::machine::Machine;

    fn report(samples: &[(&str, Better, &[f64])]) -> Report {
        let mut figures = Figures::default();
        for (name, better, samples) in samples {
            samples.iter().for_each(|sample| figures.add(*name, "s", *better, *sample));
        }
        Report {
            format: FORMAT,
            date: String::new(),
            commit: String::new(),
            compiler: String::new(),
            machine: Machine::this(),
            load: [0.0; 2],
            parameters: BTreeMap::new(),
            failures: BTreeMap::new(),
            figures,
            raw: Vec::new(),
        }
    }

    #[test]
    fn only_disjoint_ranges_count() {
        use super::Better::{Less, More};
        use Verdict::{Same, Unknown, Worse};
        let cases: [(Verdict, Better, &[f64], &[f64]); 8] = [
            (Same, Less, &[1.0, 2.0, 3.0], &[2.9, 4.0, 5.0]),
            (Same, More, &[1.0, 2.0], &[2.0, 3.0]),
            (Worse, Less, &[1.0, 2.0], &[2.1, 3.0]),
            (Verdict::Better, Less, &[2.1, 3.0], &[2.0, 1.0]),
            (Verdict::Better, More, &[1.0, 2.0], &[2.1, 3.0]),
            (Worse, More, &[2.1, 3.0], &[2.0, 1.0]),
            (Unknown, Less, &[1.0], &[2.0, 3.0]),
            (Unknown, Less, &[1.0, 1.5], &[2.0]),
        ];
        for (expected, better, old, new) in cases {
            let comparison = compare(&report(&[("a", better, old)]), &report(&[("a", better, new)])).unwrap();
            assert_eq!(comparison.changes["a"].verdict, expected, "{better:?} {old:?} {new:?}");
        }
    }

    #[test]
    fn counted_figures_have_no_noise() {
        let counted = |value| {
            let mut report = report(&[]);
            report.figures.count("cells", "cells", Better::Less, value);
            report
        };
        let verdict = |old, new| compare(&counted(old), &counted(new)).unwrap().changes["cells"].verdict;
        assert_eq!((verdict(5.0, 5.0), verdict(5.0, 6.0), verdict(5.0, 4.0)), {
            (Verdict::Same, Verdict::Worse, Verdict::Better)
        });
    }

    #[test]
    fn chance_is_that_of_orders() {
        assert!((chance([3, 3]) - 0.1).abs() < 1e-12 && (chance([5, 5]) - 2.0 / 252.0).abs() < 1e-12);
        assert!((chance([2, 5]) - chance([5, 2])).abs() < 1e-12);
    }

    #[test]
    fn what_was_not_run_alike_is_not_compared() {
        let old = report(&[("a", Better::Less, &[1.0, 2.0]), ("b", Better::Less, &[1.0])]);
        let mut new = report(&[("a", Better::Less, &[1.0, 2.0]), ("c", Better::Less, &[1.0])]);
        new.parameters.insert("repetitions".into(), 7.into());
        let comparison = compare(&old, &new).unwrap();
        assert_eq!((comparison.gone, comparison.added), (vec!["b".to_owned()], vec!["c".to_owned()]));
        new.parameters.insert("shape".into(), "small".into());
        assert_eq!(compare(&old, &new), Err(Incomparable::Parameters("shape".into())));
        assert_eq!(compare(&old, &report(&[("z", Better::Less, &[1.0])])), Err(Incomparable::Disjoint));
    }
}
