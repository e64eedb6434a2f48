//! `emr-containers`: which Kubernetes service accounts of EMR on EKS may use an IAM role.

pub(super) mod associations;
pub(super) mod trust;

use value::Value;

use super::task::{Calls, Fault};
use super::tree;

/// What an EKS cluster tells of its account and of its identity provider.
struct Cluster {
    account: String,
    issuer: String,
}

async fn describe(calls: &Calls, name: &str) -> Result<Cluster, Fault> {
    let answer = calls.call_as_configured("eks", "DescribeCluster", tree::params(&[("name", name)])).await?;
    let index = || Fault::General("list index out of range".to_owned());
    let account = tree::text(&answer, &["cluster", "arn"]).split(':').nth(4).ok_or_else(index)?.to_owned();
    let issuer = tree::at(&answer, &["cluster", "identity", "oidc", "issuer"]).and_then(Value::as_text);
    let issuer = issuer.and_then(|url| url.split("https://").nth(1)).unwrap_or_default().to_owned();
    Ok(Cluster { account, issuer })
}

/// A name as a number to the base of 36, its letters being the digits of a number to the base of 256.
fn base36(name: &str) -> String {
    const DIGITS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";
    let mut number: Vec<u32> = name.chars().map(u32::from).collect();
    let mut digits = Vec::new();
    while number.iter().any(|digit| *digit > 0) {
        let mut rest = 0;
        for digit in &mut number {
            let whole = rest * 256 + *digit;
            (*digit, rest) = (whole / 36, whole % 36);
        }
        digits.push(char::from(DIGITS[rest as usize]));
    }
    if digits.is_empty() { "0".to_owned() } else { digits.into_iter().rev().collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_numbers() {
        for (name, expected) in [
            ("", "0"),
            ("a", "2p"),
            ("ab", "j8i"),
            ("job-role", "1m9ojh7ogwq5h"),
            ("JobExecutionRole", "4en4r3jtsjjcf75iqnuasdqp1"),
        ] {
            assert_eq!(base36(name), expected, "{name}");
        }
    }
}
