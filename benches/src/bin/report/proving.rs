//! Batches proven by the command line.

use braid_benches::figures::{Better, Figures, Report};
use braid_benches::machine::processor_seconds_of_children;
use braid_circuits::leaf::shape::Shape;
use serde_json::{Value, json};

use crate::effort::Effort;
use crate::programs::Programs;
use crate::traffic::{Batch, KINDS, SKEWS, Traffic};
use crate::{Failure, note};

/// Stages of a run, as the command line names them; all but the first, which is not of the batch, are parts of what is counted.
const STAGES: [&str; 8] =
    ["0 chain", "1 execute", "3a replay", "3b rows", "3c leaf proofs", "3d leaf checks", "3e wraps", "3f merges"];

/// How a batch is proven.
struct Way<'a> {
    level: &'a str,
    shape: Shape,
    threads: Option<usize>,
}

/// Proves every kind of traffic at every level.
pub fn batches(programs: &Programs, effort: &Effort, levels: &[String], report: &mut Report) -> Result<(), Failure> {
    for level in levels {
        warm(programs, level)?;
        report.raw.push(programs.json("braid", &["--json", "params", "--security", level])?);
    }
    // All of them before any proof: making them takes the memory in which the system keeps circuits, which the next proof then waits for.
    let made = KINDS.map(|kind| {
        let traffic = Traffic::of(kind);
        let (shape, full) = traffic.best(effort.shape)?;
        let batch = traffic.batch(programs, all_but_a_hundredth(Effort::CHUNKS * full))?;
        Ok::<_, Failure>((kind.0, shape, batch))
    });
    let made = made.into_iter().collect::<Result<Vec<_>, _>>()?;
    for _ in 0..effort.proofs {
        for level in levels {
            for (kind, shape, batch) in &made {
                let name = format!("prove/{level}/{kind}");
                let way = Way { level, shape: *shape, threads: None };
                let result = prove(programs, batch, &way, &name, report);
                note(report, &name, result);
            }
        }
    }
    Ok(())
}

/// Proves one chunk of transfers under changing circumstances, at one level.
pub fn sweeps(programs: &Programs, effort: &Effort, level: &str, report: &mut Report) -> Result<(), Failure> {
    warm(programs, level)?;
    let traffic = Traffic::of(KINDS[0]);
    let usual = || Way { level, shape: effort.shape, threads: None };
    let mut cases = Vec::new();
    let all = report.machine.threads;
    let fewer = (0..).map(|power| 1 << power).take_while(|threads| *threads < all);
    for threads in fewer.chain([all]) {
        cases.push((format!("threads/{threads}"), traffic, Way { threads: Some(threads), ..usual() }));
    }
    for &shape in &effort.shapes {
        cases.push((format!("shape/{shape}"), traffic, Way { shape, ..usual() }));
    }
    for &accounts in &effort.accounts {
        cases.push((format!("accounts/{accounts}"), Traffic { accounts, ..traffic }, usual()));
    }
    for skew in SKEWS {
        cases.push((format!("skew/{}", skew.0), Traffic { skew, ..traffic }, usual()));
    }
    for (name, traffic, way) in cases {
        let name = format!("sweep/{name}");
        let full = traffic.fill(way.shape);
        let batch = full.and_then(|full| traffic.batch(programs, all_but_a_hundredth(full)));
        for _ in 0..effort.sweeps {
            let result = match &batch {
                Ok(batch) => prove(programs, batch, &way, &name, report),
                Err(error) => Err(error.to_string().into()),
            };
            note(report, &name, result);
        }
    }
    Ok(())
}

/// Of transactions that fill chunks, so many that no chunk is begun that was not meant.
fn all_but_a_hundredth(full: usize) -> usize {
    (full - full.div_ceil(100)).max(1)
}

/// Has the circuits of tiny chunks and of merges built and put into the cache. Those of other shapes are built, and not counted, by the first
/// run that needs them.
fn warm(programs: &Programs, level: &str) -> Result<(), Failure> {
    let batch = Traffic { accounts: 10, ..Traffic::of(KINDS[0]) }.batch(programs, 60)?;
    braid(programs, &batch, &Way { level, shape: Shape::Tiny, threads: None }).map(|_| ())
}

/// Runs `braid prove` and reads what it says and what it notes in the proof.
fn braid(programs: &Programs, batch: &Batch, way: &Way<'_>) -> Result<[Value; 2], Failure> {
    let [file, chain, out] = [batch.file.clone(), programs.file("chain"), programs.file("batch.proof")];
    batch.chain(&chain)?;
    let [file, chain, out] = [file, chain, out].map(|path| path.display().to_string());
    let threads = way.threads.map(|threads| threads.to_string());
    let mut words = vec!["--json", "--quiet"];
    if let Some(threads) = &threads {
        words.extend(["--threads", threads]);
    }
    words.extend(["prove", &file, "--chain", &chain, "--out", &out, "--overwrite"]);
    words.extend(["--security", way.level, "--shape", way.shape.name()]);
    let mut said = programs.json("braid", &words)?;
    // Where its temporary files lay says nothing about a machine.
    if let Some(said) = said.as_object_mut() {
        said.retain(|key, _| key != "check" && key != "proof");
    }
    let noted = programs.json("braid", &["--json", "inspect", &out])?;
    Ok([said, noted])
}

/// Proves a file once and adds the sample to all figures under `name`.
fn prove(programs: &Programs, batch: &Batch, way: &Way<'_>, name: &str, report: &mut Report) -> Result<(), Failure> {
    eprintln!("  {name}");
    let load = braid_benches::machine::load();
    let before = processor_seconds_of_children();
    let [said, noted] = braid(programs, batch, way)?;
    let process = processor_seconds_of_children() - before;
    samples(&said, &noted, name, &mut report.figures).ok_or("the command line's report lacks a number")?;
    report.raw.push(
        json!({ "name": name, "load": load, "process_cpu_s": process, "prove": said, "inspect": noted["notes"] }),
    );
    Ok(())
}

fn samples(said: &Value, noted: &Value, name: &str, figures: &mut Figures) -> Option<()> {
    use Better::{Less, More};
    let stage = |stage: &str| said["seconds"][stage].as_f64();
    let transactions = said["transactions"].as_f64()?;
    let seconds = stage("1 execute")? + stage("3 prove")?;
    let processor = said["cpu_seconds"]["1 execute"].as_f64()? + said["cpu_seconds"]["3 prove"].as_f64()?;
    figures.add(format!("{name}/seconds"), "s", Less, seconds);
    figures.add(format!("{name}/per_second"), "tx/s", More, transactions / seconds);
    let proving = transactions / stage("3 prove")?;
    figures.add(format!("{name}/proving_per_second"), "tx/s", More, proving);
    figures.add(format!("{name}/cpu_per_million"), "CPU-s", Less, 1e6 * processor / transactions);
    figures.add(format!("{name}/peak_memory"), "bytes", Less, said["peak_memory"].as_f64()?);
    figures.count(format!("{name}/predicted_memory"), "bytes", Less, said["predicted_memory"].as_f64()?);
    figures.count(format!("{name}/transactions"), "tx", More, transactions);
    figures.add(format!("{name}/proof_bytes"), "bytes", Less, noted["proof_bytes"].as_f64()?);
    figures.add(format!("{name}/verify_ms"), "ms", Less, said["verify_ms"].as_f64()?);
    for (shape, count) in said["chunks"].as_object()? {
        figures.count(format!("{name}/chunks/{shape}"), "chunks", Less, count.as_f64()?);
    }
    for key in STAGES {
        let (_, label) = key.split_once(' ')?;
        figures.add(format!("{name}/stage/{label}"), "s", Less, stage(key)?);
    }
    // Proofs of the first chunk, which is full; one job at a time had all threads.
    let notes = &noted["notes"];
    figures.count(format!("{name}/chunk_transactions"), "tx", More, notes["chunks"][0][1].as_f64()?);
    let jobs = notes["timeline"].as_array()?;
    for (kind, first) in [("leaf", "leaf 1"), ("wrap", "wrap 1"), ("merge", "merge 1..2")] {
        if let Some(job) = jobs.iter().find(|job| job[1] == first) {
            figures.add(format!("{name}/job/{kind}"), "s", Less, job[4].as_f64()? - job[3].as_f64()?);
        }
    }
    Some(())
}
