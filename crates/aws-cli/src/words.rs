//! Splitting a line into words by POSIX quoting: single quotes, double quotes and backslashes.
//!
//! Nothing is expanded: `$HOME`, `*` and `~` are plain text. What stands unquoted and would mean something to a shell
//! (pipes, substitutions, redirections) is for the caller to judge, who therefore learns what was quoted.

use std::ops::Range;

/// The longest line that is split, in bytes.
pub const MAX_LINE: usize = 64 * 1024;

/// The most words a line may have.
pub const MAX_WORDS: usize = 4096;

/// One word of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// The word without its quotes.
    pub text: String,
    /// Where in the line it stood, quotes included.
    pub span: Range<usize>,
    /// Whether any part of it was quoted or escaped, so that it is meant literally.
    pub quoted: bool,
    /// Byte positions in `text` of characters that stood unquoted and mean something to a shell: `| & ; < > ( ) $ `` ` ``.
    pub special: Vec<usize>,
}

/// Why a line cannot be split.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WordsError {
    /// A quote is opened and never closed.
    #[error("the quote {quote} at character {at} is never closed")]
    Unclosed {
        /// The quote.
        quote: char,
        /// Its position, counted in characters from 1.
        at: usize,
    },
    /// A backslash has nothing after it.
    #[error("the line ends in a backslash")]
    TrailingBackslash,
    /// More than [`MAX_LINE`] bytes.
    #[error("the line is longer than {MAX_LINE} bytes")]
    TooLong,
    /// More than [`MAX_WORDS`] words.
    #[error("the line has more than {MAX_WORDS} words")]
    TooManyWords,
}

/// Splits a line into words.
pub fn split(line: &str) -> Result<Vec<Word>, WordsError> {
    if line.len() > MAX_LINE {
        return Err(WordsError::TooLong);
    }
    let mut splitter = Splitter { line, at: 0, words: Vec::new() };
    while splitter.skip_space() {
        if splitter.words.len() == MAX_WORDS {
            return Err(WordsError::TooManyWords);
        }
        let word = splitter.word()?;
        splitter.words.extend(word);
    }
    Ok(splitter.words)
}

struct Splitter<'a> {
    line: &'a str,
    at: usize,
    words: Vec<Word>,
}

impl Splitter<'_> {
    fn peek(&self) -> Option<char> {
        self.line[self.at..].chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += c.len_utf8();
        Some(c)
    }

    /// Skips space and says whether anything follows it.
    fn skip_space(&mut self) -> bool {
        while self.peek().is_some_and(char::is_whitespace) {
            self.next();
        }
        self.at < self.line.len()
    }

    /// `None` if there was only a line continuation.
    fn word(&mut self) -> Result<Option<Word>, WordsError> {
        let start = self.at;
        let mut word = Word { text: String::new(), span: start..start, quoted: false, special: Vec::new() };
        while let Some(c) = self.peek() {
            if c.is_whitespace() {
                break;
            }
            let at = self.at;
            self.next();
            match c {
                '\'' => self.single_quoted(at, &mut word)?,
                '"' => self.double_quoted(at, &mut word)?,
                '\\' => self.escaped(&mut word)?,
                c => {
                    if "|&;<>()$`".contains(c) {
                        word.special.push(word.text.len());
                    }
                    word.text.push(c);
                }
            }
        }
        word.span = start..self.at;
        Ok((word.quoted || !word.text.is_empty()).then_some(word))
    }

    fn single_quoted(&mut self, at: usize, word: &mut Word) -> Result<(), WordsError> {
        word.quoted = true;
        loop {
            match self.next() {
                Some('\'') => return Ok(()),
                Some(c) => word.text.push(c),
                None => return Err(self.unclosed('\'', at)),
            }
        }
    }

    fn double_quoted(&mut self, at: usize, word: &mut Word) -> Result<(), WordsError> {
        word.quoted = true;
        loop {
            match self.next() {
                Some('"') => return Ok(()),
                Some('\\') => match self.next() {
                    Some('\n') => {}
                    Some(c) => {
                        if !matches!(c, '"' | '\\' | '$' | '`') {
                            word.text.push('\\');
                        }
                        word.text.push(c);
                    }
                    None => return Err(self.unclosed('"', at)),
                },
                Some(c) => word.text.push(c),
                None => return Err(self.unclosed('"', at)),
            }
        }
    }

    fn escaped(&mut self, word: &mut Word) -> Result<(), WordsError> {
        match self.next() {
            // A backslash at the end of a line joins it with the next.
            Some('\n') => {}
            Some(c) => {
                word.quoted = true;
                word.text.push(c);
            }
            None => return Err(WordsError::TrailingBackslash),
        }
        Ok(())
    }

    fn unclosed(&self, quote: char, at: usize) -> WordsError {
        WordsError::Unclosed { quote, at: self.line[..at].chars().count() + 1 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(line: &str) -> Vec<String> {
        split(line).expect(line).into_iter().map(|word| word.text).collect()
    }

    #[test]
    fn splits_as_a_shell_does() {
        for (line, expected) in [
            ("", vec![]),
            ("   ", vec![]),
            ("ec2 describe-instances", vec!["ec2", "describe-instances"]),
            (" a\t b\nc ", vec!["a", "b", "c"]),
            ("'a b' c", vec!["a b", "c"]),
            (r#"--q "a \"b\" \n""#, vec!["--q", r#"a "b" \n"#]),
            (r"a\ b \'c", vec!["a b", "'c"]),
            ("''", vec![""]),
            ("a''b", vec!["ab"]),
            ("a \\\nb", vec!["a", "b"]),
            (r#"'{"a": 1}'"#, vec![r#"{"a": 1}"#]),
            ("--x='a b'", vec!["--x=a b"]),
        ] {
            assert_eq!(texts(line), expected, "{line}");
        }
    }

    #[test]
    fn tells_what_was_quoted() {
        let words = split("a|b '$(x)' $y").expect("words");
        assert_eq!(words[0].special, [1]);
        assert!(words[1].special.is_empty() && words[1].quoted);
        assert_eq!(words[2].special, [0]);
        assert_eq!(words[1].span, 4..10);
    }

    #[test]
    fn refuses_unbalanced_lines() {
        assert_eq!(split("a 'b"), Err(WordsError::Unclosed { quote: '\'', at: 3 }));
        assert_eq!(split("\"b\\"), Err(WordsError::Unclosed { quote: '"', at: 1 }));
        assert_eq!(split("a\\"), Err(WordsError::TrailingBackslash));
        assert_eq!(split(&"a ".repeat(MAX_WORDS + 1)), Err(WordsError::TooManyWords));
        assert_eq!(split(&"a".repeat(MAX_LINE + 1)), Err(WordsError::TooLong));
    }

    proptest::proptest! {
        #[test]
        fn never_panics(line in r#"[ab '"\\\n|$é]{0,40}"#) {
            if let Ok(words) = split(&line) {
                for word in words {
                    proptest::prop_assert!(line.get(word.span).is_some());
                }
            }
        }

        #[test]
        fn quoted_words_come_back(words in proptest::collection::vec("[^']{0,12}", 0..6)) {
            let line: Vec<String> = words.iter().map(|word| format!("'{word}'")).collect();
            proptest::prop_assert_eq!(texts(&line.join(" ")), words);
        }
    }
}
