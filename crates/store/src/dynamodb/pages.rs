//! Reading many items: the pages of a query.

use value::{Map, Value};

use super::action::name_all;
use super::caller::Caller;
use super::item::Item;
use crate::StoreError;

/// The pages of a query.
pub(super) struct Pages<'a> {
    caller: &'a Caller,
    params: Option<Map>,
}

impl<'a> Pages<'a> {
    pub(super) fn new(
        caller: &'a Caller,
        index: Option<&str>,
        condition: &str,
        values: &[(&'static str, Value)],
    ) -> Pages<'a> {
        let mut params = caller.params();
        match index {
            Some(index) => params.push("IndexName", index),
            None => params.push("ConsistentRead", true),
        }
        params.push("KeyConditionExpression", condition);
        let mut names = Map::new();
        name_all(condition, &mut names);
        params.push("ExpressionAttributeNames", names);
        let values: Map = values.iter().map(|(name, value)| (*name, value.clone())).collect();
        params.push("ExpressionAttributeValues", values);
        Pages { caller, params: Some(params) }
    }

    /// Of each item those attributes only (`#pk, #at`).
    pub(super) fn only(mut self, attributes: &str) -> Pages<'a> {
        if let Some(params) = &mut self.params {
            let mut names =
                params.get("ExpressionAttributeNames").and_then(Value::as_map).cloned().unwrap_or_default();
            name_all(attributes, &mut names);
            params.insert("ExpressionAttributeNames", names);
            params.insert("ProjectionExpression", attributes);
        }
        self
    }

    /// The next items, at most so many; `None` behind the last.
    pub(super) async fn next(&mut self, most: u64) -> Result<Option<Vec<Item>>, StoreError> {
        let Some(params) = &mut self.params else { return Ok(None) };
        params.insert("Limit", i64::try_from(most.clamp(1, 1000)).unwrap_or(1000));
        let answer = self.caller.call("Query", params.clone()).await?;
        match answer.get("LastEvaluatedKey").filter(|key| key.is_truthy()) {
            Some(key) => {
                params.insert("ExclusiveStartKey", key.clone());
            }
            None => self.params = None,
        }
        Ok(Some(items_of(answer.get("Items")).collect()))
    }
}

pub(super) fn items_of(list: Option<&Value>) -> impl Iterator<Item = Item> {
    let list = list.and_then(Value::as_list).unwrap_or_default();
    list.iter().filter_map(Value::as_map).cloned().map(Item)
}
