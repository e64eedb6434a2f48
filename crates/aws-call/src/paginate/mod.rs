//! Pages: which request comes next, what of an answer counts, and what the pages make together.
//!
//! Facts are botocore's (`paginate.py`): the token formats, what `--max-items` cuts, how pages merge.
//!
//! Invariants: a [`Pager`] never asks for the same page twice in a row; what [`Pager::accept`] cut off is reachable through
//! [`Pager::resume_token`]. Absent on purpose: the network. Whoever holds a client asks [`Pager::request`], calls, and hands
//! the answer to [`Pager::accept`].

mod merge;
mod path;
mod token;

pub use merge::Merger;

use aws_model::{Operation, Paginator, Service, ShapeKind};
use jmespath::{Expression, JmespathError};
use value::{Key, Map, Value};

use path::KeyPath;
use token::Token;

/// What the caller wants of the pages.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Paging {
    /// Stop after this many items of the primary result.
    pub max_items: Option<u64>,
    /// Go on where an earlier answer's `NextToken` says.
    pub starting_token: Option<String>,
    /// Items to ask for with each request.
    pub page_size: Option<i64>,
}

/// Why pages cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum PagingError {
    /// The starting token is not one that this operation gave.
    #[error("bad starting token: {0}")]
    BadStartingToken(String),
    /// The service repeats itself; going on would never end.
    #[error("the same next token was received twice: {0}")]
    RepeatedToken(String),
    /// The operation has no parameter for the size of a page.
    #[error("this operation does not support a page size")]
    PageSizeUnsupported,
    /// The model's own expression is unusable.
    #[error("unusable paginator in the model")]
    Model(#[from] JmespathError),
}

/// The state of one walk over an operation's pages.
#[derive(Debug)]
pub struct Pager {
    input_tokens: Vec<Key>,
    output_tokens: Vec<Expression>,
    more_results: Option<Expression>,
    result_paths: Vec<KeyPath>,
    non_aggregate_paths: Vec<KeyPath>,
    max_items: Option<u64>,
    /// How many items of the first page an earlier walk has already shown; `None` once that page is behind.
    skip: Option<usize>,
    resumed: bool,
    params: Map,
    next: Token,
    previous: Option<Token>,
    items: u64,
    resume: Option<Token>,
    non_aggregate: Option<Map>,
    finished: bool,
}

impl Pager {
    /// Starts a walk. `params` are the operation's input without paging.
    ///
    /// # Errors
    ///
    /// A starting token of another operation, or a page size where the operation has none.
    pub fn new(
        service: &Service,
        operation: &Operation,
        paginator: &Paginator,
        paging: &Paging,
        params: Map,
    ) -> Result<Pager, PagingError> {
        let (next, skip) = match &paging.starting_token {
            Some(text) => token::parse_starting(text, &paginator.input_tokens)?,
            None => (Token::empty(&paginator.input_tokens), 0),
        };
        let mut pager = Pager {
            input_tokens: paginator.input_tokens.clone(),
            output_tokens: expressions(&paginator.output_tokens)?,
            more_results: paginator.more_results.as_deref().map(Expression::parse).transpose()?,
            result_paths: paginator.result_keys.iter().map(|key| KeyPath::new(key)).collect(),
            non_aggregate_paths: paginator.non_aggregate_keys.iter().map(|key| KeyPath::new(key)).collect(),
            max_items: paging.max_items,
            skip: Some(skip),
            resumed: paging.starting_token.is_some(),
            params,
            next,
            previous: None,
            items: 0,
            resume: None,
            non_aggregate: None,
            finished: false,
        };
        if pager.resumed {
            pager.next.inject(&mut pager.params);
        }
        if let Some(size) = paging.page_size {
            pager.set_page_size(service, operation, paginator, size)?;
        }
        Ok(pager)
    }

    fn set_page_size(
        &mut self,
        service: &Service,
        operation: &Operation,
        paginator: &Paginator,
        size: i64,
    ) -> Result<(), PagingError> {
        let key = paginator.limit_key.clone().ok_or(PagingError::PageSizeUnsupported)?;
        let member = operation.input.and_then(|input| service.shape(input).member(&key));
        let member = member.ok_or(PagingError::PageSizeUnsupported)?;
        let size = match service.shape(member.shape).kind {
            ShapeKind::String => Value::from(size.to_string()),
            _ => Value::from(size),
        };
        self.params.insert(key, size);
        Ok(())
    }

    /// The input of the next page's request; `None` when there is no further page.
    pub fn request(&self) -> Option<&Map> {
        (!self.finished).then_some(&self.params)
    }

    /// Takes a page's answer: cuts from it what an earlier walk showed and what is over the maximum, and moves on.
    ///
    /// # Errors
    ///
    /// A service that repeats its token, or an unusable expression in the model.
    pub fn accept(&mut self, page: &mut Value) -> Result<(), PagingError> {
        let skipped = self.begin_page(page);
        let count = self.result_paths.first().and_then(|path| path.find(page)).map_or(0, length) as u64;
        let over = self.max_items.map_or(0, |max| (self.items + count).saturating_sub(max));
        if over > 0 {
            self.cut(page, (count - over.min(count)) as usize, skipped);
            return Ok(());
        }
        self.items += count;
        self.advance(page)
    }

    /// The first page may have been shown in part, and it carries what does not change from page to page.
    fn begin_page(&mut self, page: &mut Value) -> usize {
        let Some(skip) = self.skip.take() else { return 0 };
        if self.resumed {
            self.drop_shown(page, skip);
        }
        let mut non_aggregate = Value::Map(Map::new());
        for path in &self.non_aggregate_paths {
            let value = path.find(page).cloned().unwrap_or_default();
            path.set(&mut non_aggregate, value);
        }
        if let Value::Map(map) = non_aggregate {
            self.non_aggregate = Some(map);
        }
        skip
    }

    /// Removes the items that an earlier walk has shown; secondary results were shown whole with them.
    fn drop_shown(&self, page: &mut Value, skip: usize) {
        for (index, path) in self.result_paths.iter().enumerate() {
            let rest = match (path.find(page), index) {
                (Some(Value::List(items)), 0) => Value::List(items.iter().skip(skip).cloned().collect()),
                (Some(Value::Text(text)), 0) => Value::from(text.chars().skip(skip).collect::<String>()),
                (Some(Value::List(_)), _) => Value::List(Vec::new()),
                (Some(Value::Text(_)), _) => Value::text(""),
                (Some(Value::Number(number)), 1..) => Value::Number(number.clone()),
                _ => Value::Null,
            };
            path.set(page, rest);
        }
    }

    /// Ends the walk inside a page, keeping its first items.
    fn cut(&mut self, page: &mut Value, keep: usize, skipped: usize) {
        if let Some(path) = self.result_paths.first() {
            let kept = match path.find(page) {
                Some(Value::List(items)) => Value::List(items[..keep.min(items.len())].to_vec()),
                Some(Value::Text(text)) => Value::from(text.chars().take(keep).collect::<String>()),
                _ => Value::List(Vec::new()),
            };
            path.set(page, kept);
        }
        let mut token = self.next.clone();
        token.set_truncation(keep + skipped);
        self.resume = Some(token);
        self.finished = true;
    }

    fn advance(&mut self, page: &Value) -> Result<(), PagingError> {
        let next = self.next_token(page)?;
        if next.is_empty() {
            self.finished = true;
        } else if self.max_items == Some(self.items) {
            self.resume = Some(next);
            self.finished = true;
        } else if self.previous.as_ref() == Some(&next) {
            return Err(PagingError::RepeatedToken(next.to_string()));
        } else {
            next.inject(&mut self.params);
            self.previous = Some(next.clone());
            self.next = next;
        }
        Ok(())
    }

    fn next_token(&self, page: &Value) -> Result<Token, PagingError> {
        if let Some(more) = &self.more_results
            && !more.search(page)?.is_truthy()
        {
            return Ok(Token::default());
        }
        let mut token = Token::default();
        for (name, expression) in self.input_tokens.iter().zip(&self.output_tokens) {
            let found = expression.search(page)?;
            token.push(name.clone(), if found.is_truthy() { found } else { Value::Null });
        }
        Ok(token)
    }

    /// What of a page counts when pages are shown one by one: its results, null where it has none; on the first page,
    /// what every page repeats as well.
    pub fn shown(&self, mut page: Value, first: bool) -> Value {
        let mut shown = Value::Map(self.non_aggregate.clone().filter(|_| first).unwrap_or_default());
        for path in &self.result_paths {
            path.set(&mut shown, path.take(&mut page).unwrap_or_default());
        }
        shown
    }

    /// What a later walk starts with, if this one stopped before the end: the AWS CLI's `NextToken`.
    pub fn resume_token(&self) -> Option<String> {
        self.resume.as_ref().map(Token::encode)
    }

    /// Where in a page its results stand; the first is the primary one.
    fn result_paths(&self) -> &[KeyPath] {
        &self.result_paths
    }

    /// What every page repeats, as the first page had it.
    fn non_aggregate(&self) -> Option<&Map> {
        self.non_aggregate.as_ref()
    }
}

fn expressions(texts: &[Key]) -> Result<Vec<Expression>, JmespathError> {
    texts.iter().map(|text| Expression::parse(text)).collect()
}

/// What Python's `len` says of a result.
fn length(value: &Value) -> usize {
    match value {
        Value::List(items) => items.len(),
        Value::Text(text) => text.chars().count(),
        Value::Map(map) => map.len(),
        _ => 0,
    }
}

#[cfg(test)]
mod tests;
