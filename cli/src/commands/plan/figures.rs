//! Measured figures: the part of a report that a plan needs.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::model::Chunk;
use crate::{failure, files};

/// Part of n-fold speed that n threads are taken to have where it was not measured.
const EFFICIENCY: f64 = 0.85;

/// The report that this program carries.
const BUILT_IN: &str = include_str!("../../../../benches/report/report.json");

/// The form of reports that is understood.
const FORMAT: u32 = 1;

/// Figures and where they come from.
#[derive(Debug)]
pub struct Figures {
    /// Where they come from.
    pub source: Source,
    figures: BTreeMap<String, Figure>,
}

/// Where figures were measured, and when.
#[derive(Debug, Serialize)]
pub struct Source {
    /// When, UTC.
    pub date: String,
    /// Of what.
    pub commit: String,
    /// On what.
    pub processor: String,
    /// Threads of that machine.
    pub threads: u32,
    /// How many processes wanted a processor when it began.
    pub load: f64,
    /// Shape of the chunks that were measured, where the report says it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shape: Option<String>,
}

#[derive(Deserialize)]
struct Report {
    format: u32,
    date: String,
    commit: String,
    machine: Machine,
    load: [f64; 2],
    #[serde(default)]
    parameters: Parameters,
    figures: BTreeMap<String, Figure>,
}

#[derive(Default, Deserialize)]
struct Parameters {
    shape: Option<String>,
}

#[derive(Deserialize)]
struct Machine {
    processor: String,
    threads: u32,
}

#[derive(Debug, Deserialize)]
struct Figure {
    median: f64,
}

impl Figures {
    /// Those that this program carries.
    ///
    /// # Errors
    /// If they are damaged.
    pub fn built_in() -> Result<Self, String> {
        Self::parse(BUILT_IN.as_bytes())
    }

    /// Those of a report.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        Self::parse(&files::read(path)?).map_err(|error| failure::input(format!("{}: {error}", path.display())))
    }

    fn parse(bytes: &[u8]) -> Result<Self, String> {
        let report: Report = serde_json::from_slice(bytes).map_err(|error| format!("no report: {error}"))?;
        let Report { format, date, commit, machine, load, parameters, figures } = report;
        if format != FORMAT {
            return Err(format!("a report of format {format}, and this program reads {FORMAT}"));
        }
        if machine.threads == 0 {
            return Err("a report of a machine without threads".into());
        }
        let Machine { processor, threads } = machine;
        let source = Source { date, commit, processor, threads, load: load[0], shape: parameters.shape };
        Ok(Self { source, figures })
    }

    fn median(&self, name: &str) -> Result<f64, String> {
        let Some(Figure { median }) = self.figures.get(name) else {
            return Err(format!("the report has no figure `{name}`: {}", self.measured()));
        };
        let sound = median.is_finite() && *median >= 0.0;
        sound.then_some(*median).ok_or_else(|| format!("the report's figure `{name}` is no quantity"))
    }

    /// The levels and kinds of traffic that were measured, in words.
    fn measured(&self) -> String {
        let mut levels: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for name in self.figures.keys() {
            if let ["prove", level, kind, ..] = name.split('/').collect::<Vec<_>>()[..] {
                levels.entry(level).or_default().insert(kind);
            }
        }
        let kinds = |kinds: BTreeSet<&str>| kinds.into_iter().collect::<Vec<_>>().join(", ");
        let levels: Vec<String> = levels.into_iter().map(|(level, of)| format!("{level} ({})", kinds(of))).collect();
        if levels.is_empty() { "it has no proofs at all".into() } else { format!("it has {}", levels.join(" and ")) }
    }

    /// A full chunk of a kind of traffic at a level.
    ///
    /// # Errors
    /// If it was not measured.
    pub fn chunk(&self, level: &str, kind: &str) -> Result<Chunk, String> {
        let of = format!("prove/{level}/{kind}/");
        if !self.figures.keys().any(|name| name.starts_with(&of)) {
            return Err(format!("{kind} at {level} was not measured for the report: {}", self.measured()));
        }
        let figure = |name: &str| self.median(&format!("{of}{name}"));
        let (transactions, all) = (figure("chunk_transactions")?, figure("transactions")?);
        if transactions < 1.0 || all < 1.0 {
            return Err("the report has a chunk without transactions".into());
        }
        Ok(Chunk {
            transactions: transactions as u64,
            leaf: figure("job/leaf")?,
            wrap: figure("job/wrap")?,
            merge: figure("job/merge")?,
            rest: figure("stage/execute")? * transactions / all,
            memory: figure("peak_memory").ok().map(|bytes| bytes as u64),
        })
    }

    /// How many times as fast so many cores are as the measured machine, and what of it is assumed.
    pub fn speedup(&self, cores: u32) -> (f64, Vec<String>) {
        let threads = self.source.threads;
        let rate =
            |threads: u32| self.median(&format!("sweep/threads/{threads}/per_second")).ok().filter(|rate| *rate > 0.0);
        if cores == threads {
            return (1.0, Vec::new());
        }
        if let (Some(these), Some(all)) = (rate(cores), rate(threads)) {
            return (these / all, Vec::new());
        }
        let mut assumed = Vec::new();
        let measured = match (rate(1), rate(threads)) {
            (Some(one), Some(all)) => all / one,
            _ => {
                assumed.push(format!("the {threads} threads that were measured are {threads} times as fast as one"));
                f64::from(threads)
            }
        };
        let efficiency = if cores == 1 { 1.0 } else { EFFICIENCY };
        if cores > 1 {
            assumed.push(format!("{cores} threads are {efficiency} × {cores} times as fast as one"));
        }
        (efficiency * f64::from(cores) / measured, assumed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The report that is built in serves every level that is worth planning for.
    #[test]
    fn the_built_in_report_has_what_plans_need() {
        let figures = Figures::built_in().unwrap();
        for level in ["conjectured-100", "provable-100"] {
            for kind in ["transfer", "swap", "mixed"] {
                let chunk = figures.chunk(level, kind).unwrap();
                assert!(chunk.transactions > 0 && chunk.leaf > 0.0 && chunk.merge > 0.0, "{level} {kind}: {chunk:?}");
            }
        }
        let error = figures.chunk("insecure", "transfer").unwrap_err();
        assert!(
            error.starts_with("transfer at insecure was not measured") && error.contains("provable-100 (mixed, swap"),
            "{error}"
        );
        assert!(figures.source.shape.is_some());
    }

    fn report(threads: u32, rates: &[(u32, f64)]) -> Figures {
        let rates: Vec<String> = rates
            .iter()
            .map(|(threads, rate)| format!("\"sweep/threads/{threads}/per_second\": {{\"median\": {rate}}}"))
            .collect();
        let text = format!(
            "{{\"format\": 1, \"date\": \"\", \"commit\": \"\", \"load\": [0, 0], \"figures\": {{{}}},
              \"machine\": {{\"processor\": \"\", \"threads\": {threads}}}}}",
            rates.join(",")
        );
        Figures::parse(text.as_bytes()).unwrap()
    }

    #[test]
    fn speedups_are_measured_before_they_are_assumed() {
        let measured = report(2, &[(1, 10.0), (2, 18.0)]);
        assert_eq!(measured.speedup(2), (1.0, vec![]));
        assert_eq!(measured.speedup(1), (10.0 / 18.0, vec![]));
        let (speedup, assumed) = measured.speedup(16);
        assert!((speedup - 0.85 * 16.0 / 1.8).abs() < 1e-12 && assumed.len() == 1);
        let (speedup, assumed) = report(2, &[]).speedup(16);
        assert!((speedup - 0.85 * 8.0).abs() < 1e-12 && assumed.len() == 2);
        assert_eq!(report(16, &[(2, 10.0), (16, 70.0)]).speedup(2), (1.0 / 7.0, vec![]));
    }

    #[test]
    fn damaged_reports_are_refused() {
        for text in ["", "{}", "[1]", "{\"format\": 2}"] {
            assert!(Figures::parse(text.as_bytes()).is_err(), "{text}");
        }
        let zero = "{\"format\":1,\"date\":\"\",\"commit\":\"\",\"load\":[0,0],\"figures\":{},\"machine\":{\"processor\":\"\",\"threads\":0}}";
        assert_eq!(Figures::parse(zero.as_bytes()).unwrap_err(), "a report of a machine without threads");
    }
}
