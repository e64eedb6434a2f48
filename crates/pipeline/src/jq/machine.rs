//! Evaluating a program: each node gives any number of results for an input, one at a time, to whoever asked.
//!
//! Invariants: every node counts a step, so that nothing runs without end; nodes nest at most [`MAX_DEPTH`] levels, so that
//! nothing exhausts the stack; what is made is counted where it is made. Where paths are wanted, each result carries
//! the path on which it was found.
#![expect(
    clippy::needless_pass_by_value,
    reason = "inputs are handed over, so that their last user may change them"
)]

mod folds;
mod made;

use std::cell::{Cell, RefCell};
use std::collections::{HashMap, VecDeque};
use std::rc::Rc;
use std::sync::Arc;

use super::ast::{Call, Definition, Node, Target};
use super::formats;
use super::paths::{self, Trail};
use super::scope::{Called, Scope};
use super::stop::Stop;
use super::val::Val;
use crate::budget::Budget;
use crate::pattern::Pattern as TextPattern;

/// How many nodes may be evaluated inside each other.
pub(super) const MAX_DEPTH: usize = 300;
/// How many steps a node counts for.
const STEPS_PER_NODE: u64 = 4;

/// A value, and the path to it where one is wanted.
#[derive(Debug, Clone)]
pub(super) struct Item {
    pub(super) value: Val,
    /// `None` where no path is wanted.
    pub(super) trail: Option<Trail>,
}

impl Item {
    pub(super) fn plain(value: Val) -> Item {
        Item { value, trail: None }
    }

    /// The same value, without its path.
    pub(super) fn without_path(&self) -> Item {
        Item::plain(self.value.clone())
    }
}

/// Who takes results.
pub(super) type Emit<'e> = &'e mut dyn FnMut(Item) -> Result<(), Stop>;
pub(super) type Done = Result<(), Stop>;

/// Compiled patterns by their text and flags.
type Patterns = HashMap<(Arc<str>, Arc<str>), Rc<TextPattern>>;

/// What evaluates programs.
pub(super) struct Machine<'m> {
    pub(super) budget: &'m Budget<'m>,
    pub(super) prelude: &'static [Definition],
    /// What `input` gives next.
    pub(super) inputs: &'m RefCell<VecDeque<Val>>,
    depth: Cell<usize>,
    labels: Cell<u64>,
    pub(super) patterns: RefCell<Patterns>,
}

impl<'m> Machine<'m> {
    pub(super) fn new(
        budget: &'m Budget<'m>,
        prelude: &'static [Definition],
        inputs: &'m RefCell<VecDeque<Val>>,
    ) -> Machine<'m> {
        Machine {
            budget,
            prelude,
            inputs,
            depth: Cell::new(0),
            labels: Cell::new(0),
            patterns: RefCell::default(),
        }
    }

    /// A label that nothing else breaks to.
    pub(super) fn label(&self) -> u64 {
        self.labels.set(self.labels.get() + 1);
        self.labels.get()
    }

    /// Gives every result of a node for an input.
    pub(super) fn eval<'p>(&self, node: &'p Node, scope: &Scope<'p>, input: Item, emit: Emit<'_>) -> Done {
        self.budget.step(STEPS_PER_NODE)?;
        let depth = self.depth.get();
        if depth == MAX_DEPTH {
            return Err(Stop::error(format!("the program calls itself more deeply than {MAX_DEPTH} levels")));
        }
        self.depth.set(depth + 1);
        let done = self.dispatch(node, scope, input, emit);
        self.depth.set(depth);
        done
    }

    fn dispatch<'p>(&self, node: &'p Node, scope: &Scope<'p>, input: Item, emit: Emit<'_>) -> Done {
        match node {
            Node::Identity => emit(input),
            Node::Index(of, key) => self.index(of, key, false, scope, input, emit),
            Node::Iterate(of) => self.eval(of, scope, input, &mut |item| self.iterate(item, emit)),
            Node::Optional(access) => self.optional(access, scope, input, emit),
            Node::Pipe(first, second) => {
                self.eval(first, scope, input, &mut |item| self.eval(second, scope, item, emit))
            }
            Node::Call(call) => self.call(call, scope, input, emit),
            Node::Comma(first, second) => {
                self.eval(first, scope, input.clone(), emit)?;
                self.eval(second, scope, input, emit)
            }
            Node::If(condition, then, other) => {
                self.condition(condition, then, other.as_deref(), scope, input, emit)
            }
            Node::Slice(of, from, to) => {
                self.slice(of, (from.as_deref(), to.as_deref()), false, scope, input, emit)
            }
            Node::Try(body, handler) => self.attempt(body, handler.as_deref(), scope, input, emit),
            Node::Alternative(first, second) => self.alternative(first, second, scope, input, emit),
            Node::Reduce(fold) => self.reduce(fold, scope, input, emit),
            Node::Foreach(fold) => self.foreach(fold, scope, input, emit),
            Node::Define(definition, body) => {
                self.eval(body, &scope.with_definition(definition), input, emit)
            }
            Node::Bind(source, pattern, body) => self.bind(source, pattern, body, scope, input, emit),
            Node::Label(name, body) => self.labelled(name, body, scope, input, emit),
            Node::Break(name) => Err(scope.label(name).map_or_else(|| Stop::error("break"), Stop::Break)),
            Node::Descend => self.descend(input, emit),
            Node::Assign(kind, path, value) => self.assign(*kind, path, value, scope, input, emit),
            node => self.made(node, scope, input, emit),
        }
    }

    /// Every result, in a vector.
    pub(super) fn collect<'p>(
        &self,
        node: &'p Node,
        scope: &Scope<'p>,
        input: Item,
    ) -> Result<Vec<Val>, Stop> {
        let mut values = Vec::new();
        self.eval(node, scope, Item::plain(input.value), &mut |item| {
            self.budget.hold(size_of::<Val>())?;
            values.push(item.value);
            Ok(())
        })?;
        Ok(values)
    }

    fn optional<'p>(&self, access: &'p Node, scope: &Scope<'p>, input: Item, emit: Emit<'_>) -> Done {
        match access {
            Node::Index(of, key) => self.index(of, key, true, scope, input, emit),
            Node::Slice(of, from, to) => {
                self.slice(of, (from.as_deref(), to.as_deref()), true, scope, input, emit)
            }
            Node::Iterate(of) => self.eval(of, scope, input, &mut |item| match item.value {
                Val::List(_) | Val::Object(_) => self.iterate(item, emit),
                _ => Ok(()),
            }),
            other => self.eval(other, scope, input, emit),
        }
    }

    fn index<'p>(
        &self,
        of: &'p Node,
        key: &'p Node,
        optional: bool,
        scope: &Scope<'p>,
        input: Item,
        emit: Emit<'_>,
    ) -> Done {
        let mut found = |item: &Item, key: &Val| match self.indexed(item, key) {
            Ok(item) => emit(item),
            Err(stop) => caught(stop, optional),
        };
        if let Node::Text(name) = key {
            // The usual `.name` needs no copy of the input.
            let key = Val::Text(name.clone());
            return self.eval(of, scope, input, &mut |item| found(&item, &key));
        }
        self.eval(key, scope, input.without_path(), &mut |key| {
            self.eval(of, scope, input.clone(), &mut |item| found(&item, &key.value))
        })
    }

    fn indexed(&self, item: &Item, key: &Val) -> Result<Item, Stop> {
        let trail = item.trail.as_ref().map(|trail| paths::further(trail, key.clone())).transpose()?;
        Ok(Item { value: paths::index(&item.value, key, self.budget)?, trail })
    }

    fn slice<'p>(
        &self,
        of: &'p Node,
        (from, to): (Option<&'p Node>, Option<&'p Node>),
        optional: bool,
        scope: &Scope<'p>,
        input: Item,
        emit: Emit<'_>,
    ) -> Done {
        let bounds = |bound: Option<&'p Node>| match bound {
            Some(bound) => self.collect(bound, scope, input.without_path()),
            None => Ok(vec![Val::Null]),
        };
        let (from, to) = (bounds(from)?, bounds(to)?);
        for to in &to {
            for from in &from {
                self.eval(of, scope, input.clone(), &mut |item| match self.sliced(&item, from, to) {
                    Ok(item) => emit(item),
                    Err(stop) => caught(stop, optional),
                })?;
            }
        }
        Ok(())
    }

    fn sliced(&self, item: &Item, from: &Val, to: &Val) -> Result<Item, Stop> {
        let trail = match &item.trail {
            Some(trail) => {
                let key = paths::slice_key(from.clone(), to.clone(), self.budget)?;
                Some(paths::further(trail, key)?)
            }
            None => None,
        };
        Ok(Item { value: paths::slice(&item.value, from, to, self.budget)?, trail })
    }

    /// `.[]`
    pub(super) fn iterate(&self, item: Item, emit: Emit<'_>) -> Done {
        let further = |key: Val| item.trail.as_ref().map(|trail| paths::further(trail, key)).transpose();
        match &item.value {
            Val::List(list) => {
                for (at, value) in list.items().iter().enumerate() {
                    self.budget.step(1)?;
                    emit(Item { value: value.clone(), trail: further(Val::int(at as i64))? })?;
                }
                Ok(())
            }
            Val::Object(object) => {
                for (key, value) in object.entries() {
                    self.budget.step(1)?;
                    let trail = if item.trail.is_some() { further(Val::text(key))? } else { None };
                    emit(Item { value: value.clone(), trail })?;
                }
                Ok(())
            }
            Val::Null => Err(Stop::error("Cannot iterate over null")),
            other => Err(Stop::error(format!("Cannot iterate over {}", formats::shown(other)))),
        }
    }

    /// `..`
    fn descend(&self, input: Item, emit: Emit<'_>) -> Done {
        let mut open = vec![input];
        while let Some(item) = open.pop() {
            let mut inner = Vec::new();
            if matches!(item.value, Val::List(_) | Val::Object(_)) {
                self.iterate(item.clone(), &mut |item| {
                    inner.push(item);
                    Ok(())
                })?;
            }
            emit(item)?;
            open.extend(inner.into_iter().rev());
        }
        Ok(())
    }

    fn condition<'p>(
        &self,
        condition: &'p Node,
        then: &'p Node,
        other: Option<&'p Node>,
        scope: &Scope<'p>,
        input: Item,
        emit: Emit<'_>,
    ) -> Done {
        self.eval(condition, scope, input.without_path(), &mut |holds| match (holds.value.is_true(), other) {
            (true, _) => self.eval(then, scope, input.clone(), emit),
            (false, Some(other)) => self.eval(other, scope, input.clone(), emit),
            (false, None) => emit(input.clone()),
        })
    }

    /// Errors of the body are caught, those of whoever takes its results are not.
    fn attempt<'p>(
        &self,
        body: &'p Node,
        handler: Option<&'p Node>,
        scope: &Scope<'p>,
        input: Item,
        emit: Emit<'_>,
    ) -> Done {
        match self.shielded(body, scope, input, emit)? {
            None => Ok(()),
            Some(error) => match handler {
                Some(handler) => self.eval(handler, scope, Item::plain(error), emit),
                None => Ok(()),
            },
        }
    }

    /// Evaluates; an error of the node itself comes back as a value.
    fn shielded<'p>(
        &self,
        body: &'p Node,
        scope: &Scope<'p>,
        input: Item,
        emit: Emit<'_>,
    ) -> Result<Option<Val>, Stop> {
        let mut outside = None;
        let label = self.label();
        let done = self.eval(body, scope, input, &mut |item| {
            emit(item).map_err(|stop| {
                outside = Some(stop);
                Stop::Break(label)
            })
        });
        match (outside, done) {
            (Some(stop), _) => Err(stop),
            (None, Err(Stop::Error(error))) => Ok(Some(error)),
            (None, done) => done.map(|()| None),
        }
    }

    fn alternative<'p>(
        &self,
        first: &'p Node,
        second: &'p Node,
        scope: &Scope<'p>,
        input: Item,
        emit: Emit<'_>,
    ) -> Done {
        let mut any = false;
        self.eval(first, scope, input.clone(), &mut |item| {
            if item.value.is_true() {
                any = true;
                emit(item)?;
            }
            Ok(())
        })?;
        if any { Ok(()) } else { self.eval(second, scope, input, emit) }
    }

    fn labelled<'p>(
        &self,
        name: &Arc<str>,
        body: &'p Node,
        scope: &Scope<'p>,
        input: Item,
        emit: Emit<'_>,
    ) -> Done {
        let label = self.label();
        until_break(label, self.eval(body, &scope.with_label(name, label), input, emit))
    }

    fn call<'p>(&self, call: &'p Call, scope: &Scope<'p>, input: Item, emit: Emit<'_>) -> Done {
        match call.target {
            Target::Native(native) => native.call(self, &call.arguments, scope, input, emit),
            Target::Prelude(place) => {
                let definition = &self.prelude[place];
                self.apply(definition, &Scope::default(), call, scope, input, emit)
            }
            Target::Local => match scope.called(&call.name, call.arguments.len()) {
                Some(Called::Argument(node, scope)) => self.eval(node, &scope, input, emit),
                Some(Called::Definition(definition, inside)) => {
                    self.apply(definition, &inside, call, scope, input, emit)
                }
                None => Err(Stop::error(format!("{} is not defined", call.name))),
            },
        }
    }

    /// Calls a definition: its arguments are filters of the caller; `$name` is each of its results in turn.
    fn apply<'p>(
        &self,
        definition: &'p Definition,
        inside: &Scope<'p>,
        call: &'p Call,
        caller: &Scope<'p>,
        input: Item,
        emit: Emit<'_>,
    ) -> Done {
        // In the prelude a definition stands in no scope but its own.
        let mut scope = match call.target {
            Target::Prelude(_) => inside.with_definition(definition),
            _ => inside.clone(),
        };
        let pairs = || definition.parameters.iter().zip(&call.arguments);
        for (parameter, argument) in pairs() {
            scope = scope.with_argument(&parameter.name, argument, caller.clone());
        }
        let values: Vec<_> = pairs().filter(|(parameter, _)| parameter.is_value).collect();
        if values.is_empty() {
            return self.eval(&definition.body, &scope, input, emit);
        }
        self.with_values(&values, definition, &scope, caller, &input, emit)
    }

    fn with_values<'p>(
        &self,
        values: &[(&'p super::ast::Parameter, &'p Node)],
        definition: &'p Definition,
        scope: &Scope<'p>,
        caller: &Scope<'p>,
        input: &Item,
        emit: Emit<'_>,
    ) -> Done {
        let Some(((parameter, argument), rest)) = values.split_first() else {
            return self.eval(&definition.body, scope, input.clone(), emit);
        };
        self.eval(argument, caller, input.without_path(), &mut |item| {
            let scope = scope.with_variable(&parameter.name, item.value);
            self.with_values(rest, definition, &scope, caller, input, emit)
        })
    }
}

/// An error is nothing where it is expected.
fn caught(stop: Stop, optional: bool) -> Done {
    match stop {
        Stop::Error(_) if optional => Ok(()),
        stop => Err(stop),
    }
}

/// A break to this label is an end.
pub(super) fn until_break(label: u64, done: Done) -> Done {
    match done {
        Err(Stop::Break(to)) if to == label => Ok(()),
        done => done,
    }
}
