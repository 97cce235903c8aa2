//! Ctrl-C. Nothing is half-written either way.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, OnceLock};

use crate::{failure, output};

/// What a run does when its user presses Ctrl-C: before its first proof it ends; then it stops after the proof in progress, and
/// ends at the second press.
pub struct Interrupt {
    pressed: AtomicBool,
    proving: AtomicBool,
    /// The work folder, once the run has one.
    work: OnceLock<PathBuf>,
}

impl Interrupt {
    /// Begins to listen.
    ///
    /// # Errors
    /// If the system refuses that.
    pub fn listen(json: bool) -> anyhow::Result<Arc<Self>> {
        let [pressed, proving] = [AtomicBool::new(false), AtomicBool::new(false)];
        let interrupt = Arc::new(Self { pressed, proving, work: OnceLock::new() });
        let heard = interrupt.clone();
        ctrlc::set_handler(move || heard.press(json)).map_err(failure::machine)?;
        Ok(interrupt)
    }

    /// The run has a work folder now.
    pub fn works_in(&self, work: PathBuf) {
        // A run has one.
        let _ = self.work.set(work);
    }

    /// The run proves from now on, and looks at the flag that this returns.
    pub fn prove(&self) -> &AtomicBool {
        self.proving.store(true, Relaxed);
        &self.pressed
    }

    fn press(&self, json: bool) {
        let again = self.pressed.swap(true, Relaxed);
        if self.proving.load(Relaxed) && !again {
            output::note("\nstopping after the proof in progress; finished proofs are stored (Ctrl-C again: stop now)");
            return;
        }
        let error = if self.proving.load(Relaxed) {
            "interrupted in the middle of a proof: run the same command again to continue from the finished ones"
        } else {
            if let Some(work) = self.work.get() {
                super::work::leave(work);
            }
            "interrupted before the first proof: run the same command again"
        };
        output::note("");
        let _ = failure::report(&failure::interrupted(error), json);
        std::process::exit(failure::Fault::Interrupted as i32);
    }
}
