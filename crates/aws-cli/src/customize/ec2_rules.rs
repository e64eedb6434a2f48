//! Rules of security groups in short, `--protocol tcp --port 22 --cidr …`; protocol names of network ACLs.

use value::{Map, Value};

use super::hoisted::first_of;
use super::{Customization, Seen};
use crate::UsageError;
use crate::arguments::{Custom, Fill, Given};
use crate::grammar::Arity;
use crate::python;

pub(super) const ALL: &[Customization] = &[
    Customization::of(
        "ec2",
        &[
            "authorize-security-group-egress",
            "authorize-security-group-ingress",
            "revoke-security-group-egress",
            "revoke-security-group-ingress",
        ],
    )
    .table(|table, _| {
        table.add(&RULE);
        for name in [
            "ip-protocol",
            "from-port",
            "to-port",
            "cidr-ip",
            "source-security-group-name",
            "source-security-group-owner-id",
        ] {
            table.hide(name);
        }
    })
    .check(check_rule),
    Customization::of("ec2", &["create-network-acl-entry", "replace-network-acl-entry"])
        .finish(name_protocol),
];

const fn custom(
    name: &'static str,
    help: &'static str,
    apply: fn(&mut Fill<'_>, Given<'_>) -> Result<(), UsageError>,
) -> Custom {
    Custom { name, arity: Arity::One, choices: &[], required: false, help, apply }
}

static RULE: [Custom; 5] = [
    custom("protocol", "`tcp`, `udp`, `icmp`, `all`, or a protocol's number.", protocol),
    custom("port", "A port, or a range `from-to`; for ICMP `type-code`; `all` for every port.", port),
    custom("cidr", "The IPv4 addresses, as CIDR.", |fill, given| {
        let range: Map = [("CidrIp", Value::text(given.text()))].into_iter().collect();
        permission(&mut fill.params).insert("IpRanges", Value::List(vec![range.into()]));
        Ok(())
    }),
    custom("source-group", "The other security group, by id or name.", |fill, given| {
        let member = if given.text().starts_with("sg-") { "GroupId" } else { "GroupName" };
        pair(&mut fill.params, member, given.text());
        Ok(())
    }),
    custom("group-owner", "The account that owns the other security group.", |fill, given| {
        pair(&mut fill.params, "UserId", given.text());
        Ok(())
    }),
];

fn protocol(fill: &mut Fill<'_>, given: Given<'_>) -> Result<(), UsageError> {
    let mut text = given.text();
    match python::integer(text).map(|number| Value::Number(number).as_i64()) {
        Some(Some(-1..=255)) => {}
        Some(_) => {
            return Err(UsageError::validation(
                "protocol numbers must be in the range 0-255 or -1 to specify all protocols",
            ));
        }
        None if text == "all" => text = "-1",
        None if ["tcp", "udp", "icmp"].contains(&text) => {}
        None => {
            return Err(UsageError::validation(
                "protocol parameter should be one of: tcp|udp|icmp|all or any valid protocol number.",
            ));
        }
    }
    permission(&mut fill.params).insert("IpProtocol", Value::text(text));
    Ok(())
}

fn port(fill: &mut Fill<'_>, given: Given<'_>) -> Result<(), UsageError> {
    let text = given.text();
    let (from, to) = match text {
        "-1" | "all" => ("-1", "-1"),
        range => range.split_once('-').unwrap_or((range, range)),
    };
    let (Some(from), Some(to)) = (python::integer(from), python::integer(to)) else {
        return Err(UsageError::validation(
            "port parameter should be of the form <from[-to]> (e.g. 22 or 22-25)",
        ));
    };
    let rule = permission(&mut fill.params);
    rule.insert("FromPort", Value::Number(from));
    rule.insert("ToPort", Value::Number(to));
    Ok(())
}

/// The one rule that is being put together.
fn permission(params: &mut Map) -> &mut Map {
    first_of(params, "IpPermissions")
}

fn pair(params: &mut Map, member: &str, text: &str) {
    first_of(permission(params), "UserIdGroupPairs").insert(member, Value::text(text));
}

fn check_rule(seen: &Seen<'_>) -> Result<(), UsageError> {
    if !seen.truthy("ip-permissions") {
        return Ok(());
    }
    for name in ["protocol", "port", "cidr", "source-group", "group-owner"] {
        if seen.truthy(name) {
            let key = name.replace('-', "_");
            return Err(UsageError::validation(format!(
                "The --{key} option is not compatible with the --ip-permissions option "
            )));
        }
    }
    Ok(())
}

fn name_protocol(params: &mut Map) {
    if let Some(value) = params.get_mut("Protocol") {
        let number = match value.as_text() {
            Some("tcp") => "6",
            Some("udp") => "17",
            Some("icmp") => "1",
            Some("all") => "-1",
            _ => return,
        };
        *value = Value::text(number);
    }
}
