//! Stages of a proof, for whoever measures.

/// Begins a stage: a span of this crate at the level of debugging. Stages do not nest.
pub(crate) fn stage(name: &'static str) -> tracing::span::EnteredSpan {
    tracing::debug_span!("stage", name).entered()
}
