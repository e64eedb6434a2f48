//! What names stand for while a program runs.

use std::rc::Rc;
use std::sync::Arc;

use super::ast::{Definition, Node};
use super::val::Val;

/// Bindings, the newest first. Cloning shares them.
#[derive(Clone, Default)]
pub(super) struct Scope<'p>(Option<Rc<Frame<'p>>>);

struct Frame<'p> {
    binding: Binding<'p>,
    outer: Scope<'p>,
}

enum Binding<'p> {
    Variable(Arc<str>, Val),
    Label(Arc<str>, u64),
    Definition(&'p Definition),
    /// An argument, with what its names stand for.
    Argument(Arc<str>, &'p Node, Scope<'p>),
}

/// What a called name stands for.
pub(super) enum Called<'p> {
    /// A definition, and the scope in which it stands.
    Definition(&'p Definition, Scope<'p>),
    Argument(&'p Node, Scope<'p>),
}

impl<'p> Scope<'p> {
    fn with(&self, binding: Binding<'p>) -> Scope<'p> {
        Scope(Some(Rc::new(Frame { binding, outer: self.clone() })))
    }

    pub(super) fn with_variable(&self, name: &Arc<str>, value: Val) -> Scope<'p> {
        self.with(Binding::Variable(name.clone(), value))
    }

    pub(super) fn with_label(&self, name: &Arc<str>, label: u64) -> Scope<'p> {
        self.with(Binding::Label(name.clone(), label))
    }

    pub(super) fn with_definition(&self, definition: &'p Definition) -> Scope<'p> {
        self.with(Binding::Definition(definition))
    }

    pub(super) fn with_argument(&self, name: &Arc<str>, node: &'p Node, scope: Scope<'p>) -> Scope<'p> {
        self.with(Binding::Argument(name.clone(), node, scope))
    }

    fn frames(&self) -> impl Iterator<Item = (&Frame<'p>, &Scope<'p>)> {
        let mut at = self;
        std::iter::from_fn(move || {
            let frame = at.0.as_ref()?;
            let here = at;
            at = &frame.outer;
            Some((&**frame, here))
        })
    }

    pub(super) fn variable(&self, name: &str) -> Option<Val> {
        self.frames().find_map(|(frame, _)| match &frame.binding {
            Binding::Variable(known, value) if **known == *name => Some(value.clone()),
            _ => None,
        })
    }

    pub(super) fn label(&self, name: &str) -> Option<u64> {
        self.frames().find_map(|(frame, _)| match &frame.binding {
            Binding::Label(known, label) if **known == *name => Some(*label),
            _ => None,
        })
    }

    pub(super) fn called(&self, name: &str, arguments: usize) -> Option<Called<'p>> {
        self.frames().find_map(|(frame, here)| match &frame.binding {
            Binding::Definition(definition)
                if *definition.name == *name && definition.parameters.len() == arguments =>
            {
                Some(Called::Definition(definition, here.clone()))
            }
            Binding::Argument(known, node, scope) if arguments == 0 && **known == *name => {
                Some(Called::Argument(node, scope.clone()))
            }
            _ => None,
        })
    }
}
