//! S3 in few words: how large buckets are.

mod figures;
mod usage;

pub(super) use usage::USAGE;
