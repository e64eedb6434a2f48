//! Reads `botocore.pin`: which package the models come from.

/// One pinned file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pin<'a> {
    /// The file's name on the package index.
    pub(crate) file: &'a str,
}

/// The pin of that kind (`wheel`, `sdist`); lines are kind, version, file name, sha256.
pub(crate) fn find<'a>(text: &'a str, kind: &str) -> Option<Pin<'a>> {
    text.lines().find_map(|line| {
        let mut words = line.split_whitespace();
        (words.next() == Some(kind)).then_some(())?;
        words.next()?;
        Some(Pin { file: words.next()? })
    })
}
