//! Changing one setting of an INI file, with all else, comments too, left as it is.

/// What is to be set.
#[derive(Debug, Clone, Copy)]
pub(super) struct Change<'a> {
    /// The section's title, `profile x`.
    pub(super) section: &'a str,
    /// The setting.
    pub(super) name: &'a str,
    /// The setting below it, if it has some.
    pub(super) inner: Option<&'a str>,
    /// The value.
    pub(super) value: &'a str,
}

/// The text with the change made.
pub(super) fn change(text: &str, change: &Change<'_>) -> String {
    let mut lines: Vec<String> = text.split_inclusive('\n').map(str::to_owned).collect();
    let start = lines.iter().position(|line| is_title(line, change.section));
    match start {
        Some(start) => within(&mut lines, start, change),
        None => {
            end_line(&mut lines);
            lines.push(format!("[{}]\n", change.section));
            lines.extend(fresh(change));
        }
    }
    lines.concat()
}

/// The title of a line that begins a section.
fn title(line: &str) -> Option<&str> {
    let rest = line.trim_start().strip_prefix('[')?;
    rest.find(']').filter(|end| *end > 0).map(|end| &rest[..end])
}

fn is_title(line: &str, section: &str) -> bool {
    let Some(found) = title(line) else { return false };
    let quoted = section.split_once(' ').map(|(kind, name)| format!("{kind} \"{name}\""));
    found == section || quoted.as_deref() == Some(found)
}

/// The indentation and the name of a line that sets something.
fn setting(line: &str) -> Option<(usize, &str)> {
    let comment = line.trim_start().starts_with(['#', ';']);
    let (name, _) = line.split_once(['=', ':']).filter(|(name, _)| !comment && !name.trim().is_empty())?;
    Some((name.len() - name.trim_start().len(), name.trim()))
}

fn end_line(lines: &mut [String]) {
    if let Some(last) = lines.last_mut().filter(|last| !last.ends_with('\n')) {
        last.push('\n');
    }
}

fn fresh(change: &Change<'_>) -> Vec<String> {
    match change.inner {
        None => vec![format!("{} = {}\n", change.name, change.value)],
        Some(inner) => vec![format!("{} =\n", change.name), format!("    {inner} = {}\n", change.value)],
    }
}

fn within(lines: &mut Vec<String>, start: usize, change: &Change<'_>) {
    let end = (start + 1..lines.len()).find(|at| title(&lines[*at]).is_some()).unwrap_or(lines.len());
    let own = |at: &usize| setting(&lines[*at]).is_some_and(|(_, name)| name == change.name);
    let Some(at) = (start + 1..end).find(own) else {
        // Behind the last setting, before empty lines and comments that belong to what follows.
        let last = (start + 1..end).rev().find(|at| setting(&lines[*at]).is_some()).unwrap_or(start);
        end_line(&mut lines[..=last]);
        lines.splice(last + 1..last + 1, fresh(change));
        return;
    };
    match change.inner {
        None => lines[at] = format!("{} = {}\n", change.name, change.value),
        Some(inner) => below(lines, at, end, inner, change.value),
    }
}

/// Sets one of the settings that stand indented below another.
fn below(lines: &mut Vec<String>, parent: usize, end: usize, inner: &str, value: &str) {
    let indent = setting(&lines[parent]).map_or(0, |(indent, _)| indent);
    let mut last = parent;
    for (at, line) in lines.iter().enumerate().take(end).skip(parent + 1) {
        match setting(line) {
            Some((deeper, name)) if deeper > indent => {
                last = at;
                if name == inner {
                    lines[at] = format!("{:deeper$}{inner} = {value}\n", "");
                    return;
                }
            }
            Some(_) => break,
            None => {}
        }
    }
    end_line(&mut lines[..=last]);
    lines.insert(last + 1, format!("    {inner} = {value}\n"));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(text: &str, section: &str, name: &str, value: &str) -> String {
        let (name, inner) = name.split_once('.').map_or((name, None), |(name, inner)| (name, Some(inner)));
        change(text, &Change { section, name, inner, value })
    }

    #[test]
    fn one_setting_changes_and_the_rest_stays() {
        for (text, section, name, value, expected) in [
            ("", "default", "region", "r", "[default]\nregion = r\n"),
            ("[default]\nregion=a\n", "default", "region", "b", "[default]\nregion = b\n"),
            (
                "[default]\n# region = x\nregion=a",
                "default",
                "output",
                "t",
                "[default]\n# region = x\nregion=a\noutput = t\n",
            ),
            (
                "[default]\na=1\n\n[profile x]\nb=2\n",
                "default",
                "c",
                "3",
                "[default]\na=1\nc = 3\n\n[profile x]\nb=2\n",
            ),
            ("[profile \"x y\"]\nb=2\n", "profile x y", "b", "3", "[profile \"x y\"]\nb = 3\n"),
            ("[default]\na=1", "profile x", "b", "2", "[default]\na=1\n[profile x]\nb = 2\n"),
            ("", "default", "s3.max", "5", "[default]\ns3 =\n    max = 5\n"),
            (
                "[default]\ns3 =\n  max = 1\n  min = 2\nregion = r\n",
                "default",
                "s3.max",
                "5",
                "[default]\ns3 =\n  max = 5\n  min = 2\nregion = r\n",
            ),
            (
                "[default]\ns3 =\n  max = 1\nregion = r\n",
                "default",
                "s3.min",
                "5",
                "[default]\ns3 =\n  max = 1\n    min = 5\nregion = r\n",
            ),
        ] {
            assert_eq!(set(text, section, name, value), expected, "{text:?} {name}");
        }
    }

    proptest::proptest! {
        #[test]
        fn what_is_set_is_read_again(text in "(\\[[a-z ]{1,8}\\]\n|[a-z]{1,4} = [a-z]{0,4}\n|#[a-z]{0,5}\n|\n){0,12}", value in "[a-z]{1,6}") {
            let changed = set(&text, "default", "region", &value);
            let read = aws_call::credentials::config::SharedConfig::parse(changed.as_bytes(), b"");
            if let Ok(read) = read {
                proptest::prop_assert!(read.profile("default").get("region").is_some());
            }
        }
    }
}
