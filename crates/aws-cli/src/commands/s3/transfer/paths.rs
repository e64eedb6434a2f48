//! Where a transfer goes from and to, and which path of the target belongs to which of the source.

use std::path::{Component, Path, PathBuf};

use crate::Files;

/// On which side a path lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    /// In a bucket: `bucket/key`.
    Bucket,
    /// Among this machine's files: an absolute path.
    Local,
}

/// One end of a transfer.
#[derive(Debug, Clone)]
pub(super) struct Root {
    pub(super) side: Side,
    /// Ends in a slash if things are below it.
    pub(super) path: String,
    /// Whether names of the source are kept below it.
    named: bool,
}

impl Root {
    /// The end that a word of the line names.
    pub(super) fn new(word: &str, whole: bool, files: &dyn Files) -> Root {
        if let Some(path) = word.strip_prefix("s3://") {
            let slash = whole && !path.ends_with('/');
            let path = if slash { format!("{path}/") } else { path.to_owned() };
            let named = path.ends_with('/');
            return Root { side: Side::Bucket, path, named };
        }
        let full = absolute(word, files);
        let folder =
            files.facts(Path::new(&full), true).is_ok_and(|facts| facts.kind == crate::FileKind::Folder);
        let named = whole || folder || word.ends_with('/');
        let path = if named && !full.ends_with('/') { format!("{full}/") } else { full };
        Root { side: Side::Local, path, named }
    }
}

/// Both ends.
#[derive(Debug, Clone)]
pub(super) struct Roots {
    pub(super) source: Root,
    pub(super) target: Root,
    /// Whether everything below the source is meant.
    pub(super) whole: bool,
}

impl Roots {
    /// The same the other way round.
    pub(super) fn reversed(&self) -> Roots {
        Roots { source: self.target.clone(), target: self.source.clone(), whole: self.whole }
    }

    /// The path at the target of a path of the source, and the name by which both are compared.
    pub(super) fn target_of(&self, path: &str) -> (String, String) {
        let name = if self.whole {
            path.get(self.source.path.len()..).unwrap_or_default()
        } else {
            path.rsplit('/').next().unwrap_or(path)
        };
        let target =
            if self.target.named { format!("{}{name}", self.target.path) } else { self.target.path.clone() };
        (target, name.to_owned())
    }
}

/// A path from the root of the file system, without `.` and `..`.
pub(super) fn absolute(path: &str, files: &dyn Files) -> String {
    let here = files.current_folder().unwrap_or_else(|_| PathBuf::from("/"));
    let mut whole = PathBuf::from("/");
    for part in here.join(path).components() {
        match part {
            Component::Normal(name) => whole.push(name),
            Component::ParentDir => {
                whole.pop();
            }
            Component::RootDir | Component::CurDir | Component::Prefix(_) => {}
        }
    }
    whole.to_string_lossy().into_owned()
}

/// A path as seen from the current folder, as the AWS CLI shows it: `./x`, `../y/x`.
pub(super) fn relative(path: &str, files: &dyn Files) -> String {
    let here = files.current_folder().unwrap_or_else(|_| PathBuf::from("/"));
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    let folder = absolute(if folder.is_empty() { "/" } else { folder }, files);
    let (from, to): (Vec<_>, Vec<_>) =
        (here.components().collect(), Path::new(&folder).components().collect());
    let common = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    let mut parts: Vec<String> = vec!["..".to_owned(); from.len() - common];
    parts.extend(to[common..].iter().map(|part| part.as_os_str().to_string_lossy().into_owned()));
    if parts.is_empty() {
        parts.push(".".to_owned());
    }
    format!("{}/{name}", parts.join("/"))
}

/// Whether a name would lead out of the folder that it is put into.
pub(super) fn escapes(name: &str) -> bool {
    let mut depth = 0_i64;
    for part in name.split('/') {
        match part {
            "" | "." => {}
            ".." => depth -= 1,
            _ => depth += 1,
        }
        if depth < 0 {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::NoFiles;

    fn roots(source: &str, target: &str, whole: bool) -> Roots {
        Roots {
            source: Root::new(source, whole, &NoFiles),
            target: Root::new(target, whole, &NoFiles),
            whole,
        }
    }

    #[test]
    fn targets_follow_their_sources() {
        for (source, target, whole, path, expected, name) in [
            ("s3://b/k.txt", "s3://c/l.txt", false, "b/k.txt", "c/l.txt", "k.txt"),
            ("s3://b/d/k.txt", "s3://c/", false, "b/d/k.txt", "c/k.txt", "k.txt"),
            ("s3://b/d", "s3://c/e", true, "b/d/x/y", "c/e/x/y", "x/y"),
            ("s3://b/", "/tmp/x", true, "b/x/y", "/tmp/x/x/y", "x/y"),
            ("/tmp/x/f", "s3://c/d/", false, "/tmp/x/f", "c/d/f", "f"),
            ("s3://b/logs/", "s3://c/logs/", true, "b/Key-0", "c/logs/", ""),
        ] {
            let found = roots(source, target, whole).target_of(path);
            assert_eq!((found.0.as_str(), found.1.as_str()), (expected, name), "{source} {target}");
        }
    }

    #[test]
    fn names_that_lead_out_are_seen() {
        for (name, expected) in [
            ("a/b", false),
            ("../a", true),
            ("a/../../b", true),
            ("a/../b", false),
            ("/../a", true),
            ("", false),
        ] {
            assert_eq!(escapes(name), expected, "{name}");
        }
    }

    #[test]
    fn paths_are_shown_from_the_current_folder() {
        assert_eq!(relative("/tmp/x", &NoFiles), "tmp/x");
        assert_eq!(absolute("/a/./b/../c/", &NoFiles), "/a/c");
    }
}
