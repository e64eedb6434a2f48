use std::collections::BTreeSet;

use super::*;

#[test]
fn checks_are_called_by_group_name_or_both() {
    for (words, unknown) in [
        (vec![], vec![]),
        (vec!["slack", "SCOPES", "store:disk"], vec![]),
        (vec!["slack", "slack:disk", "weather"], vec!["slack:disk", "weather"]),
    ] {
        let only = Only(words.into_iter().map(str::to_owned).collect());
        assert_eq!(only.unknown(), unknown);
    }
    let only = Only(vec!["clock".to_owned(), "store:jobs".to_owned()]);
    let wanted: Vec<&str> = CHECKS.iter().filter(|check| only.wants(check)).map(|check| check.name).collect();
    assert_eq!(wanted, ["beside Slack", "beside AWS", "jobs"]);
}

#[test]
fn what_only_warns_is_told_from_what_fails_by_the_exit_code() {
    let finding = |level| Finding {
        group: "Slack",
        name: "bot token".to_owned(),
        level,
        what: "it is so".to_owned(),
        remedy: (level > Level::Ok).then(|| "Do that.".to_owned()),
    };
    for (levels, code, quiet_lines) in [
        (vec![Level::Ok], 0, 1),
        (vec![Level::Ok, Level::Warning], 2, 4),
        (vec![Level::Failure, Level::Ok, Level::Warning], 1, 6),
    ] {
        let found: Vec<Finding> = levels.into_iter().map(finding).collect();
        assert_eq!(report::Counts::of(&found).exit_code(), code);
        assert_eq!(report::text(&found, true).lines().count(), quiet_lines);
        let told: serde_json::Value =
            serde_json::from_str(&report::json(&found, false).expect("JSON")).expect("JSON");
        assert_eq!(told["findings"].as_array().map(Vec::len), Some(found.len()));
    }
}

#[test]
fn the_scopes_that_are_looked_for_are_those_of_the_manifest() {
    let looked_for = |email: Option<slack::web::Scope>| -> BTreeSet<&str> {
        slack::web::SCOPES.iter().copied().chain(email).map(|scope| scope.name).collect()
    };
    assert_eq!(looked_for(None), crate::commands::manifest::scopes(false));
    assert_eq!(looked_for(Some(slack::web::EMAIL)), crate::commands::manifest::scopes(true));
}
