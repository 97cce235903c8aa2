//! Where a run writes: known, and found fit, before any work.

use std::path::{Path, PathBuf};

use super::Options;
use crate::transactions::{self, Refusal};
use crate::{failure, files};

/// What the proof of standard input is named after.
const UNNAMED: &str = "stdin";

/// Where a run writes.
pub struct Places {
    /// The proof.
    pub out: PathBuf,
    /// The folder of the run's finished proofs.
    pub work: PathBuf,
    /// What does not run.
    rejections: PathBuf,
    /// Whether the user named [`Places::rejections`].
    named: bool,
}

impl Places {
    /// The places that the options name, and those that follow from them.
    ///
    /// # Errors
    /// If one of them is no name of a file, or would replace another one or what the run reads.
    pub fn of(options: &Options) -> anyhow::Result<Self> {
        let batch = &options.batch;
        let name = if batch.is_file() { &batch.file } else { Path::new(UNNAMED) };
        let default = name.with_extension("proof");
        let out = options.out.clone().unwrap_or_else(|| default.clone());
        // Beside a device or a pipe there is no place.
        let beside = if files::is_special(&out) { &default } else { &out };
        let rejections = batch.rejections.clone().unwrap_or_else(|| beside.with_extension("rejected.jsonl"));
        let places =
            Self { work: beside.with_extension("proof.work"), out, rejections, named: batch.rejections.is_some() };
        for (option, path) in places.outputs() {
            batch.check_output(option, path)?;
        }
        places.expect_apart(&batch.inputs())?;
        Ok(places)
    }

    fn outputs(&self) -> [(&'static str, &Path); 2] {
        [("--out", &self.out), ("--rejections", &self.rejections)]
    }

    /// Proof and rejections are two files, and nothing that is to stay lies in the work folder, which goes at the end.
    fn expect_apart(&self, inputs: &[PathBuf]) -> anyhow::Result<()> {
        let [out, rejections] = [&self.out, &self.rejections].map(|path| files::canonical(path));
        if out.is_some() && out == rejections && !files::is_special(&self.out) {
            return Err(failure::input(format!(
                "--rejections: {} is the proof's file, too; name another one",
                self.rejections.display()
            )));
        }
        let Some(work) = files::canonical(&self.work) else { return Ok(()) };
        let outputs = self.outputs().map(|(_, path)| path);
        let mut stay = inputs.iter().map(PathBuf::as_path).chain(outputs);
        match stay.find(|path| files::canonical(path).is_some_and(|path| path.starts_with(&work))) {
            Some(path) => Err(failure::input(format!(
                "{}: lies in {}, the run's own folder, which goes at the end; choose another place",
                path.display(),
                self.work.display()
            ))),
            None => Ok(()),
        }
    }

    /// Whether the proof can be written once it is made.
    ///
    /// # Errors
    /// If its folder is not there or does not take files.
    pub fn check_writable(&self) -> anyhow::Result<()> {
        match files::canonical(&self.out) {
            _ if files::is_special(&self.out) => Ok(()),
            Some(path) => files::check_writable(&files::folder_of(&path)),
            None => files::check_writable(&files::folder_of(&self.out)),
        }
    }

    /// Writes what does not run, and returns where. Where everything runs, the rejections of an earlier run go, and a file
    /// that the user named is empty.
    ///
    /// # Errors
    /// If the file cannot be written or removed.
    pub fn write_refusals(&self, refusals: &[Refusal]) -> anyhow::Result<Option<&Path>> {
        let path = &self.rejections;
        if !refusals.is_empty() || self.named {
            transactions::write_refusals(path, refusals)?;
        } else if path.is_file() {
            std::fs::remove_file(path).map_err(|error| files::refused(path.display(), &error))?;
        }
        Ok((!refusals.is_empty()).then_some(path))
    }
}
