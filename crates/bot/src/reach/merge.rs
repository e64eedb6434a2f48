//! Answers of many places as one: what is listed is joined, each item with the account and the region that it is from.

use value::{Map, Value};

use crate::reach::scope::Scope;

/// The most values that a merged answer holds.
const MAX_VALUES: usize = 4_000_000;

/// How many places' answers are shown while others are awaited.
const FIRST: usize = 3;

/// Answers, joined as they come.
#[derive(Debug, Default)]
pub(crate) struct Merged {
    answers: Vec<(Scope, Value)>,
    values: usize,
    /// Places whose answers did not fit any more.
    pub(crate) left_out: Vec<Scope>,
}

impl Merged {
    /// Takes one place's answer.
    pub(crate) fn add(&mut self, scope: &Scope, answer: Value) {
        let values = count(&answer);
        if self.values + values > MAX_VALUES {
            self.left_out.push(scope.clone());
            return;
        }
        self.values += values;
        self.answers.push((scope.clone(), answer));
    }

    /// What has come so far, of the first few places: to be shown while others are awaited.
    pub(crate) fn so_far(&self) -> Value {
        let answers: Vec<(Scope, Value)> = self.answers.iter().take(FIRST).cloned().collect();
        Merged { answers, ..Merged::default() }.into_value()
    }

    /// The whole, in the order of the places. Lists of one name become one list. An answer that lists nothing is an item
    /// by itself, and the whole then a list of such.
    pub(crate) fn into_value(mut self) -> Value {
        self.answers.sort_by(|(one, _), (other, _)| one.cmp(other));
        let lists = |answer: &Value| {
            answer.as_map().is_some_and(|map| map.values().any(|member| matches!(member, Value::List(_))))
        };
        if !self.answers.iter().any(|(_, answer)| lists(answer)) {
            let items = self.answers.into_iter().map(|(scope, answer)| placed(&scope, answer, "answer"));
            return Value::List(items.collect());
        }
        let mut whole = Map::default();
        let mut besides = Vec::new();
        for (scope, answer) in self.answers {
            let Value::Map(answer) = answer else { continue };
            let mut rest = Map::default();
            for (name, member) in answer.iter() {
                match member {
                    Value::List(items) => append(&mut whole, name, &scope, items.clone()),
                    Value::Null => {}
                    other => rest.push(name.clone(), other.clone()),
                }
            }
            if !rest.is_empty() {
                besides.push(placed(&scope, Value::Map(rest), "answer"));
            }
        }
        if !besides.is_empty() {
            whole.insert("Scopes", Value::List(besides));
        }
        Value::Map(whole)
    }
}

fn append(whole: &mut Map, name: &value::Key, scope: &Scope, items: Vec<Value>) {
    let items = items.into_iter().map(|item| placed(scope, item, "value"));
    match whole.get_mut(name) {
        Some(Value::List(list)) => list.extend(items),
        _ => {
            whole.insert(name.clone(), Value::List(items.collect()));
        }
    }
}

/// An item with where it is from; what is no map stands under `name`.
fn placed(scope: &Scope, item: Value, name: &str) -> Value {
    let mut map = Map::default();
    map.push("account", Value::text(&scope.account));
    map.push("region", Value::text(&scope.region));
    match item {
        Value::Map(members) => {
            for (name, member) in members.iter().filter(|(name, _)| !matches!(&***name, "account" | "region"))
            {
                map.push(name.clone(), member.clone());
            }
        }
        other => map.push(name, other),
    }
    Value::Map(map)
}

fn count(value: &Value) -> usize {
    match value {
        Value::List(items) => 1 + items.iter().map(count).sum::<usize>(),
        Value::Map(map) => 1 + map.values().map(count).sum::<usize>(),
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::expect_used, reason = "a test stops at the first surprise")]

    use value::JsonStyle;

    use super::*;

    #[test]
    fn answers_are_joined_with_where_they_are_from() {
        let cases = [
            (
                [r#"{"Vpcs": [{"VpcId": "vpc-1"}]}"#, r#"{"Vpcs": [{"VpcId": "vpc-2"}], "NextToken": null}"#],
                r#"{"Vpcs":[{"account":"dev","region":"eu","VpcId":"vpc-1"},{"account":"prod","region":"eu","VpcId":"vpc-2"}]}"#,
            ),
            (
                [r#"{"Names": ["a"], "Owner": {"Id": "1"}}"#, r#"{"Names": []}"#],
                r#"{"Names":[{"account":"dev","region":"eu","value":"a"}],"Scopes":[{"account":"dev","region":"eu","Owner":{"Id":"1"}}]}"#,
            ),
            (
                [r#"{"Arn": "a"}"#, r#"{"Arn": "b"}"#],
                r#"[{"account":"dev","region":"eu","Arn":"a"},{"account":"prod","region":"eu","Arn":"b"}]"#,
            ),
            (
                [r#""text""#, "{}"],
                r#"[{"account":"dev","region":"eu","answer":"text"},{"account":"prod","region":"eu"}]"#,
            ),
        ];
        for (answers, expected) in cases {
            let mut merged = Merged::default();
            // They come in any order.
            for (account, answer) in ["dev", "prod"].iter().zip(answers).rev() {
                let scope = Scope { account: (*account).to_owned(), region: "eu".to_owned() };
                merged.add(&scope, Value::from_json(answer.as_bytes()).expect("json"));
            }
            assert_eq!(merged.into_value().to_json(JsonStyle::Compact), expected);
        }
    }

    #[test]
    fn what_does_not_fit_is_named() {
        let mut merged = Merged::default();
        let big = Value::List(vec![Value::Null; MAX_VALUES / 2]);
        for account in ["a", "b"] {
            merged.add(&Scope { account: account.to_owned(), region: "eu".to_owned() }, big.clone());
        }
        let left_out: Vec<String> = merged.left_out.iter().map(ToString::to_string).collect();
        assert_eq!(left_out, ["b/eu"]);
    }
}
