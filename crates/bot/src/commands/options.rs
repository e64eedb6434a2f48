//! The options of a command of Bellhop's own, apart from its other words.

/// An option that a command has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Known {
    /// `--latest`
    Flag(&'static str),
    /// `--lines 20`, `--lines=20`
    Valued(&'static str),
}

/// Words, read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Options {
    given: Vec<(&'static str, String)>,
    /// What is no option, in its order.
    pub(crate) plain: Vec<String>,
}

impl Known {
    fn name(self) -> &'static str {
        match self {
            Known::Flag(name) | Known::Valued(name) => name,
        }
    }
}

impl Options {
    /// Reads words; what follows a lone `--` is no option.
    ///
    /// # Errors
    /// An option that the command does not have, one that is given twice, or one without its value: a sentence about it.
    pub(crate) fn read(words: &[String], known: &[Known]) -> Result<Options, String> {
        let mut options = Options::default();
        let mut words = words.iter();
        while let Some(word) = words.next() {
            if word == "--" {
                options.plain.extend(words.by_ref().cloned());
                break;
            }
            if !word.starts_with("--") {
                options.plain.push(word.clone());
                continue;
            }
            let (name, joined) = word
                .split_once('=')
                .map_or((word.as_str(), None), |(name, value)| (name, Some(value.to_owned())));
            let Some(option) = known.iter().find(|option| option.name() == name) else {
                return Err(unknown(name, known));
            };
            let value = match (option, joined) {
                (Known::Flag(_), None) => String::new(),
                (Known::Flag(name), Some(_)) => return Err(format!("{name} takes no value.")),
                (Known::Valued(_), Some(value)) => value,
                (Known::Valued(name), None) => match words.next() {
                    Some(value) if !value.starts_with("--") => value.clone(),
                    _ => return Err(format!("{name} needs a value.")),
                },
            };
            if options.has(name) {
                return Err(format!("{name} is given twice."));
            }
            options.given.push((option.name(), value));
        }
        Ok(options)
    }

    /// Whether it is given.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.value(name).is_some()
    }

    /// Its value; empty for a flag.
    pub(crate) fn value(&self, name: &str) -> Option<&str> {
        self.given.iter().find(|(given, _)| *given == name).map(|(_, value)| value.as_str())
    }

    /// Its value as a number within bounds.
    ///
    /// # Errors
    /// It is none: a sentence about it.
    pub(crate) fn number(&self, name: &str, least: usize, most: usize) -> Result<Option<usize>, String> {
        let Some(value) = self.value(name) else { return Ok(None) };
        let number = value.parse().ok().filter(|number| (least..=most).contains(number));
        number.map(Some).ok_or_else(|| format!("{name} is a number from {least} to {most}."))
    }
}

fn unknown(name: &str, known: &[Known]) -> String {
    let near =
        known.iter().map(|option| option.name()).min_by_key(|option| strsim::osa_distance(option, name));
    match near.filter(|option| strsim::osa_distance(option, name) <= 3) {
        Some(near) => format!("{name} is no option here. Did you mean {near}?"),
        None => format!("{name} is no option here."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_stand_anywhere() {
        let known = [Known::Flag("--latest"), Known::Valued("--lines")];
        let read = |line: &str| {
            let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
            let options = Options::read(&words, &known)?;
            let lines = options.number("--lines", 1, 100)?;
            Ok::<_, String>(format!("{} {} {lines:?}", options.plain.join(","), options.has("--latest")))
        };
        let cases = [
            ("web --lines 5", Ok("web false Some(5)")),
            ("--latest web --lines=5", Ok("web true Some(5)")),
            ("web -- --latest", Ok("web,--latest false None")),
            ("web --line 5", Err("--line is no option here. Did you mean --lines?")),
            ("web --all-of-it", Err("--all-of-it is no option here.")),
            ("web --lines", Err("--lines needs a value.")),
            ("web --lines --latest", Err("--lines needs a value.")),
            ("web --latest=1", Err("--latest takes no value.")),
            ("web --lines 5 --lines 6", Err("--lines is given twice.")),
            ("web --lines many", Err("--lines is a number from 1 to 100.")),
            ("web --lines 0", Err("--lines is a number from 1 to 100.")),
        ];
        for (line, expected) in cases {
            assert_eq!(read(line), expected.map(str::to_owned).map_err(str::to_owned), "{line}");
        }
    }
}
