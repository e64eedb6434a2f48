//! Route 53: ids are shown as `/hostedzone/Z1` and taken as `Z1`.

use value::{Map, Value};

use super::Context;

/// Takes ids as they are shown.
pub(super) fn trim_ids(context: &Context<'_>, params: &mut Map) -> Result<(), String> {
    let Some(input) = context.operation.input else { return Ok(()) };
    for member in context.service.shape(input).members() {
        let shape = context.service.shape(member.shape).name.as_str();
        if !matches!(shape, "ResourceId" | "DelegationSetId" | "ChangeId") {
            continue;
        }
        if let Some(Value::Text(id)) = params.get_mut(&member.name)
            && let Some((_, last)) = id.rsplit_once('/')
        {
            *id = last.into();
        }
    }
    Ok(())
}
