//! The index that `find` looks into first.

use super::{Seen, Subject};

pub(super) async fn age(subject: &Subject) -> Vec<Seen> {
    let (Some(every), Some(Ok(health))) = (subject.facts.index_every, &subject.health) else {
        return Vec::new();
    };
    let remedy = "See that Bellhop runs, and in its log (BELLHOP_LOG=debug) which listings fail and why.";
    let Some(index) = &health.index else {
        return vec![Seen::warning(
            "it is configured, and is not there yet or cannot be read",
            "Start Bellhop, which makes it, and see that its folder can be written.",
        )];
    };
    let Some(oldest) = index.oldest else {
        return vec![Seen::warning("it holds nothing yet", remedy)];
    };
    let (listings, entries, minutes) = (index.listings, index.entries, oldest.as_secs() / 60);
    vec![if oldest > every.saturating_mul(3) {
        Seen::warning(format!("its oldest listing has {minutes} min, three times what is configured"), remedy)
    } else {
        Seen::ok(format!("{entries} things in {listings} listings, the oldest of {minutes} min ago"))
    }]
}
