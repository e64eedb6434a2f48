//! Nodes whose results are new and lie on no path: literals, texts, lists, objects, operators.

use value::{Key, Number};

use super::super::ast::{Format, Node, Operator};
use super::super::scope::Scope;
use super::super::stop::Stop;
use super::super::val::Val;
use super::super::{formats, operators};
use super::{Done, Emit, Item, Machine};

impl Machine<'_> {
    /// Nodes whose results are new and lie on no path.
    pub(super) fn made<'p>(&self, node: &'p Node, scope: &Scope<'p>, input: Item, emit: Emit<'_>) -> Done {
        let wants_path = input.trail.is_some();
        let mut emit = |value: Val| {
            if wants_path {
                let shown = formats::shown(&value);
                return Err(Stop::error(format!("Invalid path expression with result {shown}")));
            }
            emit(Item::plain(value))
        };
        let input = Item::plain(input.value);
        match node {
            Node::Null => emit(Val::Null),
            Node::True => emit(Val::Bool(true)),
            Node::False => emit(Val::Bool(false)),
            Node::Number(number) => emit(Val::Number(number.clone())),
            Node::Text(text) => emit(Val::Text(text.clone())),
            Node::Variable(name) => match scope.variable(name) {
                Some(value) => emit(value),
                None => Err(Stop::error(format!("${name} is not set"))),
            },
            Node::Format(format) => emit(formats::format(&input.value, *format, self.budget)?),
            Node::Joined(format, pieces) => {
                self.joined(*format, pieces, String::new(), scope, &input, &mut emit)
            }
            Node::List(inside) => {
                let items = match inside {
                    Some(inside) => self.collect(inside, scope, input)?,
                    None => Vec::new(),
                };
                emit(Val::list(items, self.budget)?)
            }
            Node::Object(entries) => self.object(entries, Vec::new(), scope, &input, &mut emit),
            Node::Negate(of) => self.eval(of, scope, input, &mut |item| match &item.value {
                Val::Number(Number::Int(number)) if *number != 0 && *number != i64::MIN => {
                    emit(Val::int(-number))
                }
                Val::Number(number) => emit(Val::float(-number.as_f64())),
                other => Err(Stop::error(format!("{} cannot be negated", formats::shown(other)))),
            }),
            Node::Binary(operator, left, right) => {
                self.binary(*operator, left, right, scope, input, &mut emit)
            }
            Node::And(left, right) => self.both(left, right, false, scope, &input, &mut emit),
            Node::Or(left, right) => self.both(left, right, true, scope, &input, &mut emit),
            _ => Ok(()),
        }
    }

    fn both<'p>(
        &self,
        left: &'p Node,
        right: &'p Node,
        decides: bool,
        scope: &Scope<'p>,
        input: &Item,
        emit: &mut dyn FnMut(Val) -> Done,
    ) -> Done {
        self.eval(left, scope, input.clone(), &mut |left| {
            if left.value.is_true() == decides {
                return emit(Val::Bool(decides));
            }
            self.eval(right, scope, input.clone(), &mut |right| emit(Val::Bool(right.value.is_true())))
        })
    }

    /// The right side varies slowest. `. + …` hands its input over, so that a sum grows in place.
    fn binary<'p>(
        &self,
        operator: Operator,
        left: &'p Node,
        right: &'p Node,
        scope: &Scope<'p>,
        input: Item,
        emit: &mut dyn FnMut(Val) -> Done,
    ) -> Done {
        let mut apply = |left: Val, right: Val| emit(operators::apply(operator, left, right, self.budget)?);
        if !matches!(left, Node::Identity) {
            return self.eval(right, scope, input.clone(), &mut |right| {
                self.eval(left, scope, input.clone(), &mut |left| apply(left.value, right.value.clone()))
            });
        }
        let mut last: Option<Val> = None;
        let done = self.eval(right, scope, input.clone(), &mut |right| match last.replace(right.value) {
            Some(before) => apply(input.value.clone(), before),
            None => Ok(()),
        });
        match (last, done) {
            (Some(last), Ok(())) => apply(input.value, last),
            // What came before a failure came, unless it failed itself.
            (Some(last), Err(stop @ Stop::Error(_))) => apply(input.value, last).and(Err(stop)),
            (_, done) => done,
        }
    }

    fn joined<'p>(
        &self,
        format: Format,
        pieces: &'p [Node],
        end: String,
        scope: &Scope<'p>,
        input: &Item,
        emit: &mut dyn FnMut(Val) -> Done,
    ) -> Done {
        // As a sum, the last piece varies slowest.
        let Some((last, before)) = pieces.split_last() else {
            self.budget.hold(end.len())?;
            return emit(Val::text(end));
        };
        if let Node::Text(text) = last {
            return self.joined(format, before, format!("{text}{end}"), scope, input, emit);
        }
        self.eval(last, scope, input.clone(), &mut |item| {
            let formatted = formats::format(&item.value, format, self.budget)?;
            let text = formatted.as_text().map_or("", |text| text);
            self.budget.within(text.len() + end.len())?;
            self.joined(format, before, format!("{text}{end}"), scope, input, emit)
        })
    }

    fn object<'p>(
        &self,
        entries: &'p [(Node, Node)],
        made: Vec<(Key, Val)>,
        scope: &Scope<'p>,
        input: &Item,
        emit: &mut dyn FnMut(Val) -> Done,
    ) -> Done {
        let Some(((key, value), rest)) = entries.split_first() else {
            return emit(Val::object(made, self.budget)?);
        };
        self.eval(key, scope, input.clone(), &mut |key| {
            let Val::Text(name) = &key.value else {
                let key = formats::shown(&key.value);
                return Err(Stop::error(format!("Object keys must be strings, not {key}")));
            };
            self.eval(value, scope, input.clone(), &mut |value| {
                let mut made = made.clone();
                self.budget.step(made.len() as u64)?;
                made.push((Key::new(name), value.value));
                self.object(rest, made, scope, input, emit)
            })
        })
    }
}
