//! What a mistyped word may have meant.

/// The longest word, in bytes, that is compared; no name comes near it.
const LONGEST: usize = 100;

/// The nearest few choices by edit distance.
pub(crate) fn nearest<'a>(word: &str, choices: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    if word.len() > LONGEST {
        return Vec::new();
    }
    let mut scored: Vec<(f64, &str)> = choices
        .into_iter()
        .map(|choice| {
            let score = strsim::normalized_damerau_levenshtein(word, choice);
            let starts = word.len() > 1 && choice.starts_with(word);
            (if starts { score.max(0.7) } else { score }, choice)
        })
        .filter(|(score, _)| *score >= 0.5)
        .collect();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(b.1)));
    scored.truncate(3);
    scored.into_iter().map(|(_, choice)| choice.to_owned()).collect()
}
