//! How large lines and what flows through them may be.
//!
//! Absent on purpose: a clock. Whoever runs a pipeline says when its time is over, by [`Ticks`].

/// The longest line that is read, in bytes.
pub const MAX_LINE: usize = 64 * 1024;
/// The most words a line may have, and the most that one stage may have after its variables are filled in.
pub const MAX_WORDS: usize = 4096;
/// The most statements a line may have, those inside `$(…)` counted.
pub const MAX_STATEMENTS: usize = 64;
/// The most stages one pipeline may have.
pub const MAX_STAGES: usize = 32;
/// How deeply `$(…)` may nest.
pub const MAX_SUBSTITUTIONS: usize = 8;
/// The most bytes that the words of one stage may have after variables and `$(…)` are filled in.
pub const MAX_EXPANDED: usize = 1024 * 1024;
/// The most calls that one `xargs` may make.
pub const MAX_XARGS_CALLS: usize = 256;
/// The most bytes a text pattern (of `grep`, `sed`, `where`, `jq`) may have.
pub const MAX_PATTERN: usize = 4 * 1024;
/// The most columns that a table may have.
pub const MAX_COLUMNS: usize = 256;

/// What one run of filters may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The most bytes that lie in memory between stages, and the most that come out.
    pub bytes: usize,
    /// The most lines, rows or values that any stage reads or gives.
    pub lines: usize,
    /// The most steps of work; one is looking at a line, a value, or at 64 bytes of text.
    pub steps: u64,
}

impl Default for Limits {
    /// 64 MiB, four million lines, and as many steps as a core takes in some seconds.
    fn default() -> Limits {
        Limits { bytes: 64 * 1024 * 1024, lines: 4_000_000, steps: 400_000_000 }
    }
}

/// Says when the time that a run may take is over. Asked at least every few thousand steps.
pub trait Ticks {
    /// Whether to stop.
    fn is_over(&self) -> bool;
}

/// A run that only its [`Limits`] end.
#[derive(Debug, Clone, Copy, Default)]
pub struct Untimed;

impl Ticks for Untimed {
    fn is_over(&self) -> bool {
        false
    }
}

impl<F: Fn() -> bool> Ticks for F {
    fn is_over(&self) -> bool {
        self()
    }
}
