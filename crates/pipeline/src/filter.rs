//! The register of filters, and one filter with its words.

use std::fmt;
use std::sync::Arc;

use crate::data::Data;
use crate::fault::FilterFault;
use crate::filters;
use crate::flow::{Flow, Running};
use crate::line::quote;
use crate::options::{Given, Opt, Syntax};
use crate::suggest;

/// What a filter does with what flows to it.
pub(crate) trait Stage: fmt::Debug + Send + Sync {
    fn apply<'a>(&'a self, flow: Flow<'a>, running: &'a Running<'a>) -> Result<Flow<'a>, FilterFault>;
}

/// One entry of the register.
pub(crate) struct Spec {
    pub(crate) name: &'static str,
    /// What stands behind the name: `[-iv] <pattern>`.
    pub(crate) usage: &'static str,
    /// One sentence without its full stop.
    pub(crate) summary: &'static str,
    pub(crate) options: &'static [Opt],
    /// Options of the known tool that are not there, and why.
    pub(crate) refused: &'static [(&'static str, &'static str)],
    /// The option that `-5` stands for.
    pub(crate) number: Option<&'static str>,
    /// Whether every word is an operand, even with a dash.
    pub(crate) plain: bool,
    /// What stands before and behind a `|`.
    pub(crate) examples: &'static [&'static str],
    pub(crate) read: fn(&Given) -> Result<Box<dyn Stage>, FilterFault>,
}

/// A filter whose words were read.
#[derive(Clone)]
pub struct Filter {
    name: &'static str,
    words: Vec<String>,
    stage: Arc<dyn Stage>,
}

impl Filter {
    /// Reads the words of a stage, filled in.
    ///
    /// # Errors
    ///
    /// Names that no filter has, options it does not have, and operands it cannot use.
    pub fn parse(words: &[String]) -> Result<Filter, FilterFault> {
        let (name, rest) = words.split_first().map_or(("", words), |(name, rest)| (name.as_str(), rest));
        let spec = find(name)?;
        let words = words.to_vec();
        if rest == ["--help"] {
            return Ok(Filter { name: spec.name, words, stage: Arc::new(Help(spec.help())) });
        }
        let given = Given::read(&spec.syntax(), rest)?;
        let stage = Arc::from((spec.read)(&given)?);
        Ok(Filter { name: spec.name, words, stage })
    }

    /// The filter's name.
    pub fn name(&self) -> &'static str {
        self.name
    }

    pub(crate) fn stage(&self) -> &dyn Stage {
        &*self.stage
    }
}

/// Two filters are equal when their words are.
impl PartialEq for Filter {
    fn eq(&self, other: &Filter) -> bool {
        self.words == other.words
    }
}

impl fmt::Debug for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Filter({self})")
    }
}

/// As words of a line.
impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words: Vec<String> = self.words.iter().map(|word| quote(word)).collect();
        f.write_str(&words.join(" "))
    }
}

/// Every filter: its name and one sentence without its full stop.
pub fn names() -> impl Iterator<Item = (&'static str, &'static str)> {
    filters::ALL.iter().map(|spec| (spec.name, spec.summary))
}

/// The page of a filter; `None` if none has that name.
pub fn help(name: &str) -> Option<String> {
    filters::ALL.iter().find(|spec| spec.name == name).map(|spec| spec.help())
}

/// Tools that people reach for, and what does their work here.
const ELSEWHERE: [(&str, &str); 10] = [
    ("awk", "use `select`, `where`, `cut` or `jq`"),
    ("perl", "use `sed` or `jq`"),
    ("python", "use `jq`"),
    ("less", "leave it out: long answers become files"),
    ("more", "leave it out: long answers become files"),
    ("cat", "leave it out"),
    ("echo", "leave it out"),
    ("egrep", "use `grep -E`"),
    ("fgrep", "use `grep -F`"),
    ("sh", "write one line, with `&&`, `||` and `;`"),
];

fn find(name: &str) -> Result<&'static Spec, FilterFault> {
    if let Some(spec) = filters::ALL.iter().find(|spec| spec.name == name) {
        return Ok(spec);
    }
    if let Some((name, instead)) = ELSEWHERE.into_iter().find(|(tool, _)| *tool == name) {
        return Err(FilterFault::NoProgram { name, instead });
    }
    let names = filters::ALL.iter().map(|spec| spec.name).chain(["xargs"]);
    Err(FilterFault::Unknown {
        name: name.chars().take(60).collect(),
        nearest: suggest::nearest(&name.to_ascii_lowercase(), names),
    })
}

impl Spec {
    fn syntax(&self) -> Syntax {
        Syntax {
            filter: self.name,
            options: self.options,
            refused: self.refused,
            number: self.number,
            plain: self.plain,
        }
    }

    fn help(&self) -> String {
        let mut page = format!("{}: {}\n\n  … | {} {}\n", self.name, self.summary, self.name, self.usage);
        if !self.options.is_empty() {
            page.push_str("\nOptions:\n");
        }
        for option in self.options {
            let mut names = option.short.map_or("    ".to_owned(), |short| format!("-{short}, "));
            names.push_str("--");
            names.push_str(option.long);
            if let Some(value) = option.value {
                names.push_str(&format!(" <{value}>"));
            }
            page.push_str(&format!("  {names:<28} {}\n", option.help));
        }
        page.push_str("\nExamples:\n");
        for example in self.examples {
            page.push_str(&format!("  {example}\n"));
        }
        page
    }
}

/// `grep --help`: the page instead of what flows by.
#[derive(Debug)]
struct Help(String);

impl Stage for Help {
    fn apply<'a>(&'a self, _: Flow<'a>, _: &'a Running<'a>) -> Result<Flow<'a>, FilterFault> {
        Ok(Flow::Whole(Data::Text(self.0.clone())))
    }
}
