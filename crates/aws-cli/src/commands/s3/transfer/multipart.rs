//! An upload of many parts: begun, filled by whoever has the parts, finished or given up.

use tokio::task::JoinSet;
use value::{Map, Value};

use super::params::{add, only};
use super::work::{Tools, completed, place};
use crate::commands::task::Fault;

/// Parameters that CompleteMultipartUpload takes over.
const OF_THE_END: [&str; 4] = ["SSECustomerAlgorithm", "SSECustomerKey", "RequestPayer", "IfNoneMatch"];

/// An upload that has begun.
pub(super) struct Upload {
    place: Map,
    id: Value,
    end: Map,
}

/// Parts on their way: (place, what came of it).
pub(super) type Parts = JoinSet<Result<(usize, Value), Fault>>;

impl Upload {
    /// Begins one.
    pub(super) async fn begin(tools: &Tools, target: &str, params: Map) -> Result<Upload, Fault> {
        let place = place(target)?;
        let mut request = place.clone();
        add(&mut request, &[&params]);
        request.remove("IfNoneMatch");
        let answer = tools.at_target("CreateMultipartUpload", request).await?;
        let id = answer.get("UploadId").cloned().unwrap_or_default();
        let mut end = only(&params, &OF_THE_END);
        add(&mut end, &[&only(&tools.params.put, &["IfNoneMatch"])]);
        Ok(Upload { place, id, end })
    }

    /// The parameters that each part has.
    pub(super) fn part(&self, number: usize) -> Map {
        let mut params = self.named();
        params.push("PartNumber", i64::try_from(number).unwrap_or(i64::MAX));
        params
    }

    fn named(&self) -> Map {
        let mut params = self.place.clone();
        params.push("UploadId", self.id.clone());
        params
    }

    /// Waits for the parts and puts them together; gives the upload up where one failed.
    pub(super) async fn finish(self, tools: &Tools, mut parts: Parts, further: &Map) -> Result<(), Fault> {
        let mut done: Vec<(usize, Value)> = Vec::with_capacity(parts.len());
        let mut failed = None;
        while let Some(part) = parts.join_next().await {
            match part {
                Ok(Ok(part)) => done.push(part),
                Ok(Err(fault)) => failed = failed.or(Some(fault)),
                Err(_) => failed = failed.or_else(|| Some(Fault::General("a part was given up".to_owned()))),
            }
            if failed.is_some() {
                parts.abort_all();
            }
        }
        if let Some(fault) = failed {
            self.give_up(tools).await;
            return Err(fault);
        }
        done.sort_by_key(|(index, _)| *index);
        let parts = done.into_iter().map(|(_, part)| part).collect();
        self.complete(tools, parts, further).await
    }

    /// Puts the parts together.
    pub(super) async fn complete(self, tools: &Tools, parts: Vec<Value>, further: &Map) -> Result<(), Fault> {
        let mut request = self.named();
        request.push("MultipartUpload", completed(parts));
        add(&mut request, &[&self.end, further]);
        match tools.at_target("CompleteMultipartUpload", request).await {
            Ok(_) => Ok(()),
            Err(fault) => {
                self.give_up(tools).await;
                Err(fault)
            }
        }
    }

    /// Leaves no parts behind. What matters is the fault that led here, so that one of this call is not told.
    pub(super) async fn give_up(&self, tools: &Tools) {
        let _ = tools.at_target("AbortMultipartUpload", self.named()).await;
    }
}
