//! Shows which operations changed level since `crates/aws-model/tests/levels.txt` was accepted, and accepts.

use anyhow::{Context as _, Result};

use crate::{models, paths, step};

/// Prints each operation that is new, gone, or of another level than before; `accept` makes the state of now the
/// reviewed one.
pub(crate) fn run(accept: bool) -> Result<()> {
    models::run()?;
    let example = |what: &str| {
        let words = ["run", "--quiet", "-p", "aws-model", "--example", "levels", "--", what];
        step::quiet(step::cargo().args(words))
    };
    step::say(example("--changes")?.trim_end());
    if accept {
        let path = paths::root().join("crates/aws-model/tests/levels.txt");
        std::fs::write(&path, example("--snapshot")?)
            .with_context(|| format!("cannot write {}", path.display()))?;
        step::say("accepted");
    }
    Ok(())
}
