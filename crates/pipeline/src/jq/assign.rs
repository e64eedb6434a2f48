//! `=`, `|=`, `+=` and their kin.

use super::ast::{Assignment, Node};
use super::formats;
use super::machine::{Done, Emit, Item, Machine, until_break};
use super::operators;
use super::paths;
use super::scope::Scope;
use super::stop::Stop;
use super::val::Val;

/// So many paths are found before the first is changed. Up to that many, nothing is copied for the search.
const PATHS_AHEAD: usize = 64;

impl Machine<'_> {
    pub(super) fn assign<'p>(
        &self,
        kind: Assignment,
        path: &'p Node,
        value: &'p Node,
        scope: &Scope<'p>,
        input: Item,
        emit: Emit<'_>,
    ) -> Done {
        if input.trail.is_some() {
            return Err(Stop::error("Invalid path expression: an assignment gives a new value"));
        }
        if kind == Assignment::Update {
            let updated = self.update(path, value, scope, input.value)?;
            return emit(Item::plain(updated));
        }
        let mut values = self.collect(value, scope, input.clone())?;
        let last = values.pop();
        let one = |root: Val, value: Val| match kind {
            Assignment::By(operator) => self.changed(path, scope, root, &mut |old| {
                operators::apply(operator, old, value.clone(), self.budget)
            }),
            Assignment::Default => self
                .changed(path, scope, root, &mut |old| Ok(if old.is_true() { old } else { value.clone() })),
            _ => self.changed(path, scope, root, &mut |_| Ok(value.clone())),
        };
        for value in values {
            emit(Item::plain(one(input.value.clone(), value)?))?;
        }
        match last {
            Some(value) => emit(Item::plain(one(input.value, value)?)),
            None => Ok(()),
        }
    }

    /// A value with what lies on each path changed.
    fn changed<'p>(
        &self,
        path: &'p Node,
        scope: &Scope<'p>,
        root: Val,
        change: &mut dyn FnMut(Val) -> Result<Val, Stop>,
    ) -> Result<Val, Stop> {
        let mut changing = Changing { machine: self, root, found: Vec::new() };
        changing.each(path, scope, &mut |machine, root, path| {
            paths::change(root, path, machine.budget, change)
        })?;
        Ok(changing.root)
    }

    /// `path |= update`: the first result of the update; without one the place is deleted.
    fn update<'p>(
        &self,
        path: &'p Node,
        update: &'p Node,
        scope: &Scope<'p>,
        root: Val,
    ) -> Result<Val, Stop> {
        let mut deleted = Vec::new();
        let mut changing = Changing { machine: self, root, found: Vec::new() };
        changing.each(path, scope, &mut |machine, root, path| {
            let mut is_gone = false;
            let root = paths::change(root, path, machine.budget, &mut |old| {
                let mut new = None;
                let label = machine.label();
                let done = machine.eval(update, scope, Item::plain(old), &mut |item| {
                    new = Some(item.value);
                    Err(Stop::Break(label))
                });
                until_break(label, done)?;
                is_gone = new.is_none();
                Ok(new.unwrap_or(Val::Null))
            })?;
            if is_gone {
                machine.budget.hold(size_of_val(path))?;
                deleted.push(path.to_vec());
            }
            Ok(root)
        })?;
        paths::delete(changing.root, deleted, self.budget)
    }

    /// Gives the steps of each path that a node finds.
    pub(super) fn each_path<'p>(
        &self,
        node: &'p Node,
        scope: &Scope<'p>,
        root: Val,
        take: &mut dyn FnMut(Vec<Val>) -> Done,
    ) -> Done {
        self.eval(node, scope, Item { value: root, trail: Some(None) }, &mut |item| match &item.trail {
            Some(trail) => {
                let steps = paths::steps(trail);
                self.budget.hold(size_of_val(steps.as_slice()))?;
                take(steps)
            }
            None => {
                let shown = formats::shown(&item.value);
                Err(Stop::error(format!("Invalid path expression with result {shown}")))
            }
        })
    }
}

/// A value whose paths are found in what it was, and changed in what it becomes.
struct Changing<'c, 'm> {
    machine: &'c Machine<'m>,
    root: Val,
    found: Vec<Vec<Val>>,
}

type Change<'e, 'm> = &'e mut dyn FnMut(&Machine<'m>, Val, &[Val]) -> Result<Val, Stop>;

impl<'m> Changing<'_, 'm> {
    fn each<'p>(&mut self, path: &'p Node, scope: &Scope<'p>, change: Change<'_, 'm>) -> Done {
        let machine = self.machine;
        machine.each_path(path, scope, self.root.clone(), &mut |steps| {
            self.found.push(steps);
            if self.found.len() > PATHS_AHEAD { self.flush(change) } else { Ok(()) }
        })?;
        self.flush(change)
    }

    fn flush(&mut self, change: Change<'_, 'm>) -> Done {
        for path in std::mem::take(&mut self.found) {
            let root = std::mem::replace(&mut self.root, Val::Null);
            self.root = change(self.machine, root, &path)?;
        }
        Ok(())
    }
}
