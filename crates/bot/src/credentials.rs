//! Which calls would print credentials, by the model of their answer.
//!
//! Only operations of level `secret` are looked at, so that an answer which merely echoes a name stays available.
//! Absent on purpose: secrets that a workspace keeps itself (Secrets Manager, Parameter Store): grants decide those.

use std::collections::HashSet;

use aws_cli::Invocation;
use aws_model::{Level, Service, ShapeId, ShapeKind};

/// Members that hold what opens something, without separators and capitals.
const OPENING: [&str; 9] = [
    "accesstoken",
    "authorizationtoken",
    "dbpassword",
    "idtoken",
    "keymaterial",
    "refreshtoken",
    "secretaccesskey",
    "secretkey",
    "servicepassword",
];

/// Whether the answer holds credentials, whatever `--query` leaves of it.
pub(crate) fn are_printed_by(invocation: &Invocation) -> bool {
    let secret = invocation.needs().any(|(_, level)| level == Level::Secret);
    let output = invocation.call.model().and_then(|operation| operation.output);
    let (true, Some(output)) = (secret, output) else { return false };
    holds(&invocation.call.service, output, &mut HashSet::new())
}

/// `seen` keeps shapes that hold themselves from looping.
fn holds(service: &Service, shape: ShapeId, seen: &mut HashSet<ShapeId>) -> bool {
    if !seen.insert(shape) {
        return false;
    }
    match &service.shape(shape).kind {
        ShapeKind::Structure(members) => members.iter().any(|member| {
            OPENING.contains(&member.name.to_ascii_lowercase().as_str()) || holds(service, member.shape, seen)
        }),
        ShapeKind::List(item) => holds(service, item.shape, seen),
        ShapeKind::Map { value, .. } => holds(service, value.shape, seen),
        _ => false,
    }
}
