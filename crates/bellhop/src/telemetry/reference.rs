//! The list of all metrics, as the page that documents them: made from what is registered.

use std::fmt::Write as _;
use std::time::Duration;

use aws_call::{Ending, Told};
use bot::Counters;

use super::emf;
use super::metrics::{Metrics, Post};

/// A metric as `/metrics` tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Described {
    /// Its name, without what the format adds (`_total`, `_bucket`).
    pub(crate) name: String,
    /// `counter`, `gauge`, `histogram`
    pub(crate) kind: String,
    pub(crate) help: String,
    /// The names of its labels.
    pub(crate) labels: Vec<String>,
}

/// Metrics of which each has been counted once, so that each is told.
fn touched() -> Metrics {
    let (metrics, time) = (Metrics::new(), Duration::from_millis(1));
    for post in [Post::Command, Post::Interaction, Post::Event] {
        metrics.answered(post, 200, time);
    }
    metrics.jobs("queued", 0);
    metrics.oldest(Duration::ZERO);
    metrics.sessions(0);
    metrics.resident(0);
    metrics.ran("done", time);
    let ending = Ending::Throttled;
    metrics.aws_called(&Told {
        service: "ec2",
        operation: "",
        ending,
        attempts: 2,
        throttled: 1,
        took: time,
    });
    metrics.slack_posted("taken");
    metrics.slack_called("chat.postMessage", "taken");
    metrics.stored("claim", false, time);
    metrics.looked_at_secret("slack.signing_secret", "same");
    metrics.spans("sent", 1);
    metrics
}

/// Every metric of `/metrics`, in its order.
pub(crate) fn described() -> Vec<Described> {
    let text = touched().text(&Counters::default());
    let mut all: Vec<Described> = Vec::new();
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("# HELP ") {
            let (name, help) = rest.split_once(' ').unwrap_or((rest, ""));
            let (name, help) = (name.to_owned(), help.trim_end_matches('.').to_owned());
            let position = all.iter().position(|known| known.name == name);
            match position {
                Some(position) => all[position].help = help,
                None => all.push(Described { name, kind: String::new(), help, labels: Vec::new() }),
            }
        } else if let Some(rest) = line.strip_prefix("# TYPE ") {
            if let (Some((_, kind)), Some(last)) = (rest.split_once(' '), all.last_mut()) {
                kind.clone_into(&mut last.kind);
            }
        } else if let (Some((_, rest)), Some(last)) = (line.split_once('{'), all.last_mut()) {
            let labels = rest.split_once('}').map_or("", |(labels, _)| labels);
            let names =
                labels.split(',').filter_map(|label| label.split_once('=')).map(|(name, _)| name.to_owned());
            let names: Vec<String> = names.filter(|name| name != "le").collect();
            if names.len() > last.labels.len() {
                last.labels = names;
            }
        }
    }
    all
}

/// The page.
pub(crate) fn page() -> String {
    let mut page = String::from(
        "# Metrics\n\nMade by `bellhop metrics`; do not edit. Ready dashboards: `deploy/dashboards`.\n\n\
         ## At /metrics\n\nOpenMetrics text, for Prometheus. Counters are told with `_total` at their end, histograms \
         with `_bucket`, `_sum` and `_count`. Labels have few values: statuses, outcomes, names of AWS's services and of \
         Slack's methods; never users, accounts or what somebody typed.\n\n\
         | metric | kind | labels | |\n|---|---|---|---|\n",
    );
    for Described { name, kind, help, labels } in described() {
        // Writing to a string does not fail.
        let _ = writeln!(page, "| `{name}` | {kind} | {} | {help} |", labels.join(", "));
    }
    page.push_str(
        "\n## Under Lambda\n\nOne line of CloudWatch's embedded metric format at the end of each invocation; namespace \
         `Bellhop`, dimension `FunctionName`.\n\n| metric | unit | |\n|---|---|---|\n",
    );
    for (name, unit, help, _) in emf::METRICS {
        let _ = writeln!(page, "| `{name}` | {unit} | {help} |");
    }
    page.push_str(TRACES);
    page
}

const TRACES: &str = "\n## Traces\n\n\
    Where `[telemetry] otlp_endpoint` or `OTEL_EXPORTER_OTLP_ENDPOINT` names a collector, each request is one trace by OTLP \
    (protobuf over HTTP): the post of Slack's, the decision, the job (in whichever process runs it), the role that is assumed, \
    each call of AWS, the delivery of the answer. Spans bear the request's id, outcomes, and names of services and operations; \
    no line, no user, no address. Spans wait in a queue of 4096; what finds no place, or cannot be sent, is lost and counted in \
    `bellhop_trace_spans`. The usual variables count: `OTEL_EXPORTER_OTLP_HEADERS`, `OTEL_SERVICE_NAME`, \
    `OTEL_RESOURCE_ATTRIBUTES`, `OTEL_TRACES_SAMPLER`, `OTEL_SDK_DISABLED`.\n\n\
    ## Logs\n\nTo standard error; `BELLHOP_LOG_FORMAT=json` (the default under Lambda) makes each line an object, whose `spans` \
    name the request.\n";

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::Value;

    use super::*;

    #[test]
    fn the_page_is_up_to_date() {
        assert_eq!(
            include_str!("../../../../docs/metrics.md"),
            page(),
            "write it anew: bellhop metrics > docs/metrics.md"
        );
    }

    #[test]
    fn every_metric_has_a_kind_and_a_sentence() {
        let all = described();
        assert!(all.len() > 40, "{}", all.len());
        for one in all {
            assert!(["counter", "gauge", "histogram"].contains(&one.kind.as_str()), "{one:?}");
            assert!(one.name.starts_with("bellhop_") && one.help.len() > 8, "{one:?}");
        }
    }

    /// Words of a text that begin so, as names of metrics do.
    fn words<'t>(text: &'t str, begin: &str) -> BTreeSet<&'t str> {
        let parts = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        parts.filter(|word| word.starts_with(begin)).collect()
    }

    #[test]
    fn the_grafana_dashboard_asks_only_for_metrics_that_there_are() {
        let text = include_str!("../../../../deploy/dashboards/grafana.json");
        let board: Value = serde_json::from_str(text).expect("JSON");
        let known: BTreeSet<String> = described()
            .into_iter()
            .flat_map(|one| match one.kind.as_str() {
                "counter" => vec![format!("{}_total", one.name)],
                "histogram" => ["bucket", "sum", "count"].map(|end| format!("{}_{end}", one.name)).into(),
                _ => vec![one.name],
            })
            .collect();
        let panels = board["panels"].as_array().expect("panels");
        let targets = panels.iter().flat_map(|panel| panel["targets"].as_array().into_iter().flatten());
        let asked: BTreeSet<&str> = targets
            .flat_map(|target| words(target["expr"].as_str().expect("an expression"), "bellhop_"))
            .collect();
        assert!(asked.len() >= 15, "{asked:?}");
        for metric in asked {
            assert!(known.contains(metric), "there is no metric {metric}");
        }
    }

    #[test]
    fn the_cloudwatch_dashboard_asks_only_for_metrics_that_there_are() {
        let text = include_str!("../../../../deploy/dashboards/cloudwatch.json");
        let board: Value = serde_json::from_str(text).expect("JSON");
        let known: BTreeSet<&str> = emf::METRICS.iter().map(|(name, ..)| *name).collect();
        let widgets = board["widgets"].as_array().expect("widgets");
        let mut asked = BTreeSet::new();
        for metric in
            widgets.iter().flat_map(|widget| widget["properties"]["metrics"].as_array().into_iter().flatten())
        {
            if metric[0] == "Bellhop" {
                assert_eq!(metric[2], "FunctionName");
                asked.insert(metric[1].as_str().expect("a name"));
            }
        }
        assert!(asked.len() >= 10, "{asked:?}");
        for metric in asked {
            assert!(known.contains(metric), "there is no metric {metric}");
        }
    }
}
