//! Signature version 2, which only SimpleDB and, in places, Import/Export still speak: an HMAC over the sorted form,
//! sent as one more field of it.

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use percent_encoding::percent_decode_str;

use crate::credentials::Credentials;
use crate::encoding::{QUERY_SAFE, form_encode, percent_encode};
use crate::outgoing::Outgoing;

/// Signs a form in the body.
pub(crate) fn sign_form(request: &mut Outgoing, credentials: &Credentials, now: Timestamp) {
    let mut fields = read(&String::from_utf8_lossy(&request.body));
    let mut add = |name: &str, value: String| fields.push((name.to_owned(), value));
    add("AWSAccessKeyId", credentials.access_key_id.clone());
    add("SignatureVersion", "2".to_owned());
    add("SignatureMethod", "HmacSHA256".to_owned());
    add("Timestamp", now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string());
    if let Some(token) = &credentials.session_token {
        add("SecurityToken", token.clone());
    }
    let mut sorted: Vec<&(String, String)> = fields.iter().collect();
    sorted.sort();
    let mut text = format!("{}\n{}\n{}\n", request.method, request.host(), request.path);
    write(&mut text, sorted.into_iter(), |out, part| percent_encode(out, part, QUERY_SAFE));
    let key = hmac::Key::new(hmac::HMAC_SHA256, credentials.secret_access_key.as_bytes());
    fields.push(("Signature".to_owned(), STANDARD.encode(hmac::sign(&key, text.as_bytes()))));
    let mut body = String::new();
    write(&mut body, fields.iter(), form_encode);
    request.body = body.into();
}

fn read(form: &str) -> Vec<(String, String)> {
    let decoded = |text: &str| percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned();
    let pairs = form.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(a, b)| (decoded(a), decoded(b)))
        .collect()
}

fn write<'a>(
    out: &mut String,
    fields: impl Iterator<Item = &'a (String, String)>,
    encode: impl Fn(&mut String, &str),
) {
    for (index, (name, value)) in fields.enumerate() {
        if index > 0 {
            out.push('&');
        }
        encode(out, name);
        out.push('=');
        encode(out, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::RequestParts;

    /// The expected value was computed with Python's `hmac` over the text that the rules of the published
    /// “Signature Version 2” page give.
    #[test]
    fn forms_are_signed() {
        let parts = RequestParts {
            method: "POST".to_owned(),
            path: "/".to_owned(),
            body: b"Action=Select&SelectExpression=a+b".to_vec(),
            ..RequestParts::default()
        };
        let mut outgoing = Outgoing::new(parts, "https://sdb.amazonaws.com", true).expect("an endpoint");
        let now = "2024-01-02T03:04:05Z".parse().expect("a time");
        sign_form(&mut outgoing, &Credentials::new("AKID", "secret"), now);
        let body = String::from_utf8(outgoing.body.to_vec()).expect("text");
        assert_eq!(
            body,
            "Action=Select&SelectExpression=a+b&AWSAccessKeyId=AKID&SignatureVersion=2&SignatureMethod=HmacSHA256\
             &Timestamp=2024-01-02T03%3A04%3A05Z&Signature=aSSSCq%2FpaP3E2r9ZSDnKwE3VoSefJaRAUQQlxOQFJjg%3D"
        );
    }
}
