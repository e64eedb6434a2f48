//! The flow over the real engine: only the bytes on the wire are played.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use aws_call::credentials::StaticCredentials;
use aws_call::transport::{
    Body, HttpAnswer, HttpRequest, Limits, Transport, TransportError, TransportErrorKind,
};
use aws_call::{BoxFuture, CallOptions, Client, ClientParts, Credentials, OsRandom, SystemClock};
use bot::{AwsClient, StsRoles};
use bytes::Bytes;

use crate::stage::{KEY_SECRET, Stage};

pub(crate) const ASSUMED: &str = "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIAROLE</AccessKeyId>\
    <SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>2096-01-01T00:00:00Z</Expiration>\
    </Credentials></AssumeRoleResult></AssumeRoleResponse>";

/// A wire whose answers are played; `None` breaks after the request has left.
#[derive(Debug, Default)]
pub(crate) struct Wire {
    pub(crate) answers: Mutex<VecDeque<Option<(u16, &'static str)>>>,
    pub(crate) sent: Mutex<Vec<HttpRequest>>,
}

struct Whole(Option<Bytes>);

impl Body for Whole {
    fn next(&mut self) -> BoxFuture<'_, Result<Option<Bytes>, TransportError>> {
        Box::pin(std::future::ready(Ok(self.0.take())))
    }
}

impl Transport for Wire {
    fn send(&self, request: HttpRequest, _: Limits) -> BoxFuture<'_, Result<HttpAnswer, TransportError>> {
        self.sent.lock().expect("sent").push(request);
        let answer = self.answers.lock().expect("answers").pop_front().flatten();
        let answer = match answer {
            Some((status, body)) => Ok(HttpAnswer {
                status,
                headers: http::HeaderMap::new(),
                body: Box::new(Whole(Some(Bytes::from_static(body.as_bytes())))),
            }),
            None => Err(TransportError {
                kind: TransportErrorKind::Broken,
                sent: true,
                reason: "staged".to_owned(),
            }),
        };
        Box::pin(std::future::ready(answer))
    }
}

impl Wire {
    pub(crate) fn play(&self, answers: &[Option<(u16, &'static str)>]) {
        self.answers.lock().expect("answers").extend(answers);
    }

    /// What was sent, as (host, body, authorization).
    pub(crate) fn sent(&self) -> Vec<(String, String, String)> {
        let read = |request: &HttpRequest| {
            let header =
                request.headers().get("authorization").map(|value| value.to_str().expect("text").to_owned());
            let body = String::from_utf8_lossy(request.body()).into_owned();
            (request.uri().host().unwrap_or_default().to_owned(), body, header.unwrap_or_default())
        };
        self.sent.lock().expect("sent").iter().map(read).collect()
    }
}

/// The engine's side of a stage, over that wire.
pub(crate) fn over(wire: &Arc<Wire>, stage: &mut Stage) {
    let client = Client::from_parts(ClientParts {
        transport: Arc::clone(wire) as Arc<dyn Transport>,
        clock: Arc::new(SystemClock),
        random: Arc::new(OsRandom),
        catalog: aws_model::Catalog::embedded(),
    });
    let base = Arc::new(StaticCredentials::new(Credentials::new("AKIABASE", KEY_SECRET)));
    let options = |_: &str| CallOptions::default();
    stage.real = Some((
        Arc::new(AwsClient::new(client.clone(), options)),
        Arc::new(StsRoles::new(client, base, options)),
    ));
    wire.play(&[Some((200, ASSUMED))]);
}
