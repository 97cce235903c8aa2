//! What lies already where the proof is to go. It is replaced by a proof of the same batch, or if the user says so, and
//! never else: the proof of an earlier block cannot be made again once its chain has moved on.

use std::path::PathBuf;

use braid_aggregator::stated;
use braid_verifier::{Acceptable, ProofFile, SecurityLevel, Statement, VerifyError};
use braid_witness::{BlockContext, Boundary};

use super::Options;
use super::places::Places;
use crate::chain::Chain;
use crate::commands::verify::Claim;
use crate::{circuits, failure, files, output};

/// A proof that may be of the batch at hand, which is known once that has run.
pub struct Replaced {
    path: PathBuf,
    /// What the file states; nothing where nothing is replaced, or anything may be.
    found: Option<Statement>,
    /// Whether it holds, at the level that is asked for. Not asked on a chain that lives on, since that has to move, nor where the proofs
    /// of chunks are to be kept.
    holds: bool,
}

impl Replaced {
    /// Looks at what lies there, before anything is done.
    ///
    /// # Errors
    /// If it is no proof of a batch that begins where the chain stands, or one of a stronger level.
    pub fn look(places: &Places, options: &Options, chain: &Chain) -> anyhow::Result<Self> {
        let mut replaced = Self { path: places.out.clone(), found: None, holds: false };
        if options.overwrite || files::is_special(&places.out) || !places.out.is_file() {
            return Ok(replaced);
        }
        let bytes = files::read(&places.out)?;
        if bytes.is_empty() {
            return Ok(replaced);
        }
        let statement = match ProofFile::from_bytes(&bytes) {
            Ok(file) => file.statement,
            Err(error) => return Err(replaced.refuse(format_args!("is there already and is no whole proof ({error})"))),
        };
        let strength = |level: SecurityLevel| SecurityLevel::ALL.into_iter().position(|known| known == level);
        if statement.parameters != circuits::parameters(chain) {
            return Err(replaced.refuse("holds a proof about another chain"));
        }
        if statement.before != stated::boundary(&chain.head.boundary) {
            return Err(replaced.refuse(of(&statement)));
        }
        if strength(statement.security) > strength(options.security.into()) {
            return Err(replaced.refuse(format_args!("{}, a stronger level", of(&statement))));
        }
        if !chain.lives_on() && !options.keep {
            let acceptable =
                Acceptable::new().levels(&[options.security.into()]).parameters(circuits::parameters(chain));
            match braid_verifier::verify(&bytes, &acceptable) {
                Ok(verified) => replaced.holds = verified == statement,
                Err(VerifyError::LevelNotAccepted { .. }) => {}
                Err(error) => output::note(format_args!(
                    "{}: the proof that is there does not hold ({error}), so it is made anew",
                    places.out.display()
                )),
            }
        }
        replaced.found = Some(statement);
        Ok(replaced)
    }

    /// The block of the proof, if that holds.
    pub fn context(&self) -> Option<BlockContext> {
        let context = self.found.as_ref().filter(|_| self.holds)?.context;
        let (number, timestamp, fees_before) = (context.number, context.timestamp, context.fees_before);
        Some(BlockContext { number, timestamp, fees_before })
    }

    /// What the proof says, if it is the one that this run would make: of the batch that has run, at the level asked for, and it
    /// holds.
    pub fn proves(&self, context: &BlockContext, after: &Boundary) -> Option<Claim> {
        let same = |found: &&Statement| found.after == stated::boundary(after) && self.context() == Some(*context);
        self.found.as_ref().filter(same).map(Claim::of)
    }

    /// Whether the batch, now that it has run, is the one of the proof.
    ///
    /// # Errors
    /// If it is another one.
    pub fn expect_same(&self, context: &BlockContext, after: &Boundary) -> anyhow::Result<()> {
        match &self.found {
            Some(found)
                if found.after != stated::boundary(after)
                    || found.context.number != context.number
                    || self.holds && found.context.timestamp != context.timestamp =>
            {
                Err(self.refuse(format_args!("{}, which is another batch", of(found))))
            }
            _ => Ok(()),
        }
    }

    fn refuse(&self, holds: impl std::fmt::Display) -> anyhow::Error {
        failure::input(format!(
            "{}: {holds}; this run would replace it: name another file with --out, or say --overwrite",
            self.path.display()
        ))
    }
}

/// What a proof is of, for people.
fn of(statement: &Statement) -> String {
    let Statement { context, before, after, security, .. } = statement;
    format!(
        "holds the proof of block {} (transactions {} to {}, {})",
        context.number,
        before.count.saturating_add(1),
        after.count,
        security.name()
    )
}
