//! Chunks of made-up traffic.

use std::error::Error;

use braid_circuits::leaf::shape::Shape;
use braid_contracts::Registry;
use braid_witness::workload::{self, Spec};
use braid_witness::{Batch, BatchResult, BlockContext, Interpreter, Policy};

/// Makes traffic on its own genesis, executes it, and cuts it into chunks that fill a shape.
///
/// # Errors
/// If the traffic cannot be made or executed.
pub fn cut(
    registry: &Registry,
    interpreter: &Interpreter,
    spec: &Spec,
    shape: Shape,
) -> Result<BatchResult, Box<dyn Error + Send + Sync>> {
    let workload = workload::generate(spec, registry)?;
    let mut origin = workload.genesis.build(registry)?;
    let batch = Batch {
        interpreter,
        parameters: origin.parameters,
        context: BlockContext::default(),
        policy: Policy::default(),
        capacity: shape.capacity(),
    };
    Ok(batch.run(&mut origin.tree, origin.boundary, workload.drafts)?)
}
