//! What a step does to the table: writes with their conditions, all in one transaction.

use value::{Map, Value};

use super::item::Key;
use crate::StoreError;

/// How many items one transaction takes.
/// Source: <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html>.
pub(super) const MAX_ACTIONS: usize = 100;

/// A condition or an update: names of attributes stand as `#name`, values as `:value`.
#[derive(Debug, Clone, Default)]
pub(super) struct Terms {
    condition: Option<String>,
    update: Option<String>,
    values: Map,
}

impl Terms {
    /// Without any condition.
    pub(super) fn none() -> Terms {
        Terms::default()
    }

    pub(super) fn when(condition: impl Into<String>) -> Terms {
        Terms { condition: Some(condition.into()), ..Terms::default() }
    }

    /// The item must not be there.
    pub(super) fn absent() -> Terms {
        Terms::when("attribute_not_exists(#pk)")
    }

    pub(super) fn updating(mut self, update: impl Into<String>) -> Terms {
        self.update = Some(update.into());
        self
    }

    /// Sets one attribute more.
    pub(super) fn setting(mut self, name: &'static str, slot: &'static str, value: Value) -> Terms {
        self.update = self.update.map(|update| update.replacen("SET ", &format!("SET {name} = {slot}, "), 1));
        self.with(slot, value)
    }

    pub(super) fn with(mut self, name: &'static str, value: Value) -> Terms {
        self.values.push(name, value);
        self
    }

    /// Adds itself to the parameters of a call.
    pub(super) fn write(self, params: &mut Map) {
        let mut names = Map::new();
        for (member, text) in [("ConditionExpression", self.condition), ("UpdateExpression", self.update)] {
            let Some(text) = text else { continue };
            name_all(&text, &mut names);
            params.push(member, text);
        }
        if !names.is_empty() {
            params.push("ExpressionAttributeNames", names);
        }
        if !self.values.is_empty() {
            params.push("ExpressionAttributeValues", self.values);
        }
    }
}

/// Names each `#name` of an expression: many plain names are reserved words.
pub(super) fn name_all(expression: &str, names: &mut Map) {
    for part in expression.split('#').skip(1) {
        let name: String = part.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
        names.insert(format!("#{name}"), Value::text(name));
    }
}

/// One write of a transaction.
#[derive(Debug, Clone)]
pub(super) struct Action {
    kind: &'static str,
    params: Map,
}

impl Action {
    pub(super) fn put(item: Map, terms: Terms) -> Action {
        Action::new("Put", "Item", item, terms)
    }

    pub(super) fn update(key: &Key, terms: Terms) -> Action {
        Action::new("Update", "Key", key.map(), terms)
    }

    pub(super) fn delete(key: &Key, terms: Terms) -> Action {
        Action::new("Delete", "Key", key.map(), terms)
    }

    pub(super) fn check(key: &Key, terms: Terms) -> Action {
        Action::new("ConditionCheck", "Key", key.map(), terms)
    }

    fn new(kind: &'static str, member: &'static str, what: Map, terms: Terms) -> Action {
        let mut params = Map::new();
        params.push(member, what);
        terms.write(&mut params);
        Action { kind, params }
    }

    /// Where its condition does not hold, the refusal shall bring the item.
    pub(super) fn telling(mut self) -> Action {
        self.params.push("ReturnValuesOnConditionCheckFailure", "ALL_OLD");
        self
    }

    fn value(&self, table: &str) -> Value {
        let mut params = self.params.clone();
        params.push("TableName", table);
        Value::Map(Map::from_unique(vec![(self.kind.into(), Value::Map(params))]))
    }
}

/// By what a step that may have happened is recognised.
#[derive(Debug, Clone)]
pub(super) enum Proof {
    /// The item has that attribute with that value.
    Has(Key, &'static str, Value),
    /// By nothing.
    None,
}

/// Writes that happen together or not at all.
#[derive(Debug, Clone)]
pub(super) struct Step {
    actions: Vec<Action>,
    /// No two steps have the same.
    pub(super) token: String,
    pub(super) proof: Proof,
}

impl Step {
    pub(super) fn new(token: String) -> Step {
        Step { actions: Vec::new(), token, proof: Proof::None }
    }

    /// Adds a write; tells its place.
    pub(super) fn add(&mut self, action: Action) -> usize {
        self.actions.push(action);
        self.actions.len() - 1
    }

    pub(super) fn is_empty(&self) -> bool {
        self.actions.is_empty()
    }

    /// The parameters of the call.
    pub(super) fn params(&self, table: &str) -> Result<Map, StoreError> {
        if self.actions.len() > MAX_ACTIONS {
            return Err(StoreError::TooLarge { size: self.actions.len(), limit: MAX_ACTIONS });
        }
        let mut params = Map::new();
        let actions: Vec<Value> = self.actions.iter().map(|action| action.value(table)).collect();
        params.push("TransactItems", actions);
        params.push("ClientRequestToken", self.token.as_str());
        Ok(params)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_an_expression_are_all_named() {
        let mut names = Map::new();
        name_all("SET #at = :at, #stage=:stage REMOVE #reply_parts, #at", &mut names);
        let found: Vec<&str> = names.keys().map(value::Key::as_str).collect();
        assert_eq!(found, ["#at", "#stage", "#reply_parts"]);
        assert_eq!(names.get("#at"), Some(&Value::text("at")));
    }

    #[test]
    fn a_step_too_large_for_a_transaction_is_not_sent() {
        let mut step = Step::new("t".to_owned());
        for number in 0..=MAX_ACTIONS {
            step.add(Action::check(&Key::new(number.to_string(), "x"), Terms::absent()));
        }
        assert!(matches!(step.params("t"), Err(StoreError::TooLarge { size: 101, limit: 100 })));
    }
}
