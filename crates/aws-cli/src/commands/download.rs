//! What AWS gives a URL for: fetched as it is, unsigned.

use aws_call::transport::{Body, HttpRequest, Limits};

use super::task::{Calls, Fault};

/// The body behind a URL. A status that is no success is a fault in Python's words.
pub(super) async fn open(calls: &Calls, url: &str) -> Result<Box<dyn Body>, Fault> {
    let mut request = HttpRequest::new(Default::default());
    *request.uri_mut() = url.parse().map_err(|_| Fault::General(format!("unknown url type: '{url}'")))?;
    if let Ok(agent) = calls.options.user_agent.parse() {
        request.headers_mut().insert("user-agent", agent);
    }
    let limits =
        Limits { connect: calls.options.connect_timeout, read: calls.options.read_timeout, total: None };
    let answer = calls.client.parts().transport.send(request, limits).await;
    let answer = answer.map_err(|error| Fault::General(error.to_string()))?;
    if !(200..300).contains(&answer.status) {
        let reason = match answer.status {
            403 => ": Forbidden",
            404 => ": Not Found",
            _ => "",
        };
        return Err(Fault::General(format!("HTTP Error {}{reason}", answer.status)));
    }
    Ok(answer.body)
}
