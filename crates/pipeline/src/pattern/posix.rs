//! POSIX patterns with GNU's additions, as the regex engine reads them.

/// Translates a basic or extended pattern.
pub(super) fn translate(pattern: &str, extended: bool) -> Result<String, String> {
    let mut translation = Translation {
        rest: pattern.chars().collect(),
        at: 0,
        out: String::with_capacity(pattern.len() + 8),
        extended,
        groups: Vec::new(),
        atom: None,
        quantified: false,
    };
    while let Some(c) = translation.next() {
        translation.step(c)?;
    }
    if translation.groups.is_empty() {
        Ok(translation.out)
    } else {
        Err("a group is never closed".to_owned())
    }
}

struct Translation {
    rest: Vec<char>,
    at: usize,
    out: String,
    extended: bool,
    /// Where in `out` each open group began.
    groups: Vec<usize>,
    /// Where in `out` the last thing began that can be repeated.
    atom: Option<usize>,
    /// Whether that is repeated already.
    quantified: bool,
}

impl Translation {
    fn peek(&self) -> Option<char> {
        self.rest.get(self.at).copied()
    }

    fn next(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += 1;
        Some(c)
    }

    fn ahead(&self, text: &str) -> bool {
        self.rest[self.at..].iter().copied().take(text.len()).eq(text.chars())
    }

    fn step(&mut self, c: char) -> Result<(), String> {
        match c {
            '\\' => self.escaped(),
            '[' => self.bracket(),
            '.' => {
                self.atom(".");
                Ok(())
            }
            '*' if self.atom.is_some() => self.repeat("*"),
            '^' if self.extended || self.begins() => self.anchor("^"),
            '$' if self.extended || self.ends() => self.anchor("$"),
            '+' | '?' if self.extended && self.atom.is_some() => self.repeat(&c.to_string()),
            '{' if self.extended && self.atom.is_some() && self.is_interval("}") => self.interval("}"),
            '(' if self.extended => self.open(),
            ')' if self.extended && !self.groups.is_empty() => self.close(),
            '|' if self.extended => self.alternative(),
            c => {
                self.literal(c);
                Ok(())
            }
        }
    }

    fn escaped(&mut self) -> Result<(), String> {
        let Some(c) = self.next() else { return Err("it ends in a backslash".to_owned()) };
        match c {
            '(' if !self.extended => self.open(),
            ')' if !self.extended => {
                if self.groups.is_empty() {
                    Err("`\\)` closes nothing".to_owned())
                } else {
                    self.close()
                }
            }
            '|' if !self.extended => self.alternative(),
            '{' if !self.extended && self.atom.is_some() => {
                if self.is_interval("\\}") {
                    self.interval("\\}")
                } else {
                    Err("`\\{` counts nothing".to_owned())
                }
            }
            '+' | '?' if !self.extended && self.atom.is_some() => self.repeat(&c.to_string()),
            '1'..='9' => Err(format!("`\\{c}` refers back, which cannot be searched in bounded time")),
            '<' | '>' | 'b' | 'B' => self.anchor(&format!("\\{c}")),
            '`' => self.anchor("\\A"),
            '\'' => self.anchor("\\z"),
            'w' | 'W' | 's' | 'S' | 'n' | 't' => {
                self.atom(&format!("\\{c}"));
                Ok(())
            }
            c => {
                self.literal(c);
                Ok(())
            }
        }
    }

    fn atom(&mut self, text: &str) {
        self.atom = Some(self.out.len());
        self.quantified = false;
        self.out.push_str(text);
    }

    fn literal(&mut self, c: char) {
        let mut bytes = [0; 4];
        let escaped = regex::escape(c.encode_utf8(&mut bytes));
        self.atom(&escaped);
    }

    fn anchor(&mut self, text: &str) -> Result<(), String> {
        self.out.push_str(text);
        self.atom = None;
        Ok(())
    }

    /// A second repetition repeats the first: `a+?` is not the engine's lazy `a+`.
    fn repeat(&mut self, sign: &str) -> Result<(), String> {
        if let (Some(start), true) = (self.atom, self.quantified) {
            self.out.insert_str(start, "(?:");
            self.out.push(')');
        }
        self.out.push_str(sign);
        self.quantified = true;
        Ok(())
    }

    fn open(&mut self) -> Result<(), String> {
        self.groups.push(self.out.len());
        self.out.push('(');
        self.atom = None;
        Ok(())
    }

    fn close(&mut self) -> Result<(), String> {
        self.atom = self.groups.pop();
        self.quantified = false;
        self.out.push(')');
        Ok(())
    }

    fn alternative(&mut self) -> Result<(), String> {
        self.out.push('|');
        self.atom = None;
        Ok(())
    }

    /// Whether `^` here begins the pattern, a group or an alternative.
    fn begins(&self) -> bool {
        self.at == 1 || self.out.ends_with('(') && self.groups.last() == Some(&(self.out.len() - 1)) || {
            self.out.ends_with('|') && self.atom.is_none()
        }
    }

    /// Whether `$` here ends the pattern, a group or an alternative.
    fn ends(&self) -> bool {
        self.at == self.rest.len() || self.ahead("\\)") || self.ahead("\\|")
    }

    /// The text of an interval `{2,3}`, without its end.
    fn counts(&self, end: &str) -> Option<String> {
        let rest = &self.rest[self.at..];
        let length = rest.iter().take_while(|c| c.is_ascii_digit() || **c == ',').count();
        let closes = rest[length..].iter().copied().take(end.len()).eq(end.chars());
        let counts: String = rest[..length].iter().collect();
        let commas = counts.matches(',').count();
        (closes && commas <= 1 && counts.len() > commas).then_some(counts)
    }

    fn is_interval(&self, end: &str) -> bool {
        self.counts(end).is_some()
    }

    fn interval(&mut self, end: &str) -> Result<(), String> {
        let Some(counts) = self.counts(end) else { return Ok(()) };
        self.at += counts.len() + end.len();
        let counts = if counts.starts_with(',') { format!("0{counts}") } else { counts };
        self.repeat(&format!("{{{counts}}}"))
    }

    /// `[…]`: a backslash is itself, and the engine's own set operations mean nothing.
    fn bracket(&mut self) -> Result<(), String> {
        let unclosed = || "`[` is never closed".to_owned();
        let mut set = "[".to_owned();
        if self.peek() == Some('^') {
            self.at += 1;
            set.push('^');
        }
        let first = self.at;
        loop {
            let c = self.next().ok_or_else(unclosed)?;
            match c {
                ']' if self.at > first + 1 => break,
                '[' if matches!(self.peek(), Some(':' | '.' | '=')) => self.class(&mut set)?,
                '-' if self.at > first + 1 && self.peek().is_some_and(|next| next != ']') => set.push('-'),
                '\\' if matches!(self.peek(), Some('n' | 't')) => {
                    set.push('\\');
                    set.extend(self.next());
                }
                c => {
                    if c.is_ascii_punctuation() {
                        set.push('\\');
                    }
                    set.push(c);
                }
            }
        }
        set.push(']');
        self.atom(&set);
        Ok(())
    }

    /// `[:alpha:]`, `[.x.]`, `[=x=]`, behind their first bracket.
    fn class(&mut self, set: &mut String) -> Result<(), String> {
        let Some(kind) = self.next() else { return Ok(()) };
        let mut name = String::new();
        while !self.ahead(&format!("{kind}]")) {
            name.push(self.next().ok_or("`[:` is never closed")?);
        }
        self.at += 2;
        if kind == ':' {
            set.push_str(&format!("[:{name}:]"));
        } else {
            set.push_str(&regex::escape(&name));
        }
        Ok(())
    }
}
