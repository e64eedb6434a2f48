//! An answer as text, bounded: what a reply cannot show is counted and not kept.

use std::io::{self, Write};

use aws_cli::{Invocation, PrintError};
use render::Body;
use value::Value;

/// How much text is kept. A message shows about a twentieth of it; the store takes sixteen times as much.
const KEPT: usize = 256 * 1024;

/// The form of an answer that asks for none, until tables for chat exist.
const DEFAULT_OUTPUT: &str = "json";

/// An answer as text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Answer {
    /// Its beginning; all of it unless it is very long.
    pub text: String,
    /// How many lines are missing at its end.
    pub missing_lines: u64,
}

/// Prints an answer in the form that its line asks for.
///
/// # Errors
/// The query does not fit the answer's types.
pub(crate) fn print(value: &Value, invocation: &Invocation) -> Result<Answer, PrintError> {
    let mut beginning = Beginning::default();
    aws_cli::print_answer(invocation, value, DEFAULT_OUTPUT, &mut beginning)?;
    Ok(beginning.answer())
}

/// The text as it is shown.
pub(crate) fn body(answer: &Answer) -> Body {
    let text = answer.text.trim_end();
    if text.is_empty() {
        return Body::Text("Done. There is no output.".to_owned());
    }
    Body::Preformatted(text.to_owned())
}

/// The remark about what is not kept.
pub(crate) fn missing(answer: &Answer) -> Option<String> {
    let lines = answer.missing_lines;
    (lines > 0).then(|| format!("The answer is longer still: {lines} more lines were not kept."))
}

/// Keeps whole lines up to [`KEPT`] bytes and counts the lines of the rest.
#[derive(Default)]
struct Beginning {
    kept: Vec<u8>,
    beyond: bool,
    line_ends: u64,
    open_line: bool,
}

impl Write for Beginning {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let room = if self.beyond { 0 } else { KEPT - self.kept.len() };
        let (keep, rest) = bytes.split_at(room.min(bytes.len()));
        self.kept.extend_from_slice(keep);
        if let Some(last) = rest.last() {
            self.beyond = true;
            self.line_ends += rest.iter().filter(|byte| **byte == b'\n').count() as u64;
            self.open_line = *last != b'\n';
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Beginning {
    fn answer(mut self) -> Answer {
        if !self.beyond {
            return Answer { text: String::from_utf8_lossy(&self.kept).into_owned(), missing_lines: 0 };
        }
        // The line in which it was cut counts as missing, unless it is the only one.
        match self.kept.iter().rposition(|byte| *byte == b'\n') {
            Some(end) => self.kept.truncate(end + 1),
            None => self.line_ends = self.line_ends.saturating_sub(1),
        }
        let missing_lines = self.line_ends + u64::from(self.open_line);
        Answer { text: String::from_utf8_lossy(&self.kept).into_owned(), missing_lines: missing_lines.max(1) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_answers_keep_whole_lines_and_count_the_rest() {
        let line = "x".repeat(99) + "\n";
        let lines = KEPT / 100 + 50;
        let mut beginning = Beginning::default();
        for _ in 0..lines {
            beginning.write_all(line.as_bytes()).expect("counts");
        }
        let answer = beginning.answer();
        assert!(answer.text.len() <= KEPT && answer.text.ends_with('\n'));
        let shown = answer.text.lines().count() as u64;
        assert_eq!(shown + answer.missing_lines, lines as u64);
    }

    #[test]
    fn short_answers_are_whole() {
        let mut beginning = Beginning::default();
        beginning.write_all(b"{}\n").expect("counts");
        assert_eq!(beginning.answer(), Answer { text: "{}\n".to_owned(), missing_lines: 0 });
    }
}
