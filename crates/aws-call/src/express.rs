//! Sessions of S3 Express: requests to a directory bucket are signed by credentials that `CreateSession` gives for that
//! bucket, not by the caller's own. Source: S3's endpoint rules (`sigv4-s3express`) and what botocore does.
//!
//! A session belongs to a bucket, a region, an endpoint and an access key. One is made at a time.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};
use value::{Map, Value};

use crate::BoxFuture;
use crate::call::{Call, CallOptions};
use crate::client::Client;
use crate::credentials::assume_role::{call, for_credentials, from_sts};
use crate::credentials::{Credentials, CredentialsError};

/// The operation that gives a session.
const OPERATION: &str = "CreateSession";
/// Sessions last five minutes; one that ends sooner than this is made anew.
const LEAST_LEFT: SignedDuration = SignedDuration::from_secs(45);
/// How many sessions are kept.
const MOST: usize = 1000;
/// What the credentials say that they come from.
const PROVIDER: &str = "s3express";

/// What a session belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Place {
    bucket: String,
    region: Option<String>,
    endpoint: Option<String>,
    access_key_id: String,
}

/// The sessions that are kept.
#[derive(Debug, Default)]
pub(crate) struct Sessions(tokio::sync::Mutex<HashMap<Place, Credentials>>);

impl Sessions {
    /// The session of a bucket: the one that is kept, or a new one.
    pub(crate) fn of<'a>(
        &'a self,
        client: &'a Client,
        bucket: &'a str,
        options: &'a CallOptions,
        own: Credentials,
    ) -> BoxFuture<'a, Result<Credentials, CredentialsError>> {
        Box::pin(async move {
            let place = Place {
                bucket: bucket.to_owned(),
                region: options.region.clone(),
                endpoint: options.endpoint_url.clone(),
                access_key_id: own.access_key_id,
            };
            let mut kept = self.0.lock().await;
            let now = client.parts().clock.now();
            kept.retain(|_, session| is_good(session, now));
            if let Some(session) = kept.get(&place) {
                return Ok(session.clone());
            }
            let options = for_credentials(options, options.credentials.clone());
            let answer = call(client, "s3", OPERATION, params(bucket), &options, PROVIDER).await?;
            let session = from_sts(&answer, PROVIDER)?;
            if kept.len() < MOST {
                kept.insert(place, session.clone());
            }
            Ok(session)
        })
    }
}

/// The call that a call to a directory bucket begins with.
pub(crate) fn asking(first: &Call, bucket: &str) -> Call {
    Call::new(first.service.clone(), OPERATION, params(bucket))
}

fn params(bucket: &str) -> Map {
    [("Bucket", Value::text(bucket))].into_iter().collect()
}

fn is_good(session: &Credentials, now: Timestamp) -> bool {
    session.expires.is_none_or(|expires| expires.duration_since(now) > LEAST_LEFT)
}
