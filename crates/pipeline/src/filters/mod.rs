//! One file a filter: its words, its help, and what it does.

mod column;
mod compare;
mod condition;
mod count;
mod cut;
mod each;
mod forms;
mod graph;
mod grep;
mod head;
mod jmespath;
mod jq;
mod sed;
mod select;
mod small;
mod sort;
mod tee;
mod tr;
mod uniq;
mod wc;
mod where_rows;

use crate::filter::Spec;

/// Every filter, in the order in which help lists them.
pub(crate) const ALL: &[&Spec] = &[
    &grep::SPEC,
    &head::HEAD,
    &head::TAIL,
    &sort::SPEC,
    &uniq::SPEC,
    &wc::SPEC,
    &cut::SPEC,
    &column::SPEC,
    &tr::SPEC,
    &sed::SPEC,
    &select::SELECT,
    &where_rows::SPEC,
    &select::TABLE,
    &count::SPEC,
    &forms::JSON,
    &forms::CSV,
    &jq::SPEC,
    &jmespath::SPEC,
    &tee::SPEC,
    &graph::SPEC,
    &small::REV,
    &small::TAC,
    &small::NL,
    &small::PASTE,
];
