//! `reduce`, `foreach`, and taking values apart.

use super::super::ast::{Fold, Node, Pattern, PatternEntry};
use super::super::formats;
use super::super::paths;
use super::super::scope::Scope;
use super::super::stop::Stop;
use super::super::val::Val;
use super::{Done, Emit, Item, Machine};

impl Machine<'_> {
    pub(super) fn reduce<'p>(&self, fold: &'p Fold, scope: &Scope<'p>, input: Item, emit: Emit<'_>) -> Done {
        self.eval(&fold.start, scope, input.clone(), &mut |start| {
            let mut state = start;
            self.eval(&fold.source, scope, input.without_path(), &mut |item| {
                self.destructure(&fold.pattern, &item.value, scope, &mut |scope| {
                    let nothing = Item { value: Val::Null, trail: state.trail.clone() };
                    let before = std::mem::replace(&mut state, nothing);
                    self.eval(&fold.step, scope, before, &mut |after| {
                        state = after;
                        Ok(())
                    })
                })
            })?;
            emit(state)
        })
    }

    pub(super) fn foreach<'p>(&self, fold: &'p Fold, scope: &Scope<'p>, input: Item, emit: Emit<'_>) -> Done {
        self.eval(&fold.start, scope, input.clone(), &mut |start| {
            let mut state = start;
            self.eval(&fold.source, scope, input.without_path(), &mut |item| {
                self.destructure(&fold.pattern, &item.value, scope, &mut |scope| {
                    self.eval(&fold.step, scope, state.clone(), &mut |after| {
                        state = after.clone();
                        match &fold.extract {
                            Some(extract) => self.eval(extract, scope, after, emit),
                            None => emit(after),
                        }
                    })
                })
            })
        })
    }

    pub(super) fn bind<'p>(
        &self,
        source: &'p Node,
        pattern: &'p Pattern,
        body: &'p Node,
        scope: &Scope<'p>,
        input: Item,
        emit: Emit<'_>,
    ) -> Done {
        self.eval(source, scope, input.without_path(), &mut |item| {
            self.destructure(pattern, &item.value, scope, &mut |scope| {
                self.eval(body, scope, input.clone(), emit)
            })
        })
    }

    /// Binds the variables of a pattern to the parts of a value; keys may give several results.
    fn destructure<'p>(
        &self,
        pattern: &'p Pattern,
        value: &Val,
        scope: &Scope<'p>,
        then: &mut dyn FnMut(&Scope<'p>) -> Done,
    ) -> Done {
        self.budget.step(1)?;
        match pattern {
            Pattern::Variable(name) => then(&scope.with_variable(name, value.clone())),
            Pattern::List(items) => {
                if !matches!(value, Val::List(_) | Val::Null) {
                    return Err(Stop::error(format!("Cannot index {} with number", value.kind())));
                }
                self.list_pattern(items, 0, value, scope, then)
            }
            Pattern::Object(entries) => self.object_pattern(entries, value, scope, then),
        }
    }

    fn list_pattern<'p>(
        &self,
        items: &'p [Pattern],
        at: i64,
        value: &Val,
        scope: &Scope<'p>,
        then: &mut dyn FnMut(&Scope<'p>) -> Done,
    ) -> Done {
        let Some((first, rest)) = items.split_first() else { return then(scope) };
        let item = paths::index(value, &Val::int(at), self.budget)?;
        self.destructure(first, &item, scope, &mut |scope| {
            self.list_pattern(rest, at + 1, value, scope, then)
        })
    }

    fn object_pattern<'p>(
        &self,
        entries: &'p [PatternEntry],
        value: &Val,
        scope: &Scope<'p>,
        then: &mut dyn FnMut(&Scope<'p>) -> Done,
    ) -> Done {
        let Some((PatternEntry { key, variable, pattern }, rest)) = entries.split_first() else {
            return then(scope);
        };
        self.eval(key, scope, Item::plain(value.clone()), &mut |key| {
            if !matches!(key.value, Val::Text(_)) {
                let kind = formats::shown(&key.value);
                return Err(Stop::error(format!("Cannot index object with {kind}")));
            }
            let inner = paths::index(value, &key.value, self.budget)?;
            let scope = match variable {
                Some(name) => scope.with_variable(name, inner.clone()),
                None => scope.clone(),
            };
            match pattern {
                Some(pattern) => self.destructure(pattern, &inner, &scope, &mut |scope| {
                    self.object_pattern(rest, value, scope, then)
                }),
                None => self.object_pattern(rest, value, &scope, then),
            }
        })
    }
}
