//! Asks Organizations which accounts there are.

use std::collections::{BTreeMap, VecDeque};

use value::Value;

use crate::bot::Inner;
use crate::lookup::{Looker, LookupFault, lookup};

/// The most accounts and units that are looked at; AWS's own largest organisations have some ten thousand.
const MOST: usize = 50_000;

/// An account as Organizations names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Member {
    pub(super) id: String,
    /// The name in Organizations, as people wrote it.
    pub(super) name: String,
    pub(super) partition: String,
    /// Its tags, those asked for.
    pub(super) tags: BTreeMap<String, String>,
}

/// All active accounts, or those below the units.
///
/// # Errors
/// One of the questions was not answered: then nothing is known, not even in part.
pub(super) async fn members(
    inner: &Inner,
    looker: &Looker,
    units: &[String],
    tags: &[String],
) -> Result<Vec<Member>, LookupFault> {
    let mut found = if units.is_empty() {
        accounts(&lookup(inner, looker, &["organizations", "list-accounts"]).await?)
    } else {
        below(inner, looker, units).await?
    };
    if !tags.is_empty() {
        for member in &mut found {
            let resource = format!("--resource-id={}", member.id);
            let answer =
                lookup(inner, looker, &["organizations", "list-tags-for-resource", &resource]).await?;
            member.tags = tags_of(&answer, tags);
        }
    }
    Ok(found)
}

/// The accounts below units, theirs and those of the units in them.
async fn below(inner: &Inner, looker: &Looker, units: &[String]) -> Result<Vec<Member>, LookupFault> {
    let mut todo: VecDeque<String> = units.iter().cloned().collect();
    let (mut found, mut looked): (Vec<Member>, usize) = (Vec::new(), 0);
    while let Some(unit) = todo.pop_front() {
        looked += 1;
        if looked + found.len() > MOST {
            return Err(LookupFault::Unanswered(format!("there are more than {MOST} accounts and units")));
        }
        let parent = format!("--parent-id={unit}");
        let here = lookup(inner, looker, &["organizations", "list-accounts-for-parent", &parent]).await?;
        found.extend(accounts(&here));
        let words = ["organizations", "list-organizational-units-for-parent", &parent];
        let inside = lookup(inner, looker, &words).await?;
        todo.extend(texts(&inside, "OrganizationalUnits", "Id"));
    }
    found.sort_by(|one, other| one.id.cmp(&other.id));
    found.dedup_by(|one, other| one.id == other.id);
    Ok(found)
}

/// The active accounts of an answer.
fn accounts(answer: &Value) -> Vec<Member> {
    let all = answer.get("Accounts").and_then(Value::as_list).unwrap_or_default();
    all.iter().filter_map(member).take(MOST).collect()
}

fn member(account: &Value) -> Option<Member> {
    let text = |name: &str| account.get(name).and_then(Value::as_text);
    // `State` is the newer name; an answer may have either.
    let active = text("State").or_else(|| text("Status")) == Some("ACTIVE");
    let id = text("Id").filter(|id| id.len() == 12 && id.bytes().all(|byte| byte.is_ascii_digit()))?;
    let partition = text("Arn").and_then(|arn| arn.split(':').nth(1)).unwrap_or("aws");
    active.then(|| Member {
        id: id.to_owned(),
        name: text("Name").unwrap_or(id).to_owned(),
        partition: partition.to_owned(),
        tags: BTreeMap::new(),
    })
}

fn tags_of(answer: &Value, wanted: &[String]) -> BTreeMap<String, String> {
    let all = answer.get("Tags").and_then(Value::as_list).unwrap_or_default();
    let pair = |tag: &Value| {
        let key = tag.get("Key")?.as_text()?.to_owned();
        Some((key, tag.get("Value")?.as_text()?.to_owned()))
    };
    all.iter().filter_map(pair).filter(|(key, _)| wanted.contains(key)).collect()
}

fn texts(answer: &Value, list: &str, name: &str) -> Vec<String> {
    let all = answer.get(list).and_then(Value::as_list).unwrap_or_default();
    all.iter().filter_map(|item| item.get(name)?.as_text()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::expect_used, reason = "a test stops at the first surprise")]

    use super::*;

    #[test]
    fn only_active_accounts_with_an_id_count() {
        let answer = Value::from_json(
            br#"{"Accounts": [
                {"Id": "111111111111", "Name": "Prod", "Status": "ACTIVE", "Arn": "arn:aws-us-gov:organizations::1:account/o/1"},
                {"Id": "222222222222", "Name": "Old", "Status": "SUSPENDED"},
                {"Id": "333333333333", "Name": "New", "Status": "SUSPENDED", "State": "ACTIVE"},
                {"Id": "44", "Name": "Odd", "Status": "ACTIVE"}, {"Name": "No id", "Status": "ACTIVE"}]}"#,
        )
        .expect("JSON");
        let found: Vec<_> =
            accounts(&answer).into_iter().map(|member| (member.id, member.name, member.partition)).collect();
        let expected = [("111111111111", "Prod", "aws-us-gov"), ("333333333333", "New", "aws")];
        assert_eq!(found, expected.map(|(id, name, at)| (id.to_owned(), name.to_owned(), at.to_owned())));
    }
}
