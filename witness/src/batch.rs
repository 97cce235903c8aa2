//! One batch from drafts to chunks: fills slots, authenticates, plans, executes, cuts.

use crate::capacity::Rows;
use crate::chunk::{BlockContext, Boundary, Parameters};
use crate::cutting::{Cut, CutError, Cutter};
use crate::executor::{Policy, Submitted, authenticate, execute, plan};
use crate::hints::{Draft, SlotFiller};
use crate::interpreter::{Environment, Interpreter};
use crate::rejection::Rejection;
use braid_state_tree::Tree;
use std::time::{Duration, Instant};

/// What a batch runs with.
#[derive(Clone, Copy, Debug)]
pub struct Batch<'a> {
    /// The programs.
    pub interpreter: &'a Interpreter,
    /// The chain.
    pub parameters: Parameters,
    /// The block.
    pub context: BlockContext,
    /// What the operator demands.
    pub policy: Policy,
    /// Rows of the shape that chunks fill.
    pub capacity: Rows,
}

/// What became of a batch.
#[derive(Clone, Debug)]
pub struct BatchResult {
    /// Its chunks, in order.
    pub cuts: Vec<Cut>,
    /// The boundary after it.
    pub after: Boundary,
    /// Refused transactions, by their place among the drafts.
    pub rejections: Vec<Rejection>,
    /// Number of levels that the transactions that ran fell into.
    pub levels: usize,
    /// Time of each step.
    pub times: Times,
}

/// Wall-clock time by step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Times {
    /// Choosing slots, one transaction after the other.
    pub slots: Duration,
    /// Addresses, digests and signatures, in parallel.
    pub authentication: Duration,
    /// Levels.
    pub planning: Duration,
    /// Transitions.
    pub execution: Duration,
    /// Tree, multiproofs, chains.
    pub cutting: Duration,
}

impl Batch<'_> {
    /// Runs drafts in order on the state of `tree`, which is `before`'s, and moves it to the end of the batch.
    ///
    /// # Errors
    /// [`CutError`] if a transaction fits no chunk; the tree may then have moved to the end of some chunk.
    pub fn run(&self, tree: &mut Tree, before: Boundary, drafts: Vec<Draft>) -> Result<BatchResult, CutError> {
        let environment = Environment::new(&self.parameters, &self.context);
        let mut times = Times::default();
        let mut clock = Instant::now();
        let mut lap = |time: &mut Duration| {
            *time = clock.elapsed();
            clock = Instant::now();
        };

        let mut filler = SlotFiller::new(self.interpreter, &environment, tree);
        let mut rejections = Vec::new();
        let mut places = Vec::with_capacity(drafts.len());
        let mut submitted: Vec<Submitted> = Vec::with_capacity(drafts.len());
        for (index, draft) in drafts.into_iter().enumerate() {
            let number = draft.program;
            match filler.fill(draft) {
                Ok(filled) => {
                    places.push(index);
                    submitted.push(filled);
                }
                Err(reason) => rejections.push(Rejection { index, program: self.name(number), reason }),
            }
        }
        lap(&mut times.slots);

        let authenticated = authenticate(self.interpreter, &environment, tree, &submitted);
        lap(&mut times.authentication);
        let plan = plan(self.interpreter, &submitted, &authenticated);
        lap(&mut times.planning);
        let (mut executed, refused) =
            execute(self.interpreter, &environment, self.policy, tree, submitted, authenticated, &plan);
        let mut ran = vec![false; plan.len()];
        for executed in &executed {
            ran[executed.index] = true; // a place among the submitted
        }
        let levels = plan.levels().filter(|level| level.iter().any(|place| ran[*place as usize])).count();
        let place = |index: &mut usize| *index = places.get(*index).copied().unwrap_or(*index);
        executed.iter_mut().for_each(|executed| place(&mut executed.index));
        rejections.extend(refused.into_iter().map(|mut refused| {
            place(&mut refused.index);
            refused
        }));
        rejections.sort_by_key(|rejection| rejection.index);
        lap(&mut times.execution);

        let Self { interpreter, parameters, context, capacity, .. } = *self;
        let (cuts, after) = Cutter { interpreter, parameters, context, capacity }.cut(tree, before, executed)?;
        lap(&mut times.cutting);
        tracing::debug!(chunks = cuts.len(), rejected = rejections.len(), levels, ?times, "batch executed");
        Ok(BatchResult { cuts, after, rejections, levels, times })
    }

    fn name(&self, number: u32) -> String {
        self.interpreter.program(number).map_or(number.to_string(), |prepared| prepared.program().name.clone())
    }
}
