//! Which partition of AWS a region belongs to.

use value::Value;

/// The partitions of AWS, as botocore's `partitions.json` lists them.
#[derive(Debug, Clone, Copy)]
pub struct Partitions<'m> {
    tree: &'m Value,
}

impl<'m> Partitions<'m> {
    /// Reads the tree of `partitions.json`.
    pub fn new(tree: &'m Value) -> Partitions<'m> {
        Partitions { tree }
    }

    fn list(&self) -> &'m [Value] {
        self.tree.get("partitions").and_then(Value::as_list).unwrap_or_default()
    }

    /// The outputs (`name`, `dnsSuffix`, `supportsFIPS` …) of the partition that a region is in; of the first partition
    /// if no one knows the region.
    pub(super) fn outputs(&self, region: Option<&str>) -> Value {
        let partitions = self.list();
        let found = region.and_then(|region| partitions.iter().find(|partition| holds(partition, region)));
        let Some(partition) = found.or(partitions.first()) else { return Value::Null };
        let mut outputs = partition.get("outputs").cloned().unwrap_or_default();
        if let (Value::Map(map), Some(id)) = (&mut outputs, partition.get("id")) {
            map.insert("name", id.clone());
        }
        outputs
    }
}

fn holds(partition: &Value, region: &str) -> bool {
    let listed = partition.get("regions").is_some_and(|regions| regions.get(region).is_some());
    listed
        || partition.get("regionRegex").and_then(Value::as_text).is_some_and(|regex| matches(regex, region))
}

/// Whether a region matches a partition's pattern. The patterns are a small part of regular expressions: literal text,
/// `(a|b)`, `\w+`, `\d+`, `\-`, between `^` and `$`. A pattern with anything else matches nothing.
fn matches(pattern: &str, region: &str) -> bool {
    let Some(pattern) = pattern.strip_prefix('^').and_then(|rest| rest.strip_suffix('$')) else {
        return false;
    };
    region.len() <= LONGEST_REGION && match_here(pattern, region)
}

/// The longest region name that patterns are tried on.
const LONGEST_REGION: usize = 64;

fn match_here(pattern: &str, text: &str) -> bool {
    if pattern.is_empty() {
        return text.is_empty();
    }
    if let Some(rest) = pattern.strip_prefix(r"\w+") {
        return match_run(rest, text, |c| c.is_alphanumeric() || c == '_');
    }
    if let Some(rest) = pattern.strip_prefix(r"\d+") {
        return match_run(rest, text, |c| c.is_ascii_digit());
    }
    if let Some((choices, rest)) = pattern.strip_prefix('(').and_then(|inner| inner.split_once(')')) {
        return choices
            .split('|')
            .any(|choice| text.strip_prefix(choice).is_some_and(|text| match_here(rest, text)));
    }
    let literal = pattern.strip_prefix('\\').unwrap_or(pattern);
    let mut wanted = literal.chars();
    let Some(first) = wanted.next().filter(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || *c == '-')
    else {
        return false;
    };
    text.strip_prefix(first).is_some_and(|text| match_here(wanted.as_str(), text))
}

/// One or more characters of a kind; what follows such a run in a pattern is never of that kind, so the longest run is
/// the only one to try.
fn match_run(rest: &str, text: &str, kind: impl Fn(char) -> bool) -> bool {
    let after = text.trim_start_matches(kind);
    after.len() < text.len() && match_here(rest, after)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_as_regular_expressions_would() {
        const WORLD: &str = r"^(us|eu|ap)\-\w+\-\d+$";
        for (pattern, region, expected) in [
            (WORLD, "us-east-1", true),
            (WORLD, "us-gov-east-1", false),
            (WORLD, "us-east-", false),
            (WORLD, "us-east-1x", false),
            (WORLD, "xx-east-1", false),
            (r"^us\-gov\-\w+\-\d+$", "us-gov-west-1", true),
            (r"^eusc\-(de)\-\w+\-\d+$", "eusc-de-east-1", true),
            (r"^cn\-\w+\-\d+$", "cn-north-1\n", false),
            (r"^.*$", "us-east-1", false),
            (r"(unclosed", "us-east-1", false),
        ] {
            assert_eq!(matches(pattern, region), expected, "{pattern} {region}");
        }
    }
}
