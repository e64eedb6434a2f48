//! Answers printed in the form that the line or the environment wants.

use std::io::Write;

use aws_call::paginate::Pager;
use jmespath::{Expression, JmespathError};
use value::{Map, Value};

use crate::output::{self, Layout, Output, OutputError};
use crate::{Environment, Globals, Invocation};

/// Why an answer was not printed, or not wholly.
#[derive(Debug, thiserror::Error)]
pub enum PrintError {
    /// The answer does not have the types that `--query` demands; the text is the AWS CLI's.
    #[error("{0}")]
    Query(#[from] JmespathError),
    /// The answer cannot be written.
    #[error("{0}")]
    Output(#[from] OutputError),
}

/// Prints a whole answer: applies `--query`, then the form that `--output` names, or the default.
///
/// # Errors
///
/// A query that the answer's types do not allow, and a writer that fails.
pub fn print_answer(
    invocation: &Invocation,
    value: &Value,
    default_output: &str,
    out: &mut dyn Write,
) -> Result<(), PrintError> {
    if let (Some(_), Value::Text(lines)) = (&invocation.task, value) {
        return Ok(out.write_all(lines.as_bytes()).map_err(OutputError::Io)?);
    }
    let mut globals = invocation.globals.clone();
    globals.output.get_or_insert_with(|| default_output.to_owned());
    print_value(value, &globals, &invocation.call.operation, out)
}

/// What `--query` makes of an answer; all of it without one.
///
/// # Errors
///
/// A query that the answer's types do not allow.
pub fn queried(invocation: &Invocation, value: Value) -> Result<Value, PrintError> {
    match &invocation.globals.query {
        Some(query) => Ok(Expression::parse(query)?.search(&value)?),
        None => Ok(value),
    }
}

/// The same with the globals' own form, JSON by default.
pub(crate) fn print_value(
    value: &Value,
    globals: &Globals,
    title: &str,
    out: &mut dyn Write,
) -> Result<(), PrintError> {
    Printer::new(globals, title, &layout(globals, None))?.one(value, out)
}

/// An error's members in one of the forms for answers; `None` if it cannot show them.
pub(crate) fn error_in_form(members: &Map, form: &str) -> Option<String> {
    let globals = Globals { output: Some(form.to_owned()), ..Globals::default() };
    let mut out = Vec::new();
    print_value(&Value::Map(members.clone()), &globals, "error", &mut out).ok()?;
    Some(String::from_utf8_lossy(&out).into_owned())
}

/// How the globals and the environment want answers laid out.
pub(crate) fn layout(globals: &Globals, env: Option<&Environment>) -> Layout {
    let output = globals.output.as_deref().and_then(Output::from_name).unwrap_or_default();
    let mut layout = Layout::plain(output);
    let terminal = env.is_some_and(|env| env.is_terminal);
    layout.color = match globals.color.as_deref() {
        Some("on") => true,
        Some("off") => false,
        _ => terminal,
    };
    if let Some(env) = env {
        layout.width = env.columns;
    }
    layout
}

/// Prints answers, or their pages.
pub(crate) struct Printer<'a> {
    query: Option<Expression>,
    layout: Layout,
    title: &'a str,
}

impl<'a> Printer<'a> {
    /// A printer for one command.
    pub(crate) fn new(globals: &Globals, title: &'a str, layout: &Layout) -> Result<Printer<'a>, PrintError> {
        let mut query = globals.query.as_deref().map(Expression::parse).transpose()?;
        if layout.output == Output::Off {
            // Nobody sees the result: the answer's types need not allow the query.
            query = None;
        }
        Ok(Printer { query, layout: *layout, title })
    }

    /// Whether pages are printed one by one.
    pub(crate) fn is_per_page(&self) -> bool {
        self.layout.output.is_per_page()
    }

    /// One value.
    pub(crate) fn one(&self, value: &Value, out: &mut dyn Write) -> Result<(), PrintError> {
        match &self.query {
            Some(query) => {
                let found = query.search(value)?;
                Ok(output::write(&found, &self.layout, self.title, out)?)
            }
            None => Ok(output::write(value, &self.layout, self.title, out)?),
        }
    }

    /// One page. As text only the results, the first page with what all pages repeat.
    pub(crate) fn page(
        &self,
        pager: &Pager,
        page: Value,
        first: bool,
        out: &mut dyn Write,
    ) -> Result<(), PrintError> {
        if self.layout.output == Output::YamlStream {
            let found = self.query.as_ref().map(|query| query.search(&page)).transpose()?;
            return Ok(output::write_item(found.as_ref().unwrap_or(&page), out)?);
        }
        if self.layout.output != Output::Text {
            return self.one(&page, out);
        }
        let shown = pager.shown(page, first);
        let printed = self.one(&shown, out);
        if pager.request().is_none() {
            // A terminal's program ends here: taking a million values apart one by one would only keep it.
            std::mem::forget(shown);
        }
        printed
    }

    /// What stands behind the last page as text if more is to come.
    pub(crate) fn resume_token(&self, pager: &Pager, out: &mut dyn Write) -> Result<(), PrintError> {
        let Some(token) = pager.resume_token().filter(|_| self.layout.output == Output::Text) else {
            return Ok(());
        };
        let inner: Map = [("NextToken", Value::from(token))].into_iter().collect();
        let outer: Map = [("NextToken", Value::Map(inner))].into_iter().collect();
        self.one(&Value::Map(outer), out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_not_asked_where_nothing_is_printed() {
        let printed = |output: &str| {
            let globals = Globals {
                output: Some(output.to_owned()),
                query: Some("length(`1`)".to_owned()),
                ..Globals::default()
            };
            print_value(&Value::Null, &globals, "x", &mut Vec::new()).is_ok()
        };
        assert!(printed("off"));
        assert!(!printed("json"));
    }
}
