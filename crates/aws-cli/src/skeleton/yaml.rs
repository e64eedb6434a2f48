//! `--generate-cli-skeleton yaml-input`: the sample input with what each member is beside it.
//!
//! What stands in a comment: `[REQUIRED]`, the first sentence of the member's documentation, the values of an enum.

use aws_model::{Member, Operation, Service, ServiceDocs, Shape, ShapeId, ShapeKind};

use crate::help::html;
use crate::output;

/// The sample as text.
pub(super) fn input(service: &Service, operation: &Operation) -> String {
    let docs = service.documentation().ok();
    let mut writer = Writer { service, docs, stack: Vec::new(), out: String::new() };
    match operation.input {
        Some(input) if !service.shape(input).members().is_empty() => writer.members(input, 0, true),
        _ => writer.out.push_str("{}\n"),
    }
    writer.out
}

struct Writer<'a> {
    service: &'a Service,
    docs: Option<ServiceDocs>,
    /// The shapes that are being written, to end at the second round of a recursive one.
    stack: Vec<ShapeId>,
    out: String,
}

impl Writer<'_> {
    /// The members of a structure at that column; `here`: the first one's place in the line is reached.
    fn members(&mut self, id: ShapeId, indent: usize, here: bool) {
        let shape = self.service.shape(id);
        self.stack.push(id);
        let mut commented: Vec<&str> = Vec::new();
        let mut previous = None;
        for (position, member) in shape.members().iter().enumerate() {
            if position > 0 || !here {
                self.out.push_str(&" ".repeat(indent));
            }
            self.out.push_str(&output::yaml_scalar(&member.name, true));
            self.out.push(':');
            let comment = self.comment(id, shape, position, member);
            let comment = comment.map(|comment| {
                // The first comment of a map stands two spaces apart, those that find another before them one.
                let follows = follows(shape, &commented, previous, &member.name);
                commented.push(&member.name);
                if follows { format!(" # {comment}") } else { format!("  # {comment}") }
            });
            previous = Some(member.name.as_str());
            self.value(member.shape, indent, false, &comment.unwrap_or_default());
        }
        self.stack.pop();
    }

    /// A value behind a name or, `in_list`, behind a dash; the comment stands in the line that it begins in.
    fn value(&mut self, id: ShapeId, indent: usize, in_list: bool, comment: &str) {
        let service = self.service;
        let shape = service.shape(id);
        let gap = if in_list { "" } else { " " };
        match &shape.kind {
            ShapeKind::Structure(members) if members.is_empty() || self.repeats(id) => {
                self.out.push_str(&format!("{gap}{{}}{comment}\n"));
            }
            ShapeKind::Structure(_) if in_list => self.members(id, indent, true),
            ShapeKind::Structure(_) => {
                self.out.push_str(&format!("{comment}\n"));
                self.members(id, indent + 2, false);
            }
            ShapeKind::List(item) => {
                // A list within a list begins in the same line.
                if !in_list {
                    self.out.push_str(&format!("{comment}\n{}", " ".repeat(indent)));
                }
                self.out.push_str("- ");
                self.stack.push(id);
                self.value(item.shape, indent + 2, true, "");
                self.stack.pop();
            }
            ShapeKind::Map { value, .. } => {
                let column = if in_list { indent } else { indent + 2 };
                if !in_list {
                    self.out.push_str(&format!("{comment}\n{}", " ".repeat(column)));
                }
                self.out.push_str("KeyName:");
                self.stack.push(id);
                self.value(value.shape, column, false, "");
                self.stack.pop();
            }
            _ => {
                let scalar = scalar(shape);
                let gap = if scalar.is_empty() { "" } else { gap };
                self.out.push_str(&format!("{gap}{scalar}{comment}\n"));
            }
        }
    }

    /// Whether a structure is being written a second time within itself.
    fn repeats(&self, id: ShapeId) -> bool {
        self.stack.iter().filter(|other| **other == id).count() > 0
    }

    fn comment(&self, id: ShapeId, shape: &Shape, position: usize, member: &Member) -> Option<String> {
        let docs = self.docs.as_ref()?;
        let mut text = docs.member(id, position);
        if text.is_empty() {
            text = docs.shape(member.shape);
        }
        let mut parts = Vec::new();
        if shape.required.contains(&member.name) {
            parts.push("[REQUIRED]".to_owned());
        }
        parts.push(overview(text));
        let values = &self.service.shape(member.shape).traits.values;
        if !values.is_empty() {
            let values: Vec<&str> = values.iter().map(|value| value.as_str()).collect();
            parts.push(format!("Valid values are: {}.", values.join(", ")));
        }
        let comment = parts.join(" ");
        (!comment.trim().is_empty()).then_some(comment)
    }
}

/// Whether a comment finds another one to line up with: the previous member's, or that of an earlier member, as far as
/// names before it sort below it.
fn follows(shape: &Shape, commented: &[&str], previous: Option<&str>, name: &str) -> bool {
    if previous.is_some_and(|previous| commented.contains(&previous)) {
        return true;
    }
    let earlier = shape.members().iter().map(|member| member.name.as_str());
    earlier.take_while(|earlier| *earlier < name).any(|earlier| commented.contains(&earlier))
}

/// The first sentence: up to a full stop or a colon.
fn overview(documentation: &str) -> String {
    let text = html::text_content(documentation).unwrap_or_else(|| documentation.to_owned());
    let sentence = text.split(['.', ':']).next().unwrap_or_default();
    if sentence.is_empty() { String::new() } else { sentence.replace(['\n', '\u{2028}'], " ") + "." }
}

fn scalar(shape: &Shape) -> String {
    match &shape.kind {
        ShapeKind::String => match shape.traits.values.first() {
            Some(value) => output::yaml_scalar(value, false),
            None => "''".to_owned(),
        },
        ShapeKind::Integer | ShapeKind::Long => "0".to_owned(),
        ShapeKind::Float | ShapeKind::Double => "0.0".to_owned(),
        ShapeKind::Boolean => "true".to_owned(),
        ShapeKind::Timestamp => "1970-01-01 00:00:00".to_owned(),
        ShapeKind::Blob => "!!binary ''".to_owned(),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use aws_model::Catalog;
    use value::{Map, Value};

    use super::*;

    fn names(map: &Map) -> Vec<&str> {
        map.iter().map(|(name, _)| name.as_str()).collect()
    }

    #[test]
    fn samples_are_read_again() {
        let catalog = Catalog::embedded();
        for (service, operation) in
            [("iam", "CreateRole"), ("kms", "Encrypt"), ("dynamodb", "PutItem"), ("ec2", "RunInstances")]
        {
            let service = catalog.open(service).expect("the service");
            let operation = service.operation(operation).expect("the operation");
            let read = crate::yaml::parse(&input(&service, operation)).expect("YAML");
            let json = super::super::input(&service, operation, &super::super::Skeleton::Input);
            let json = Value::from_json(json.as_bytes()).expect("JSON");
            let (Value::Map(read), Value::Map(json)) = (read, json) else { panic!("no maps") };
            assert_eq!(names(&read), names(&json));
        }
    }

    #[test]
    fn comments_say_what_members_are() {
        let service = Catalog::embedded().open("kms").expect("kms");
        let text = input(&service, service.operation("Encrypt").expect("Encrypt"));
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(
            lines[0],
            "KeyId: ''  # [REQUIRED] Identifies the KMS key to use in the encryption operation."
        );
        assert_eq!(lines[1], "Plaintext: !!binary '' # [REQUIRED] Data to be encrypted.");
        assert_eq!(lines[3], "  KeyName: ''");
        assert_eq!(lines[5], "- ''");
    }

    #[test]
    fn broken_markup_stays() {
        for (html, expected) in [
            ("<p>One. Two.</p>", "One."),
            ("<p>a <code>b</code> &amp; c: d</p>", "a b & c."),
            ("<p>One", "<p>One."),
            ("a<br>b", "a<br>b."),
            ("", ""),
        ] {
            assert_eq!(overview(html), expected);
        }
    }
}
