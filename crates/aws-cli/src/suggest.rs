//! What a mistyped word may have meant.

/// Python's `difflib.get_close_matches(word, choices, 3, 0.8)`, which is what the AWS CLI prints.
pub(crate) fn close_matches<'a>(word: &str, choices: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let typed: Vec<char> = word.chars().collect();
    let mut scored: Vec<(f64, &str)> = Vec::new();
    for choice in choices {
        let letters: Vec<char> = choice.chars().collect();
        let longest_possible = letters.len().min(typed.len());
        let total = letters.len() + typed.len();
        if total == 0 || 2.0 * longest_possible as f64 / (total as f64) < CUTOFF {
            continue;
        }
        let ratio = 2.0 * matching(&letters, &typed) as f64 / total as f64;
        if ratio >= CUTOFF {
            scored.push((ratio, choice));
        }
    }
    scored.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| b.1.cmp(a.1)));
    scored.truncate(3);
    scored.into_iter().map(|(_, choice)| choice).collect()
}

/// The nearest few choices by edit distance, for hints that are ours: looser than [`close_matches`].
pub(crate) fn nearest<'a>(word: &str, choices: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    if word.len() > LONGEST {
        return Vec::new();
    }
    let mut scored: Vec<(f64, &str)> = choices
        .into_iter()
        .map(|choice| {
            let score = strsim::normalized_damerau_levenshtein(word, choice);
            let starts = !word.is_empty() && choice.starts_with(word);
            (if starts { score.max(0.7) } else { score }, choice)
        })
        .filter(|(score, _)| *score >= 0.6)
        .collect();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(b.1)));
    scored.truncate(3);
    scored.into_iter().map(|(_, choice)| choice.to_owned()).collect()
}

const CUTOFF: f64 = 0.8;

/// The longest word, in bytes, that is compared by edit distance; no name comes near it.
const LONGEST: usize = 200;

/// How many characters the two have in common by difflib's count: the longest common run, then the same left and
/// right of it.
fn matching(a: &[char], b: &[char]) -> usize {
    let (start_a, start_b, length) = longest_run(a, b);
    if length == 0 {
        return 0;
    }
    let left = matching(&a[..start_a], &b[..start_b]);
    let right = matching(&a[start_a + length..], &b[start_b + length..]);
    left + length + right
}

/// The longest common run; of several the one that starts first in `a`, then first in `b`.
fn longest_run(a: &[char], b: &[char]) -> (usize, usize, usize) {
    let mut best = (0, 0, 0);
    let mut lengths = vec![0_usize; b.len() + 1];
    for (i, from_a) in a.iter().enumerate() {
        let mut next = vec![0_usize; b.len() + 1];
        for (j, from_b) in b.iter().enumerate() {
            if from_a == from_b {
                let length = lengths[j] + 1;
                next[j + 1] = length;
                if length > best.2 {
                    best = (i + 1 - length, j + 1 - length, length);
                }
            }
        }
        lengths = next;
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_difflib() {
        let choices = ["cloudwatch", "cloudtrail", "ec2", "describe-instances", "describe-instance-types"];
        assert_eq!(close_matches("cloudwatchomni", choices), ["cloudwatch"]);
        assert_eq!(
            close_matches("describe-instance", choices),
            ["describe-instances", "describe-instance-types"]
        );
        assert!(close_matches("zzz", choices).is_empty());
        assert!(close_matches("", choices).is_empty());
    }

    #[test]
    fn finds_the_nearest() {
        assert_eq!(nearest("ecc2", ["ec2", "ecs", "iam"]), ["ec2"]);
        assert!(nearest(&"ec2".repeat(100_000), ["ec2", "ecs"]).is_empty());
        assert_eq!(nearest("desc", ["describe-instances", "run-instances"]), ["describe-instances"]);
    }
}
