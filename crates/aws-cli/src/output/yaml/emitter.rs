//! Writing indicators and scalars, keeping count of the column.

use std::io::{self, Write};

use super::scalar::is_break;

/// Lines are folded beyond this column.
const WIDTH: usize = 80;

/// How many bytes are gathered before they are handed on.
const PAGE: usize = 32 * 1024;

pub(super) struct Emitter<'a> {
    out: &'a mut dyn Write,
    /// What is not yet handed on.
    page: String,
    column: usize,
    /// Whether white space was written last.
    white: bool,
    /// Whether only indentation and indicators stand in the line.
    indenting: bool,
    /// Whether each line end within double quotes gets a backslash, needed or not.
    pub(super) always_backslash: bool,
}

impl<'a> Emitter<'a> {
    pub(super) fn new(out: &'a mut dyn Write) -> Emitter<'a> {
        Emitter { out, page: String::new(), column: 0, white: true, indenting: true, always_backslash: false }
    }

    /// Whether only indentation and indicators stand in the line so far.
    pub(super) fn at_indent(&self) -> bool {
        self.indenting
    }

    pub(super) fn finish(&mut self) -> io::Result<()> {
        if self.column > 0 {
            self.line_break("\n")?;
        }
        self.flush()
    }

    /// Hands on what was gathered.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        self.out.write_all(self.page.as_bytes())?;
        self.page.clear();
        Ok(())
    }

    fn put(&mut self, text: &str) -> io::Result<()> {
        self.column += width(text);
        self.page.push_str(text);
        if self.page.len() >= PAGE { self.flush() } else { Ok(()) }
    }

    fn put_characters(&mut self, characters: &[char]) -> io::Result<()> {
        self.put(&characters.iter().collect::<String>())
    }

    fn line_break(&mut self, text: &str) -> io::Result<()> {
        self.white = true;
        self.indenting = true;
        self.column = 0;
        self.page.push_str(text);
        Ok(())
    }

    /// Goes to that column, in a new line unless the present one is still free up to it.
    pub(super) fn indent(&mut self, indent: usize) -> io::Result<()> {
        if !self.indenting || self.column > indent || self.column == indent && !self.white {
            self.line_break("\n")?;
        }
        if self.column < indent {
            self.white = true;
            self.page.extend(std::iter::repeat_n(' ', indent - self.column));
            self.column = indent;
        }
        Ok(())
    }

    /// Writes an indicator, apart from what stands before it if asked; `compact` ones leave the line open for a list or map.
    pub(super) fn indicator(&mut self, text: &str, apart: bool, compact: bool) -> io::Result<()> {
        if apart && !self.white {
            self.put(" ")?;
        }
        self.white = false;
        self.indenting &= compact;
        self.put(text)
    }

    pub(super) fn plain(&mut self, text: &str, indent: usize, fold: bool) -> io::Result<()> {
        if !self.white {
            self.put(" ")?;
        }
        self.white = false;
        self.indenting = false;
        let mut rest = text;
        loop {
            let (word, spaces, next) = next_word(rest);
            // Folded or not: a word that does not fit gets a line of its own.
            if width(word) + self.column > WIDTH && self.column > indent {
                self.indent_within(indent)?;
            }
            self.put(word)?;
            if next.is_empty() && spaces.is_empty() {
                return Ok(());
            }
            if spaces.len() == 1 && self.column >= WIDTH && fold {
                self.indent_within(indent)?;
            } else {
                self.put(spaces)?;
            }
            rest = next;
        }
    }

    /// A new line inside of a scalar.
    fn indent_within(&mut self, indent: usize) -> io::Result<()> {
        self.indent(indent)?;
        self.white = false;
        self.indenting = false;
        Ok(())
    }

    pub(super) fn single_quoted(&mut self, text: &str, indent: usize, fold: bool) -> io::Result<()> {
        self.indicator("'", true, false)?;
        let characters: Vec<char> = text.chars().collect();
        let mut at = 0;
        while at < characters.len() {
            let kind = run_kind(characters[at]);
            let length =
                characters[at..].iter().take_while(|&&character| run_kind(character) == kind).count();
            let run = &characters[at..at + length];
            match kind {
                Run::Spaces
                    if length == 1
                        && self.column > WIDTH
                        && fold
                        && at != 0
                        && at + 1 != characters.len() =>
                {
                    self.indent(indent)?;
                }
                Run::Breaks => self.breaks(run, indent)?,
                Run::Quotes => self.put(&"''".repeat(length))?,
                Run::Spaces | Run::Words => self.put_characters(run)?,
            }
            at += length;
        }
        self.indicator("'", false, false)
    }

    fn breaks(&mut self, run: &[char], indent: usize) -> io::Result<()> {
        if run.first() == Some(&'\n') {
            self.line_break("\n")?;
        }
        for &character in run {
            self.line_break(character.encode_utf8(&mut [0; 4]))?;
        }
        self.indent(indent)
    }

    pub(super) fn double_quoted(&mut self, text: &str, indent: usize, fold: bool) -> io::Result<()> {
        self.indicator("\"", true, false)?;
        let characters: Vec<char> = text.chars().collect();
        let mut ahead = Ahead::default();
        let mut start = 0;
        for at in 0..=characters.len() {
            let character = characters.get(at).copied();
            if character.is_none_or(needs_escape) {
                if start < at {
                    self.put_characters(&characters[start..at])?;
                    start = at;
                }
                if let Some(character) = character {
                    self.put(&escaped(character))?;
                    start = at + 1;
                }
            }
            let inside = 0 < at && at + 1 < characters.len();
            let may_fold = inside && (character == Some(' ') || start >= at) && fold;
            if may_fold && (self.column + at).saturating_sub(start) > WIDTH {
                self.fold_quoted(&characters, &mut ahead, &mut start, at, indent)?;
            }
        }
        self.indicator("\"", false, false)
    }

    /// Breaks the line inside of double quotes, with a backslash where a plain break would not be read as one space.
    fn fold_quoted(
        &mut self,
        characters: &[char],
        ahead: &mut Ahead,
        start: &mut usize,
        at: usize,
        indent: usize,
    ) -> io::Result<()> {
        let backslash = self.always_backslash || needs_backslash(characters, ahead, *start, at);
        if *start < at {
            self.put_characters(&characters[*start..at])?;
            *start = at;
        }
        if backslash {
            self.put("\\")?;
        }
        self.indent_within(indent)?;
        if characters.get(*start) == Some(&' ') {
            if backslash {
                self.put("\\")?;
            } else {
                *start += 1;
            }
        }
        Ok(())
    }
}

/// How many columns a text takes: one for each character.
fn width(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.chars().count() }
}

/// A word, the spaces behind it, and the rest.
fn next_word(text: &str) -> (&str, &str, &str) {
    let word = text.find(' ').unwrap_or(text.len());
    let rest = &text[word..];
    let spaces = rest.find(|character| character != ' ').unwrap_or(rest.len());
    (&text[..word], &rest[..spaces], &rest[spaces..])
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Run {
    Words,
    Spaces,
    Breaks,
    Quotes,
}

fn run_kind(character: char) -> Run {
    match character {
        ' ' => Run::Spaces,
        '\'' => Run::Quotes,
        character if is_break(character) => Run::Breaks,
        _ => Run::Words,
    }
}

fn needs_escape(character: char) -> bool {
    !matches!(character, ' '..='~' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
        || matches!(character, '"' | '\\' | '\u{2028}' | '\u{2029}' | '\u{feff}')
}

fn escaped(character: char) -> String {
    let short = match character {
        '\0' => '0',
        '\u{7}' => 'a',
        '\u{8}' => 'b',
        '\t' => 't',
        '\n' => 'n',
        '\u{b}' => 'v',
        '\u{c}' => 'f',
        '\r' => 'r',
        '\u{1b}' => 'e',
        '"' => '"',
        '\\' => '\\',
        '\u{85}' => 'N',
        '\u{2028}' => 'L',
        '\u{2029}' => 'P',
        character if character <= '\u{ff}' => return format!("\\x{:02X}", u32::from(character)),
        character => return format!("\\u{:04X}", u32::from(character)),
    };
    format!("\\{short}")
}

/// The next characters of some kinds, kept until the text is read past them: looking ahead from every place of a long text
/// must not walk the text every time.
#[derive(Default)]
struct Ahead {
    space: Option<usize>,
    line_feed: Option<usize>,
    quote: Option<usize>,
}

impl Ahead {
    /// The first place from `at` on that passes the test, the text's end if none does. Places only ever go up.
    fn next(
        kept: &mut Option<usize>,
        characters: &[char],
        at: usize,
        wanted: impl Fn(&char) -> bool,
    ) -> usize {
        match *kept {
            Some(place) if place >= at => place,
            _ => {
                let place =
                    characters[at..].iter().position(wanted).map_or(characters.len(), |offset| at + offset);
                *kept = Some(place);
                place
            }
        }
    }
}

/// Whether a fold before the character at `at` must be marked, because what follows is no single space and a word.
fn needs_backslash(characters: &[char], ahead: &mut Ahead, start: usize, at: usize) -> bool {
    let space = Ahead::next(&mut ahead.space, characters, at, |&character| character == ' ');
    if space == characters.len() {
        return true;
    }
    let line_feed = Ahead::next(&mut ahead.line_feed, characters, at, |&character| character == '\n');
    let stop = space.min(line_feed);
    let Some(&next) = characters.get(stop + 1) else { return true };
    if characters[stop] == '\n' && next != ' ' {
        return true;
    }
    let is_quote = |character: &char| matches!(character, '"' | '\'');
    let quoted = Ahead::next(&mut ahead.quote, characters, at, is_quote) < stop;
    let two_spaces = characters[at] == ' ' && characters[at - 1] == ' ';
    quoted || matches!(next, ' ' | '\n') || two_spaces || start == at
}
