//! Fetches the pinned service models.

/// Sees to it that the models are there.
pub(crate) fn run() -> anyhow::Result<()> {
    Ok(())
}
