//! The line as it may be shown and recorded: values of parameters that the model calls sensitive, or whose names say
//! so, are left out; so are the values of `Name=value` words whose names say so, and credentials by their shape.

use std::collections::HashSet;

use aws_cli::Invocation;
use aws_model::{Catalog, Member, Service, ShapeId, ShapeKind};

/// What stands in a value's place.
const MASK: &str = "****";

/// Parts of names that tell a secret, besides what the model marks.
const TELLING: [&str; 7] =
    ["password", "passphrase", "secret", "privatekey", "credential", "authtoken", "accesstoken"];

/// How much of a line that means nothing is shown, in characters.
const LONGEST_TYPED: usize = 1_000;

/// Options of high-level commands that hold a secret and whose names do not tell; no model knows them.
const OF_COMMANDS: [&str; 2] = ["sseckey", "sseccopysourcekey"];

/// What stands between commands.
const BETWEEN: [&str; 5] = ["|", "||", "&&", ";", ">"];

/// The words of a call, quoted where needed, without secrets.
pub(crate) fn shown(words: &[String], invocation: &Invocation) -> String {
    let members = sensitive_members(invocation);
    let hidden = |option: &str| {
        let plain = plain(option);
        let whole = !members.is_empty() && matches!(plain.as_str(), "cliinputjson" | "cliinputyaml");
        let of_command = invocation.task.is_some() && OF_COMMANDS.contains(&plain.as_str());
        whole || of_command || members.contains(&plain) || tells(&plain)
    };
    masked(words, hidden, quoted)
}

/// A line that means nothing, as it may be shown: whatever an option holds whose name might tell a secret is left out.
pub(crate) fn typed(line: &str) -> String {
    let begin: String = line.chars().take(LONGEST_TYPED).collect();
    let words = aws_cli::words::split(&begin).map(|words| words.into_iter().map(|word| word.text).collect());
    let words = words.unwrap_or_else(|_| begin.split_whitespace().map(str::to_owned).collect::<Vec<_>>());
    let hidden = |option: &str| {
        let plain = plain(option);
        tells(&plain) || plain.contains("token") || OF_COMMANDS.contains(&plain.as_str())
    };
    let spelled = |word: &str| if BETWEEN.contains(&word) { word.to_owned() } else { quoted(word) };
    masked(&words, hidden, spelled)
}

fn masked(words: &[String], hidden: impl Fn(&str) -> bool, spelled: impl Fn(&str) -> String) -> String {
    let mut out: Vec<String> = Vec::with_capacity(words.len());
    let mut hide = false;
    for word in words {
        if let Some(option) = word.strip_prefix("--") {
            let (name, value) =
                option.split_once('=').map_or((option, None), |(name, value)| (name, Some(value)));
            hide = hidden(name);
            match value {
                Some(_) if hide => out.push(format!("--{name}={MASK}")),
                _ => out.push(aws_cli::redact_text(word).map_or_else(|| quoted(word), |word| quoted(&word))),
            }
        } else if hide {
            if out.last().is_none_or(|last| last != MASK) {
                out.push(MASK.to_owned());
            }
        } else {
            let word = pair_masked(word).unwrap_or_else(|| spelled(word));
            out.push(aws_cli::redact_text(&word).unwrap_or(word));
        }
    }
    out.join(" ")
}

/// Whether a plain name says that it is a secret's.
fn tells(plain: &str) -> bool {
    TELLING.iter().any(|part| plain.contains(part))
}

/// A word such as `DbPassword=value` without its value.
fn pair_masked(word: &str) -> Option<String> {
    let (name, _) = word.split_once('=')?;
    let is_name = name.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c));
    (is_name && tells(&plain(name))).then(|| format!("{name}={MASK}"))
}

/// Names of the input's members that hold something sensitive, anywhere within.
fn sensitive_members(invocation: &Invocation) -> Vec<String> {
    let service = &invocation.call.service;
    let Some(input) = invocation.call.model().and_then(|operation| operation.input) else {
        return Vec::new();
    };
    let ShapeKind::Structure(members) = &service.shape(input).kind else { return Vec::new() };
    let telling = members.iter().filter(|member| sensitive(service, member, &mut HashSet::new()));
    telling.map(|member| plain(member.name.as_str())).collect()
}

/// Whether the member or anything within it is sensitive; `seen` keeps shapes that hold themselves from looping.
fn sensitive(service: &Service, member: &Member, seen: &mut HashSet<ShapeId>) -> bool {
    let shape = service.shape(member.shape);
    if member.traits.sensitive || shape.traits.sensitive {
        return true;
    }
    if !seen.insert(member.shape) {
        return false;
    }
    match &shape.kind {
        ShapeKind::Structure(members) => members.iter().any(|member| sensitive(service, member, seen)),
        ShapeKind::List(item) => sensitive(service, item, seen),
        ShapeKind::Map { key, value } => sensitive(service, key, seen) || sensitive(service, value, seen),
        _ => false,
    }
}

/// Whether an operation, named as on the command line, has a parameter `Account` of its own.
pub(crate) fn has_account(catalog: &Catalog, service: &str, operation: &str) -> bool {
    let Ok(service) = catalog.open(service) else { return false };
    let wanted = plain(operation);
    let name = service.operation_names().iter().find(|name| plain(name) == wanted);
    let input = name.and_then(|name| service.operation(name)).and_then(|operation| operation.input);
    let Some(ShapeKind::Structure(members)) = input.map(|input| &service.shape(input).kind) else {
        return false;
    };
    members.iter().any(|member| plain(&member.name) == "account")
}

/// `--master-user-password` and `MasterUserPassword` are the same name.
fn plain(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

/// The word as it can be typed again.
pub(crate) fn quoted(word: &str) -> String {
    let bare = |c: char| c.is_alphanumeric() || "-_=:,./@+%^~*".contains(c);
    if !word.is_empty() && word.chars().all(bare) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use aws_cli::{Environment, Parsed, Profile};

    use super::*;

    fn masked(line: &str) -> String {
        let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        let parsed = aws_cli::parse(&Catalog::embedded(), &words, &Environment::empty(), Profile::Chat);
        let Ok(Parsed::Call(invocation)) = parsed else { panic!("{line}: {parsed:?}") };
        shown(&words, &invocation)
    }

    #[test]
    fn a_line_that_means_nothing_keeps_its_secrets() {
        let cases = [
            ("stpo web-1 'a b'", "stpo web-1 'a b'"),
            (
                "secretsmanager put-sekret --secret-string hunter2 more --x y",
                "secretsmanager put-sekret --secret-string **** --x y",
            ),
            ("x DbPassword=q --auth-token=abc", "x DbPassword=**** --auth-token=****"),
            ("x --password 'not closed", "x --password ****"),
        ];
        for (line, expected) in cases {
            assert_eq!(typed(line), expected);
        }
        assert!(typed(&"x".repeat(50_000)).len() <= LONGEST_TYPED);
    }

    #[test]
    fn sensitive_values_are_left_out() {
        let cases = [
            ("ec2 describe-vpcs --region eu-west-1", "ec2 describe-vpcs --region eu-west-1"),
            ("ec2 describe-vpcs --query Vpcs[].VpcId", "ec2 describe-vpcs --query 'Vpcs[].VpcId'"),
            (
                "iam create-login-profile --user-name bob --password s3cret",
                "iam create-login-profile --user-name bob --password ****",
            ),
            (
                "iam create-login-profile --user-name bob --password=s3cret",
                "iam create-login-profile --user-name bob --password=****",
            ),
            (
                "secretsmanager create-secret --name n --secret-string a",
                "secretsmanager create-secret --name n --secret-string ****",
            ),
            (
                "ssm put-parameter --name n --value v --type SecureString",
                "ssm put-parameter --name n --value **** --type SecureString",
            ),
            (
                "lambda update-function-configuration --function-name f --environment Variables={K=v}",
                "lambda update-function-configuration --function-name f --environment ****",
            ),
            (
                "ec2 run-instances --image-id ami-1 --user-data password=s3cret;curl",
                "ec2 run-instances --image-id ami-1 --user-data ****",
            ),
            (
                "sns publish --message postgres://bob:s3cret@db/x --topic-arn arn:aws:sns:eu-west-1:111111111111:t",
                "sns publish --message postgres://bob:***@db/x --topic-arn arn:aws:sns:eu-west-1:111111111111:t",
            ),
            (
                "sns publish --message xoxb-1234567890-abc --topic-arn=arn:aws:sns:eu-west-1:111111111111:t",
                "sns publish --message *** --topic-arn=arn:aws:sns:eu-west-1:111111111111:t",
            ),
            (
                "s3 cp s3://a/k s3://b/k --sse-c --sse-c-key k3y --sse-c-copy-source AES256 --sse-c-copy-source-key=k4y",
                "s3 cp s3://a/k s3://b/k --sse-c --sse-c-key **** --sse-c-copy-source AES256 \
                 --sse-c-copy-source-key=****",
            ),
            (
                "cloudformation deploy --stack-name s --template-body {} --parameter-overrides DbPassword=x Size=3",
                "cloudformation deploy --stack-name s --template-body '{}' --parameter-overrides DbPassword=**** Size=3",
            ),
        ];
        for (line, expected) in cases {
            assert_eq!(masked(line), expected);
        }
    }

    #[test]
    fn a_few_operations_have_an_account_of_their_own() {
        let catalog = Catalog::embedded();
        assert!(has_account(&catalog, "redshift", "describe-endpoint-authorization"));
        assert!(!has_account(&catalog, "redshift", "describe-clusters"));
        assert!(!has_account(&catalog, "no-such", "thing"));
    }
}
