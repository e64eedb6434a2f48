//! Access keys: whose they are, and when they were last used. The id itself shows masked.

use value::Value;

use super::kinds;
use super::query::{self, AccessKey};
use super::search::ask_for;
use super::thing::{Thing, items};
use crate::reach::Reach;
use crate::reach::scope::Scope;

/// The question that only the key's own account answers.
pub(super) fn words(key: &AccessKey) -> Vec<String> {
    ["iam", "get-access-key-last-used", "--access-key-id", key.id()].map(str::to_owned).into()
}

/// Keys of a user, as the index keeps them: found by a name made of the id, which shows masked.
pub(super) fn listed(answer: &Value, user: &str) -> Vec<Thing> {
    let keys = items(answer, "AccessKeyMetadata[]");
    let text =
        |key: &Value, name: &str| key.get(name).and_then(Value::as_text).unwrap_or_default().to_owned();
    let key = |key: &Value| Thing {
        kind: "access-key".to_owned(),
        id: query::masked(&text(key, "AccessKeyId")),
        names: vec![text(key, "AccessKeyId")],
        state: text(key, "Status"),
        launched: text(key, "CreateDate"),
        attached: vec![user.to_owned()],
        ..Thing::default()
    };
    keys.into_iter().map(key).collect()
}

/// The key with its owner, from the answer of its account.
pub(super) async fn owner(reach: &Reach<'_>, scope: &Scope, key: &AccessKey, answer: &Value) -> Vec<Thing> {
    let text = |path: &str| {
        let found = items(answer, path).into_iter().find_map(Value::as_text);
        found.unwrap_or_default().to_owned()
    };
    let user = text("UserName");
    if user.is_empty() {
        return Vec::new();
    }
    let used = match text("AccessKeyLastUsed.LastUsedDate") {
        date if date.is_empty() => "never used".to_owned(),
        date => format!(
            "last used {date} for {} in {}",
            text("AccessKeyLastUsed.ServiceName"),
            text("AccessKeyLastUsed.Region")
        ),
    };
    let found = Thing {
        kind: "access-key".to_owned(),
        id: key.masked(),
        detail: used,
        attached: vec![user.clone()],
        ..Thing::default()
    };
    let owner = match kinds::named("user") {
        Some(kind) => ask_for(reach, kind, scope, &user).await.unwrap_or_default(),
        None => Vec::new(),
    };
    std::iter::once(found).chain(owner).collect()
}
