//! Functions that take filters, give several results, or follow paths.

use std::cell::Cell;

use super::general::path;
use super::{Entry, Special, special};
use crate::jq::ast::Node;
use crate::jq::formats::shown;
use crate::jq::machine::{Done, Emit, Item, Machine, until_break};
use crate::jq::paths;
use crate::jq::scope::Scope;
use crate::jq::stop::Stop;
use crate::jq::val::Val;

pub(super) const ENTRIES: &[Entry] = &[
    special("empty", 0, Special::Empty),
    special("error", 0, Special::Error),
    special("error", 1, Special::Error),
    special("not", 0, Special::Not),
    special("path", 1, Special::Path),
    special("getpath", 1, Special::GetPath),
    special("range", 1, Special::Range),
    special("range", 2, Special::Range),
    special("range", 3, Special::Range),
    special("limit", 2, Special::Limit),
    special("skip", 2, Special::Skip),
    special("first", 1, Special::First),
    special("until", 2, Special::Until),
    special("while", 2, Special::While),
    special("repeat", 1, Special::Repeat),
    special("recurse", 1, Special::Recurse),
    special("any", 2, Special::Any),
    special("all", 2, Special::All),
    special("isempty", 1, Special::IsEmpty),
    special("input", 0, Special::Input),
    special("inputs", 0, Special::Inputs),
    special("walk", 1, Special::Walk),
];

/// What a function of this kind is called with.
pub(super) struct Called<'c, 'm, 'p> {
    pub(super) machine: &'c Machine<'m>,
    pub(super) arguments: &'p [Node],
    pub(super) scope: &'c Scope<'p>,
}

impl Special {
    pub(super) fn call<'p>(
        self,
        machine: &Machine<'_>,
        arguments: &'p [Node],
        scope: &Scope<'p>,
        input: Item,
        emit: Emit<'_>,
    ) -> Done {
        let called = Called { machine, arguments, scope };
        match self {
            Special::Empty => Ok(()),
            Special::Error => called.error(input),
            Special::Path => machine.each_path(&arguments[0], scope, input.value, &mut |steps| {
                emit(Item::plain(Val::list(steps, machine.budget)?))
            }),
            Special::GetPath => called.get_path(&input, emit),
            Special::Limit => called.limit(&input, emit),
            Special::Skip => called.skip(&input, emit),
            Special::First => called.first(&arguments[0], input, emit),
            Special::Until => called.until(input, emit),
            Special::While => called.unfold(input, Some(&arguments[0]), &arguments[1], emit),
            Special::Repeat | Special::Recurse => called.unfold(input, None, &arguments[0], emit),
            _ if input.trail.is_some() => {
                Err(Stop::error(format!("Invalid path expression with a result of {self:?}")))
            }
            Special::Not => emit(Item::plain(Val::Bool(!input.value.is_true()))),
            Special::Range => called.range(&input, emit),
            Special::Any => called.decide(input, true, emit),
            Special::All => called.decide(input, false, emit),
            Special::IsEmpty => {
                let mut is_empty = true;
                let take: Emit<'_> = &mut |_| {
                    is_empty = false;
                    Ok(())
                };
                called.first(&arguments[0], input, take)?;
                emit(Item::plain(Val::Bool(is_empty)))
            }
            Special::Input => match machine.inputs.borrow_mut().pop_front() {
                Some(value) => emit(Item::plain(value)),
                None => Err(Stop::error("No more inputs")),
            },
            Special::Inputs => loop {
                let next = machine.inputs.borrow_mut().pop_front();
                match next {
                    Some(value) => emit(Item::plain(value))?,
                    None => return Ok(()),
                }
            },
            Special::Walk => called.walk(input.value, &mut |value| emit(Item::plain(value))),
            Special::SortBy | Special::GroupBy | Special::UniqueBy | Special::MinBy | Special::MaxBy => {
                called.by(self, &input.value, emit)
            }
            Special::Match => called.matches(&input, emit),
            Special::Sub => called.substitute(&input, emit),
        }
    }
}

impl<'p> Called<'_, '_, 'p> {
    pub(super) fn eval(&self, node: &'p Node, input: Item, emit: Emit<'_>) -> Done {
        self.machine.eval(node, self.scope, input, emit)
    }

    fn error(&self, input: Item) -> Done {
        match self.arguments.first() {
            None => Err(Stop::Error(input.value)),
            Some(message) => {
                self.eval(message, input.without_path(), &mut |item| Err(Stop::Error(item.value)))
            }
        }
    }

    fn get_path(&self, input: &Item, emit: Emit<'_>) -> Done {
        self.eval(&self.arguments[0], input.without_path(), &mut |item| {
            let steps = path(&item.value)?;
            let mut trail = input.trail.clone();
            for step in steps {
                trail = trail.map(|trail| paths::further(&trail, step.clone())).transpose()?;
            }
            emit(Item { value: paths::get(&input.value, steps, self.machine.budget)?, trail })
        })
    }

    fn number(value: &Val, what: &str) -> Result<f64, Stop> {
        value.as_f64().ok_or_else(|| Stop::error(format!("{what} must be a number, not {}", shown(value))))
    }

    /// Every combination of bounds, the last varying fastest.
    fn range(&self, input: &Item, emit: Emit<'_>) -> Done {
        let zero = [Val::int(0)];
        let one = [Val::int(1)];
        let all = |index: usize| self.machine.collect(&self.arguments[index], self.scope, input.clone());
        let (from, to, by): (Vec<Val>, Vec<Val>, Vec<Val>) = match self.arguments.len() {
            1 => (zero.to_vec(), all(0)?, one.to_vec()),
            2 => (all(0)?, all(1)?, one.to_vec()),
            _ => (all(0)?, all(1)?, all(2)?),
        };
        for from in &from {
            for to in &to {
                for by in &by {
                    let what = "Range bounds";
                    let bounds =
                        (Self::number(from, what)?, Self::number(to, what)?, Self::number(by, what)?);
                    self.count(bounds, emit)?;
                }
            }
        }
        Ok(())
    }

    fn count(&self, (from, to, by): (f64, f64, f64), emit: Emit<'_>) -> Done {
        let mut at = from;
        let goes_on = |at: f64| {
            if by > 0.0 {
                at < to
            } else if by < 0.0 {
                at > to
            } else {
                at < to
            }
        };
        while goes_on(at) {
            self.machine.budget.step(2)?;
            emit(Item::plain(Val::float(at)))?;
            at += by;
        }
        Ok(())
    }

    fn limit(&self, input: &Item, emit: Emit<'_>) -> Done {
        self.eval(&self.arguments[0], input.without_path(), &mut |count| {
            let count = Self::number(&count.value, "A limit")?;
            if count < 0.0 {
                return Err(Stop::error("Limit must be a non-negative number"));
            }
            if count < 1.0 {
                return Ok(());
            }
            let seen = Cell::new(0.0);
            let label = self.machine.label();
            let done = self.eval(&self.arguments[1], input.clone(), &mut |item| {
                seen.set(seen.get() + 1.0);
                emit(item)?;
                if seen.get() >= count { Err(Stop::Break(label)) } else { Ok(()) }
            });
            until_break(label, done)
        })
    }

    fn skip(&self, input: &Item, emit: Emit<'_>) -> Done {
        self.eval(&self.arguments[0], input.without_path(), &mut |count| {
            let mut left = Self::number(&count.value, "What is skipped")?;
            if left < 0.0 {
                return Err(Stop::error("Skip must be a non-negative number"));
            }
            self.eval(&self.arguments[1], input.clone(), &mut |item| {
                if left >= 1.0 {
                    left -= 1.0;
                    return Ok(());
                }
                emit(item)
            })
        })
    }

    fn first(&self, node: &'p Node, input: Item, emit: Emit<'_>) -> Done {
        let label = self.machine.label();
        let done = self.eval(node, input, &mut |item| {
            emit(item)?;
            Err(Stop::Break(label))
        });
        until_break(label, done)
    }

    /// Whether a condition holds for an input, by its first result.
    fn holds(&self, condition: &'p Node, input: &Item) -> Result<bool, Stop> {
        let mut holds = false;
        self.first(condition, input.without_path(), &mut |item| {
            holds = item.value.is_true();
            Ok(())
        })?;
        Ok(holds)
    }

    /// `until(condition; update)`, in order of the updates' results.
    fn until(&self, input: Item, emit: Emit<'_>) -> Done {
        let mut open = vec![input];
        while let Some(item) = open.pop() {
            if self.holds(&self.arguments[0], &item)? {
                emit(item)?;
            } else {
                self.children(&self.arguments[1], item, &mut open)?;
            }
        }
        Ok(())
    }

    /// The input and what comes of it again and again: first a result, then what comes of that.
    fn unfold(&self, input: Item, condition: Option<&'p Node>, next: &'p Node, emit: Emit<'_>) -> Done {
        let mut open = vec![input];
        while let Some(item) = open.pop() {
            if let Some(condition) = condition
                && !self.holds(condition, &item)?
            {
                continue;
            }
            emit(item.clone())?;
            self.children(next, item, &mut open)?;
        }
        Ok(())
    }

    /// The results of a node, so that the first of them is the next to be looked at.
    fn children(&self, node: &'p Node, item: Item, open: &mut Vec<Item>) -> Done {
        let mut children = Vec::new();
        self.eval(node, item, &mut |child| {
            self.machine.budget.hold(size_of::<Item>())?;
            children.push(child);
            Ok(())
        })?;
        open.extend(children.into_iter().rev());
        Ok(())
    }

    /// `any` and `all` stop at what decides.
    fn decide(&self, input: Item, decides: bool, emit: Emit<'_>) -> Done {
        let mut decided = !decides;
        let label = self.machine.label();
        let done = self.eval(&self.arguments[0], input, &mut |item| {
            self.eval(&self.arguments[1], item, &mut |holds| {
                if holds.value.is_true() != decides {
                    return Ok(());
                }
                decided = decides;
                Err(Stop::Break(label))
            })
        });
        until_break(label, done)?;
        emit(Item::plain(Val::Bool(decided)))
    }

    /// Inside before outside. Values nest within a bound, so this does.
    fn walk(&self, value: Val, emit: &mut dyn FnMut(Val) -> Done) -> Done {
        let budget = self.machine.budget;
        budget.step(1)?;
        let rebuilt = match &value {
            Val::List(list) => {
                let mut items = Vec::new();
                for item in list.items() {
                    self.walk(item.clone(), &mut |inner| {
                        budget.hold(size_of::<Val>())?;
                        items.push(inner);
                        Ok(())
                    })?;
                }
                Val::list(items, budget)?
            }
            Val::Object(object) => {
                let mut entries = Vec::new();
                for (key, item) in object.entries() {
                    let mut first = None;
                    self.walk(item.clone(), &mut |inner| {
                        first.get_or_insert(inner);
                        Ok(())
                    })?;
                    entries.extend(first.map(|inner| (key.clone(), inner)));
                }
                Val::object(entries, budget)?
            }
            _ => value,
        };
        self.eval(&self.arguments[0], Item::plain(rebuilt), &mut |item| emit(item.value))
    }
}
