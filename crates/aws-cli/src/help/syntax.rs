//! How a value of a shape is written: in shorthand, and as JSON.

use aws_model::{Service, ShapeId, ShapeKind};

use crate::arguments::supports_shorthand;

/// How deep a shorthand example goes before it is given up.
const MAX_DEPTH: usize = 4;

/// How many lines a JSON example may have.
const MAX_JSON_LINES: usize = 60;

/// What help calls a type.
pub(crate) fn type_name(kind: &ShapeKind) -> &'static str {
    match kind {
        ShapeKind::Structure(_) => "structure",
        ShapeKind::List(_) => "list",
        ShapeKind::Map { .. } => "map",
        ShapeKind::String | ShapeKind::Character => "string",
        ShapeKind::Integer | ShapeKind::BigInteger => "integer",
        ShapeKind::Long => "long",
        ShapeKind::Float | ShapeKind::Double | ShapeKind::BigDecimal => "number",
        ShapeKind::Boolean => "boolean",
        ShapeKind::Timestamp => "timestamp",
        ShapeKind::Blob => "blob",
    }
}

/// A shorthand example; `None` where shorthand cannot write the shape, or not briefly.
pub(crate) fn shorthand(service: &Service, id: ShapeId) -> Option<String> {
    let shape = service.shape(id);
    if let ShapeKind::List(item) = &shape.kind {
        let kind = &service.shape(item.shape).kind;
        if !supports_shorthand(service, shape) {
            return Some(format!("{0} {0} ...", type_name(kind)));
        }
        return Some(format!("{} ...", written(service, item.shape, &mut Vec::new(), true)?));
    }
    if !supports_shorthand(service, shape) {
        return None;
    }
    written(service, id, &mut Vec::new(), true)
}

fn written(service: &Service, id: ShapeId, stack: &mut Vec<ShapeId>, top: bool) -> Option<String> {
    if stack.contains(&id) {
        return Some("( recursive )".to_owned());
    }
    if stack.len() > MAX_DEPTH {
        return None;
    }
    let shape = service.shape(id);
    stack.push(id);
    let text = match &shape.kind {
        ShapeKind::Structure(members) => {
            let mut parts = Vec::new();
            for member in members.iter().filter(|member| !member.traits.document) {
                parts.push(format!("{}={}", member.name, written(service, member.shape, stack, false)?));
            }
            if top { parts.join(",") } else { format!("{{{}}}", parts.join(",")) }
        }
        ShapeKind::List(item) => {
            let item = written(service, item.shape, stack, false)?;
            format!("[{item},{item}]")
        }
        ShapeKind::Map { value, .. } => {
            let value = written(service, value.shape, stack, false)?;
            let pairs = format!("KeyName1={value},KeyName2={value}");
            if top { pairs } else { format!("{{{pairs}}}") }
        }
        kind => type_name(kind).to_owned(),
    };
    stack.pop();
    Some(text)
}

/// A JSON example of a structure, list of structures or map, indented by four; `None` for scalars.
pub(crate) fn json(service: &Service, id: ShapeId) -> Option<String> {
    match &service.shape(id).kind {
        ShapeKind::Structure(_) | ShapeKind::Map { .. } => {}
        ShapeKind::List(item) => {
            let kind = &service.shape(item.shape).kind;
            if !matches!(kind, ShapeKind::Structure(_) | ShapeKind::Map { .. } | ShapeKind::List(_)) {
                return None;
            }
        }
        _ => return None,
    }
    let mut out = String::new();
    write_json(service, id, &mut Vec::new(), &mut out);
    let lines: Vec<&str> = out.lines().collect();
    if lines.len() <= MAX_JSON_LINES {
        return Some(out);
    }
    let shown = lines[..MAX_JSON_LINES].join("\n");
    Some(format!("{shown}\n... {} more lines: see --generate-cli-skeleton", lines.len() - MAX_JSON_LINES))
}

fn write_json(service: &Service, id: ShapeId, stack: &mut Vec<ShapeId>, out: &mut String) {
    if stack.contains(&id) || stack.len() > 12 || out.len() > 64 * 1024 {
        out.push_str("{ ... }");
        return;
    }
    let shape = service.shape(id);
    let indent = "  ".repeat(stack.len());
    stack.push(id);
    match &shape.kind {
        ShapeKind::Structure(members) => {
            out.push_str("{\n");
            for (index, member) in members.iter().enumerate() {
                out.push_str(&format!("{indent}  \"{}\": ", member.name));
                write_json(service, member.shape, stack, out);
                out.push_str(if index + 1 < members.len() { ",\n" } else { "\n" });
            }
            out.push_str(&format!("{indent}}}"));
        }
        ShapeKind::List(item) => {
            out.push('[');
            write_json(service, item.shape, stack, out);
            out.push_str(", ...]");
        }
        ShapeKind::Map { value, .. } => {
            out.push_str(&format!("{{\n{indent}  \"string\": "));
            write_json(service, value.shape, stack, out);
            out.push_str(&format!(",\n{indent}  ...\n{indent}}}"));
        }
        ShapeKind::String if !shape.traits.values.is_empty() => {
            let values: Vec<String> =
                shape.traits.values.iter().take(8).map(|value| format!("\"{value}\"")).collect();
            out.push_str(&values.join("|"));
            if shape.traits.values.len() > 8 {
                out.push_str("|...");
            }
        }
        ShapeKind::Boolean => out.push_str("true|false"),
        kind @ (ShapeKind::String | ShapeKind::Blob | ShapeKind::Timestamp) => {
            out.push_str(&format!("\"{}\"", type_name(kind)));
        }
        kind => out.push_str(type_name(kind)),
    }
    stack.pop();
}
