//! Replaces aliases in a script by their lines, and fills in their parameters.

use std::collections::BTreeMap;

use pipeline::xargs::Begun;
use pipeline::{Action, Connector, Part, Pipeline, Script, Statement, Word, Words};

use super::Alias;
use super::fill::Filling;
use super::parameters::{Given, Parameters};
use crate::line::names_bellhop;
use crate::request::MAX_LINE;

/// How deep aliases may use others.
const MAX_DEPTH: usize = 8;
/// How many aliases one line may come to use.
const MAX_USES: usize = 64;
/// Stands for what `xargs` will put behind a command; nobody types it.
const FLOWS: &str = "\u{fffc}";

/// Why an alias cannot be replaced.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum AliasFault {
    #[error("the alias `{0}` uses itself: {1}")]
    Recursive(String, String),
    #[error("aliases use each other more than {MAX_DEPTH} deep: {0}")]
    Deep(String),
    #[error("the line uses more than {MAX_USES} aliases")]
    Many,
    #[error("with its aliases replaced the line is longer than {MAX_LINE} bytes")]
    Long,
    #[error("the line of the alias `{0}` cannot be read: {1}")]
    Unreadable(String, String),
    #[error("nothing is given for ${parameter}: type `{usage}`")]
    Missing { parameter: String, usage: String },
    #[error("--{0} needs a value")]
    NoValue(String),
    #[error("--{0} is given twice")]
    Twice(String),
    #[error("the alias `{alias}` has no --{name}: type `{usage}`")]
    Option { alias: String, name: String, usage: String },
    #[error("the alias `{alias}` takes {most} words at most: type `{usage}`")]
    TooMany { alias: String, most: usize, usage: String },
    #[error("the alias `{0}` is several commands: it stands alone, or behind `;`")]
    Several(String),
    #[error("the alias `{0}` is several commands: give it an account or a region by a parameter of its own")]
    Places(String),
    #[error("the alias `{0}` ends in a file, and nothing can follow that")]
    Sink(String),
    #[error("nothing is left of the alias `{0}` with what it is given")]
    Nothing(String),
    #[error("the alias `{0}` is more than one command, and `xargs` calls one")]
    Called(String),
    #[error("the alias `{0}` takes one word at a time: `xargs -n 1 {0}`")]
    OneByOne(String),
    #[error("what flows to it does not stand at the end of the alias `{0}`: `xargs -I {{}} {0} {{}}`")]
    Inside(String),
}

/// The line with its aliases replaced.
///
/// # Errors
/// What keeps one of them from being replaced.
pub(super) fn all(script: &Script, table: &BTreeMap<String, Alias>) -> Result<String, AliasFault> {
    let mut expanding = Expanding { table, uses: 0, stack: Vec::new() };
    let line = expanding.script(script)?.to_string();
    if line.len() > MAX_LINE { Err(AliasFault::Long) } else { Ok(line) }
}

/// The plain words with which commands in a script begin.
pub(super) fn first_words(script: &Script) -> Vec<String> {
    let mut words = Vec::new();
    for statement in &script.statements {
        match &statement.action {
            Action::Set { value, .. } => words.extend(value.substitutions().flat_map(first_words)),
            Action::Run(pipeline) => {
                words.extend(command_of(&pipeline.source).map(|(_, name)| name));
                words.extend(pipeline.filters.iter().filter_map(called).map(|(_, name)| name));
                words.extend(pipeline.substitutions().flat_map(first_words));
            }
        }
    }
    words
}

/// Which word of a command names it, as lines are read: behind `aws`, whatever the case.
fn command_of(words: &Words) -> Option<(usize, String)> {
    let first = words.0.first()?.literal()?;
    let (at, name) = if names_bellhop(&first) { (1, words.0.get(1)?.literal()?) } else { (0, first) };
    Some((at, name.to_ascii_lowercase()))
}

/// How a stage of `xargs` begins, and the name of the command that it calls.
fn called(stage: &Words) -> Option<(Begun, String)> {
    let plain: Vec<String> = stage.0.iter().map_while(Word::literal).collect();
    let begun = Begun::read(&plain)?;
    let (_, name) = command_of(&Words(stage.0.get(begun.at..)?.to_vec()))?;
    Some((begun, name))
}

struct Expanding<'a> {
    table: &'a BTreeMap<String, Alias>,
    uses: usize,
    /// The aliases that are being replaced, outermost first.
    stack: Vec<String>,
}

impl Expanding<'_> {
    fn script(&mut self, script: &Script) -> Result<Script, AliasFault> {
        let mut statements = Vec::new();
        for Statement { connector, action } in &script.statements {
            let connector = *connector;
            match action {
                Action::Set { name, value } => {
                    let action = Action::Set { name: name.clone(), value: self.word(value)? };
                    statements.push(Statement { connector, action });
                }
                Action::Run(pipeline) => {
                    let pipeline = self.within(pipeline)?;
                    match command_of(&pipeline.source).filter(|(_, name)| self.table.contains_key(name)) {
                        None => statements.push(Statement { connector, action: Action::Run(pipeline) }),
                        Some((at, name)) => {
                            statements.extend(self.alias(connector, &pipeline, at, &name)?.statements);
                        }
                    }
                }
            }
        }
        Ok(Script { statements })
    }

    /// The pipeline with the aliases in its `$(…)` and behind its `xargs` replaced.
    fn within(&mut self, pipeline: &Pipeline) -> Result<Pipeline, AliasFault> {
        let source = self.words(&pipeline.source)?;
        let mut filters = Vec::with_capacity(pipeline.filters.len());
        for stage in &pipeline.filters {
            let stage = self.words(stage)?;
            filters.push(match called(&stage).filter(|(_, name)| self.table.contains_key(name)) {
                None => stage,
                Some((begun, name)) => self.behind_xargs(&stage, begun, &name)?,
            });
        }
        Ok(Pipeline { source, filters, sink: pipeline.sink.clone() })
    }

    /// A stage of `xargs` with the command that its alias stands for, whose last words what flows by has to be.
    fn behind_xargs(&mut self, stage: &Words, begun: Begun, name: &str) -> Result<Words, AliasFault> {
        let flowing = match begun {
            Begun { replaces: true, .. } => 0,
            Begun { single: true, .. } => 1,
            // One word would do for a parameter that takes one.
            Begun { .. } => 2,
        };
        let (options, call) = stage.0.split_at(begun.at);
        let mut source = Words(call.to_vec());
        let flows = Word { parts: vec![Part::Literal(FLOWS.to_owned())], stands: true, span: 0..0 };
        source.0.extend(vec![flows; flowing]);
        let (at, _) = command_of(&source).unwrap_or_default();
        let call = Pipeline { source, filters: Vec::new(), sink: None };
        let script = self.alias(Connector::Always, &call, at, name).map_err(|fault| match fault {
            AliasFault::TooMany { most: 1, .. } if flowing > 1 => AliasFault::OneByOne(name.to_owned()),
            fault => fault,
        })?;
        let [Statement { action: Action::Run(Pipeline { source, filters, sink: None }), .. }] =
            script.statements.as_slice()
        else {
            return Err(AliasFault::Called(name.to_owned()));
        };
        if !filters.is_empty() {
            return Err(AliasFault::Called(name.to_owned()));
        }
        let (words, last) = source.0.split_at(source.0.len().saturating_sub(flowing));
        let flows = |word: &Word| word.literal().is_some_and(|text| text == FLOWS);
        let inside = words.iter().any(|word| word.to_string().contains(FLOWS));
        if inside || !last.iter().all(flows) {
            return Err(AliasFault::Inside(name.to_owned()));
        }
        Ok(Words([options, words].concat()))
    }

    fn words(&mut self, words: &Words) -> Result<Words, AliasFault> {
        words.0.iter().map(|word| self.word(word)).collect::<Result<_, _>>().map(Words)
    }

    fn word(&mut self, word: &Word) -> Result<Word, AliasFault> {
        let mut parts = Vec::with_capacity(word.parts.len());
        for part in &word.parts {
            parts.push(match part {
                Part::Substitution { script, quoted } => {
                    Part::Substitution { script: self.script(script)?, quoted: *quoted }
                }
                other => other.clone(),
            });
        }
        Ok(Word { parts, ..word.clone() })
    }

    /// What a pipeline that begins with an alias comes to.
    fn alias(
        &mut self,
        connector: Connector,
        pipeline: &Pipeline,
        at: usize,
        name: &str,
    ) -> Result<Script, AliasFault> {
        self.uses += 1;
        let path = || [self.stack.as_slice(), &[name.to_owned()]].concat().join(" → ");
        if self.stack.iter().any(|using| using == name) {
            return Err(AliasFault::Recursive(name.to_owned(), path()));
        }
        if self.stack.len() >= MAX_DEPTH {
            return Err(AliasFault::Deep(path()));
        }
        if self.uses > MAX_USES {
            return Err(AliasFault::Many);
        }
        let line = self.table.get(name).map_or("", |alias| alias.line.as_str());
        let script = pipeline::parse(line)
            .map_err(|fault| AliasFault::Unreadable(name.to_owned(), fault.to_string()))?;
        let parameters = Parameters::of(&script);
        let given = parameters.read(name, pipeline.source.0.get(at + 1..).unwrap_or_default())?;
        let filled = Filling::new(name, &parameters, &given).script(&script)?;
        let joined = joined(name, filled, connector, &given, pipeline)?;
        self.stack.push(name.to_owned());
        let expanded = self.script(&joined);
        self.stack.pop();
        expanded
    }
}

/// An alias's line in the place of its call: with what stands before and behind that.
fn joined(
    name: &str,
    mut script: Script,
    connector: Connector,
    given: &Given,
    call: &Pipeline,
) -> Result<Script, AliasFault> {
    let several = script.statements.len() > 1;
    let follows = !call.filters.is_empty() || call.sink.is_some();
    if several && (follows || connector != Connector::Always) {
        return Err(AliasFault::Several(name.to_owned()));
    }
    if several && !given.places.is_empty() {
        return Err(AliasFault::Places(name.to_owned()));
    }
    if let Some(first) = script.statements.first_mut() {
        first.connector = connector;
    }
    let mut pipelines = script.statements.iter_mut().filter_map(|statement| match &mut statement.action {
        Action::Run(pipeline) => Some(pipeline),
        Action::Set { .. } => None,
    });
    let Some(pipeline) = pipelines.next() else {
        let has_more = follows || !given.flags.is_empty() || !given.places.is_empty();
        return if has_more { Err(AliasFault::Several(name.to_owned())) } else { Ok(script) };
    };
    if follows && pipeline.sink.is_some() {
        return Err(AliasFault::Sink(name.to_owned()));
    }
    pipeline.source.0.extend(given.places.iter().chain(&given.flags).cloned());
    pipeline.filters.extend(call.filters.iter().cloned());
    if let Some(sink) = &call.sink {
        pipeline.sink = Some(sink.clone());
    }
    Ok(script)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::expect_used, reason = "a test stops at the first surprise")]

    use proptest::prelude::*;
    use store::UnixMillis;

    use super::*;
    use crate::aliases::Scope;

    fn table(aliases: &[(&str, &str)]) -> BTreeMap<String, Alias> {
        let alias = |(name, line): &(&str, &str)| {
            let (name, line) = ((*name).to_owned(), (*line).to_owned());
            let alias = Alias {
                name: name.clone(),
                scope: Scope::Me,
                line,
                description: None,
                by: "U1".to_owned(),
                at: UnixMillis(0),
            };
            (name, alias)
        };
        aliases.iter().map(alias).collect()
    }

    fn expanded(aliases: &[(&str, &str)], line: &str) -> Result<String, AliasFault> {
        all(&pipeline::parse(line).expect(line), &table(aliases))
    }

    const SOME: [(&str, &str); 12] = [
        ("each", "ec2 list $*"),
        ("own-list", "ec2 describe-vpcs --vpc-ids $1"),
        ("v", "ec2 describe-vpcs --vpc-ids $1 --region ${region:-eu-west-1}"),
        ("all", "ec2 describe-instances $* | grep x"),
        ("two", "ec2 stop-instances --instance-ids $1; ec2 list"),
        ("deep", "v $1 --region us-east-1 | wc -l"),
        ("self", "ec2 list; other"),
        ("other", "self"),
        ("inner", "ec2 list $(v $1)"),
        ("own", "x=$1; ec2 list $x"),
        ("joint", "ec2 list \"$*\""),
        ("star", "ec2 list \"$@\" '$1'"),
    ];

    #[test]
    fn aliases_become_their_lines() {
        let cases = [
            ("v vpc-1", "ec2 describe-vpcs --vpc-ids vpc-1 --region eu-west-1"),
            ("AWS V 'a b' --region=x", "ec2 describe-vpcs --vpc-ids 'a b' --region x"),
            ("v --region 'x;y' '' --yes", "ec2 describe-vpcs --vpc-ids '' --region 'x;y' --yes"),
            ("v -- --region", "ec2 describe-vpcs --vpc-ids --region --region eu-west-1"),
            (
                "v a --account dev | sort",
                "ec2 describe-vpcs --vpc-ids a --region eu-west-1 --account dev | sort",
            ),
            ("all", "ec2 describe-instances | grep x"),
            ("all --a 'b c' > x.csv", "ec2 describe-instances --a 'b c' | grep x > x.csv"),
            ("two i-1 --again", "ec2 stop-instances --instance-ids i-1 --again; ec2 list"),
            ("deep a", "ec2 describe-vpcs --vpc-ids a --region us-east-1 | wc -l"),
            (
                "inner a && ec2 list",
                "ec2 list $(ec2 describe-vpcs --vpc-ids a --region eu-west-1) && ec2 list",
            ),
            ("own 'a b'", "x='a b'; ec2 list ${x}"),
            ("joint a 'b c'", "ec2 list 'a b c'"),
            ("star a 'b c'", "ec2 list a 'b c' '$1'"),
            (
                "y=$(v a); v $y",
                "y=$(ec2 describe-vpcs --vpc-ids a --region eu-west-1); ec2 describe-vpcs --vpc-ids \"${y}\" --region eu-west-1",
            ),
            ("ec2 v", "ec2 v"),
            ("ec2 list | xargs each --x", "ec2 list | xargs ec2 list --x"),
            ("ec2 list | xargs -n 1 own-list | wc", "ec2 list | xargs -n 1 ec2 describe-vpcs --vpc-ids | wc"),
            (
                "ec2 list | xargs -I {} v {} --region x{}",
                "ec2 list | xargs -I '{}' ec2 describe-vpcs --vpc-ids '{}' --region 'x{}'",
            ),
            ("ec2 list | xargs ec2 v", "ec2 list | xargs ec2 v"),
        ];
        for (line, expected) in cases {
            assert_eq!(expanded(&SOME, line).as_deref(), Ok(expected), "{line}");
        }
    }

    #[test]
    fn what_cannot_be_replaced_says_why() {
        let cases = [
            ("v", "nothing is given for $1: type `v <1> [--region <region>, else eu-west-1]`"),
            ("v a b", "the alias `v` takes 1 words at most"),
            ("v a --x", "has no --x"),
            ("v a --region", "--region needs a value"),
            ("v a --region b --region c", "--region is given twice"),
            ("self", "the alias `self` uses itself: self → other → self"),
            ("two a | wc", "is several commands"),
            ("ec2 list && two a", "is several commands"),
            ("two a --account dev", "by a parameter of its own"),
            ("ec2 list | xargs v", "takes one word at a time: `xargs -n 1 v`"),
            ("ec2 list | xargs -n1 v", "`xargs -I {} v {}`"),
            ("ec2 list | xargs joint", "`xargs -I {} joint {}`"),
            ("ec2 list | xargs -n 1 two", "is more than one command"),
            ("ec2 list | xargs all", "is more than one command"),
        ];
        for (line, part) in cases {
            let fault = expanded(&SOME, line).expect_err(line).to_string();
            assert!(fault.contains(part), "{line}: {fault}");
        }
    }

    #[test]
    fn aliases_that_grow_are_stopped() {
        let names: Vec<String> = (0..20).map(|number| format!("a{number}")).collect();
        let lines: Vec<String> = (1..21).map(|number| format!("a{number} '$1'$1$1$1$1$1$1$1$1$1")).collect();
        let chain: Vec<(&str, &str)> =
            names.iter().map(String::as_str).zip(lines.iter().map(String::as_str)).collect();
        let fault = expanded(&chain, &format!("a0 {}", "x".repeat(1000))).expect_err("too long");
        assert_eq!(fault, AliasFault::Long);
        assert!(matches!(expanded(&chain, "a0 x"), Err(AliasFault::Long | AliasFault::Deep(_))));
        let line = vec!["v a"; 60].join(";");
        assert!(expanded(&SOME, &line).is_ok());
        let fan = [("b", "c; c; c; c; c; c; c; c; c"), ("c", "d; d; d; d; d; d; d; d"), ("d", "ec2 list")];
        assert_eq!(expanded(&fan, "b"), Err(AliasFault::Many));
    }

    proptest! {
        #[test]
        fn a_value_stays_one_word(value in "\\PC{0,40}|[\"'`$(){};|&<> \\\\a\n]{0,20}", named in any::<bool>()) {
            let aliases = [("p", "x do $1 \"$1\" a$1 $n | grep $1")];
            let quoted = pipeline::quote(&value);
            let line = if named { format!("p a --n {quoted}") } else { format!("p -- {quoted}") };
            let line = if named { line } else { line.replacen("p --", "p --n b --", 1) };
            let line = expanded(&aliases, &line).expect("a line");
            let script = pipeline::parse(&line).expect("what comes of it is a line");
            prop_assert_eq!(script.statements.len(), 1);
            let Action::Run(pipeline) = &script.statements[0].action else { panic!("no command: {line}") };
            let words = pipeline.source.literal().expect("plain words");
            let (one, n) = if named { ("a", value.as_str()) } else { (value.as_str(), "b") };
            let glued = format!("a{one}");
            prop_assert_eq!(words, vec!["x", "do", one, one, glued.as_str(), n]);
            prop_assert_eq!(pipeline.filters.len(), 1);
            prop_assert_eq!(pipeline.filters[0].literal().expect("plain words"), vec!["grep", one]);
            prop_assert!(pipeline.sink.is_none());
        }

        #[test]
        fn whatever_is_typed_is_replaced_or_refused(line in "(v|all|two|deep|inner|own|joint|star)( [$\"'()|;a-z*@1-]{0,12}){0,4}") {
            if let Ok(script) = pipeline::parse(&line)
                && let Ok(replaced) = all(&script, &table(&SOME))
            {
                prop_assert!(pipeline::parse(&replaced).is_ok(), "{}", replaced);
            }
        }
    }
}
