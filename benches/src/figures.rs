//! Figures of a report: what was measured, several times each, with what is needed to compare it with another day's.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::machine::Machine;

/// Version of the form of a report.
pub const FORMAT: u32 = 1;

/// Which of two values one would rather have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Better {
    /// The smaller one.
    Less,
    /// The larger one.
    More,
}

/// One quantity.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Figure {
    /// Its unit.
    pub unit: String,
    /// Which way is better.
    pub better: Better,
    /// Whether it follows from the code and the input, so that one value is enough and any difference is a change.
    pub counted: bool,
    /// Least value.
    pub min: f64,
    /// The middle value; of an even number of them, the mean of the two in the middle.
    pub median: f64,
    /// Greatest value.
    pub max: f64,
    /// All values, in the order in which they were measured; at least one.
    pub samples: Vec<f64>,
}

impl Figure {
    fn new(unit: &str, better: Better, counted: bool) -> Self {
        Self { unit: unit.into(), better, counted, min: 0.0, median: 0.0, max: 0.0, samples: Vec::new() }
    }

    fn add(&mut self, sample: f64) {
        self.samples.push(sample);
        let mut sorted = self.samples.clone();
        sorted.sort_by(f64::total_cmp);
        let count = sorted.len();
        (self.min, self.max) = (sorted[0], sorted[count - 1]);
        self.median = (sorted[(count - 1) / 2] + sorted[count / 2]) / 2.0;
    }

    /// The value that disturbances from outside have moved least.
    pub fn best(&self) -> f64 {
        match self.better {
            Better::Less => self.min,
            Better::More => self.max,
        }
    }
}

/// Figures by name. Parts of a name are separated by `/`, from the general to the special.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Figures(pub BTreeMap<String, Figure>);

impl Figures {
    /// Adds a sample of a figure. Samples that are no finite number are left out.
    pub fn add(&mut self, name: impl Into<String>, unit: &str, better: Better, sample: f64) {
        self.sample(name.into(), unit, better, false, sample);
    }

    /// Sets a figure that is counted.
    pub fn count(&mut self, name: impl Into<String>, unit: &str, better: Better, value: f64) {
        let name = name.into();
        self.0.remove(&name);
        self.sample(name, unit, better, true, value);
    }

    fn sample(&mut self, name: String, unit: &str, better: Better, counted: bool, sample: f64) {
        if sample.is_finite() {
            self.0.entry(name).or_insert_with(|| Figure::new(unit, better, counted)).add(sample);
        }
    }

    /// A figure.
    pub fn get(&self, name: &str) -> Option<&Figure> {
        self.0.get(name)
    }

    /// Figures whose names begin with a prefix, with the rest of their names.
    pub fn under<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = (&'a str, &'a Figure)> {
        self.0.iter().filter_map(move |(name, figure)| Some((name.strip_prefix(prefix)?, figure)))
    }
}

/// A report: the figures, and what has to be known to judge them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// [`FORMAT`].
    pub format: u32,
    /// When it was begun, UTC.
    pub date: String,
    /// Commit of the code; `dirty` if files had been changed since.
    pub commit: String,
    /// Version of the compiler.
    pub compiler: String,
    /// Where it was measured.
    pub machine: Machine,
    /// Load of the machine (processes that want a processor, mean of a minute) before the first measurement and after the last.
    pub load: [f64; 2],
    /// What was run: figures of different parameters are not comparable.
    pub parameters: BTreeMap<String, Value>,
    /// Sections that could not be measured, and why.
    pub failures: BTreeMap<String, String>,
    /// What was measured.
    pub figures: Figures,
    /// What the programs printed, as they printed it; in a file of its own, as nothing reads it again.
    #[serde(skip)]
    pub raw: Vec<Value>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_of_samples_does_not_matter() {
        let mut figures = Figures::default();
        for sample in [3.0, f64::NAN, 1.0, 7.0, 2.0, f64::INFINITY] {
            figures.add("a/b", "s", Better::Less, sample);
        }
        let figure = figures.get("a/b").unwrap();
        assert_eq!((figure.min, figure.median, figure.max, figure.best()), (1.0, 2.5, 7.0, 1.0));
        assert_eq!(figure.samples, [3.0, 1.0, 7.0, 2.0]);
        assert_eq!(figures.under("a/").map(|(rest, _)| rest).collect::<Vec<_>>(), ["b"]);
    }

    #[test]
    fn counts_are_replaced() {
        let mut figures = Figures::default();
        figures.count("rows", "rows", Better::Less, 1.0);
        figures.count("rows", "rows", Better::Less, 2.0);
        assert_eq!(figures.get("rows").unwrap().samples, [2.0]);
    }
}
