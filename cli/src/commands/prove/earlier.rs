//! Runs that were stopped: what the next one takes from them.
//!
//! `run.json` in the work folder says what a run is about, from before its first proof until after the chain has moved on.
//! A run that finished leaves none, also where it keeps its proofs.

use braid_prover::store::{FolderStore, KeyBuilder, write_atomically};
use braid_verifier::{Acceptable, ProofFile};
use braid_witness::BlockContext;
use serde::{Deserialize, Serialize};

use super::places::Places;
use super::{Notes, Options};
use crate::chain::Chain;
use crate::commands::verify::Claim;
use crate::transactions::Submission;
use crate::{circuits, failure};

/// Name of the file in the work folder.
const RUN_FILE: &str = "run.json";

/// What a run needs to be continued: a second one takes its block from here.
#[derive(Serialize, Deserialize, PartialEq, Eq)]
struct Run {
    /// Digest of the transactions and the head they run on.
    input: String,
    /// Digest of the transactions and of how they are proven, without the head: it is the same once the chain has moved on.
    submission: String,
    number: u64,
    timestamp: u64,
    /// Whether the folder's proofs stay at the end.
    keep: bool,
}

impl Run {
    fn read(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok()
    }
}

/// Digest of what is asked for, without the head it runs on.
fn submission_digest(submission: &Submission, options: &Options) -> String {
    let key = KeyBuilder::new("submission", 1)
        .with(format!("{:?}", submission.drafts).as_bytes())
        .with(&[u8::from(options.batch.auto)])
        .with(&options.batch.min_fee.to_le_bytes())
        .with(options.security.name().as_bytes());
    key.finish().to_string()
}

/// A run before its first proof.
pub struct Begun {
    /// Its block: that of an interrupted run of the same transactions, if there is one.
    pub context: BlockContext,
    /// Whether the folder's proofs stay at the end: if that is asked for, or an earlier run keeps some there.
    pub keep: bool,
    run: Run,
    noted: bool,
}

impl Begun {
    /// The run that the options ask for, as a continuation of what the folder holds. Where nobody says the time of a block that no
    /// chain takes up, it is that of the proof which is there already: of the same batch, perhaps.
    ///
    /// # Errors
    /// If its block cannot be, or the folder cannot be read.
    pub fn of(
        chain: &Chain,
        submission: &Submission,
        options: &Options,
        store: &FolderStore,
        proven: Option<BlockContext>,
    ) -> anyhow::Result<Self> {
        let asked = (options.batch.block, options.batch.timestamp);
        let mut context = chain.context(asked, submission)?;
        let said = submission.header.as_ref().is_some_and(|header| header.timestamp.is_some());
        let proven = proven.filter(|_| options.batch.timestamp.is_none() && !said);
        if let Some(proven) = proven {
            let block = (options.batch.block, Some(proven.timestamp));
            context = chain.context(block, submission).unwrap_or(context);
        }
        let input = submission.digest(&chain.head, options.batch.auto)?;
        let bytes = std::fs::read(store.folder().join(RUN_FILE)).ok();
        let earlier = bytes.as_deref().and_then(Run::read);
        // Proofs without a run are those that a finished run kept.
        let kept = match (&earlier, &bytes) {
            (Some(earlier), _) => earlier.keep,
            (None, Some(_)) => false,
            (None, None) => store.holds_artifacts().map_err(failure::machine)?,
        };
        let same = |earlier: &&Run| earlier.input == input && asked == (None, None) && proven.is_none();
        if let Some(earlier) = earlier.as_ref().filter(same) {
            // A block that cannot be is none that this program noted.
            let block = (Some(earlier.number), Some(earlier.timestamp));
            context = chain.context(block, submission).unwrap_or(context);
        }
        let run = Run {
            input,
            submission: submission_digest(submission, options),
            number: context.number,
            timestamp: context.timestamp,
            keep: options.keep || kept,
        };
        Ok(Self { context, keep: run.keep, noted: earlier.as_ref() == Some(&run), run })
    }

    /// Digest of what is asked for, for the notes of the proof.
    pub fn submission(&self) -> &str {
        &self.run.submission
    }

    /// Notes the run in the folder, so that the next one can continue it. Call it before the first proof, and not for a run
    /// that makes none: the note of an earlier run is then still there.
    pub fn note(&self, store: &FolderStore) -> anyhow::Result<()> {
        if self.noted {
            return Ok(());
        }
        write_atomically(&store.folder().join(RUN_FILE), &[&serde_json::to_vec(&self.run)?]).map_err(failure::machine)
    }
}

/// An earlier run of the same batch, which has moved the chain on.
pub struct MovedOn {
    /// What its proof says.
    pub claim: Claim,
    /// Of a run that was stopped before it had cleaned up: whether its proofs stay.
    pub unfinished: Option<bool>,
}

/// What an earlier run of the same batch proved that has moved the chain on, as its notes say: in the work folder if it was stopped
/// before it had cleaned up, else in the proof. The proof must verify, and end where the chain stands; anything else is another run.
pub fn moved_on(chain: &Chain, submission: &Submission, options: &Options, places: &Places) -> Option<MovedOn> {
    if !chain.lives_on() || !places.out.is_file() {
        return None;
    }
    let digest = submission_digest(submission, options);
    let file = std::fs::read(&places.out).ok()?;
    let run = std::fs::read(places.work.join(RUN_FILE)).ok().and_then(|bytes| Run::read(&bytes));
    let run = run.filter(|run| run.submission == digest);
    let noted = || serde_json::from_slice::<Notes>(ProofFile::from_bytes(&file).ok()?.notes).ok()?.submission;
    if run.is_none() && (options.overwrite || noted().as_ref() != Some(&digest)) {
        return None;
    }
    let acceptable = Acceptable::new().levels(&[options.security.into()]).parameters(circuits::parameters(chain));
    let statement = braid_verifier::verify(&file, &acceptable).ok()?;
    let block = (statement.context.number, statement.context.timestamp);
    let header = submission.header.as_ref();
    let number = options.batch.block.or(header.and_then(|header| header.block.map(|block| block.0)));
    let timestamp = options.batch.timestamp.or(header.and_then(|header| header.timestamp.map(|time| time.0)));
    let same_block = number.is_none_or(|asked| asked == block.0) && timestamp.is_none_or(|asked| asked == block.1);
    let same_run = run.as_ref().is_none_or(|run| block == (run.number, run.timestamp));
    let stands = statement.after == braid_aggregator::stated::boundary(&chain.head.boundary);
    let moved_on = || MovedOn { claim: Claim::of(&statement), unfinished: run.map(|run| run.keep) };
    (stands && same_block && same_run).then(moved_on)
}

/// The end of a run that did not come to its first proof: there is nothing to continue.
pub fn forget(store: &FolderStore) {
    if store.holds_artifacts().is_ok_and(|holds| !holds) {
        let _ = std::fs::remove_file(store.folder().join(RUN_FILE));
    }
}

/// The end of a run: nothing says any more that it is not finished, and its proofs go unless they are to stay.
pub fn clean_up(store: &FolderStore, keep: bool) -> anyhow::Result<()> {
    if !keep {
        return store.clone().remove_all(&[RUN_FILE]).map_err(failure::machine);
    }
    let path = store.folder().join(RUN_FILE);
    std::fs::remove_file(&path).map_err(|error| failure::machine(format!("{}: {error}", path.display())))
}
