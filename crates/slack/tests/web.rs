//! The Web API against answers in turn, and a clock that only sleeping moves.

use std::future::Future;
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use proptest::prelude::*;
use serde_json::{Value, json};
use slack::blocks::{Input, TextInput, View};
use slack::web::*;
use slack::{BoxFuture, Clock, Message, PostError, Secret};

type Outcome = Result<CallReply, PostError>;

#[derive(Default)]
struct Staged {
    answers: Mutex<Vec<Outcome>>,
    calls: Mutex<Vec<(&'static str, CallBody, String)>>,
    slept: Mutex<Vec<Duration>>,
}

impl Call for Staged {
    fn post<'a>(&'a self, method: &'static str, body: CallBody, token: &'a Secret) -> BoxFuture<'a, Outcome> {
        self.calls.lock().expect("lock").push((method, body, token.expose().to_owned()));
        let mut answers = self.answers.lock().expect("lock");
        let answer = if answers.len() > 1 { answers.remove(0) } else { answers[0].clone() };
        Box::pin(async move { answer })
    }

    fn put<'a>(&'a self, url: &'a UploadUrl, bytes: Vec<u8>) -> BoxFuture<'a, Outcome> {
        let body = CallBody { content_type: "bytes", bytes };
        self.calls.lock().expect("lock").push(("put", body, url.expose().to_owned()));
        let mut answers = self.answers.lock().expect("lock");
        let answer = if answers.len() > 1 { answers.remove(0) } else { answers[0].clone() };
        Box::pin(async move { answer })
    }
}

impl Clock for Staged {
    fn now(&self) -> u64 {
        let slept: Duration = self.slept.lock().expect("lock").iter().sum();
        1_700_000_000 + slept.as_secs()
    }

    fn sleep(&self, time: Duration) -> BoxFuture<'_, ()> {
        self.slept.lock().expect("lock").push(time);
        Box::pin(async {})
    }
}

fn now<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("nothing here waits"),
    }
}

fn api(answers: Vec<Outcome>) -> (WebApi, Arc<Staged>) {
    let staged = Arc::new(Staged { answers: Mutex::new(answers), ..Staged::default() });
    (WebApi::new(staged.clone(), staged.clone(), Secret::new("xoxb-1")), staged)
}

fn says(body: &Value) -> Outcome {
    Ok(CallReply { status: 200, retry_after: None, body: body.to_string().into_bytes() })
}

fn status(status: u16, retry_after: Option<u64>) -> Outcome {
    Ok(CallReply { status, retry_after: retry_after.map(Duration::from_secs), body: b"oops".to_vec() })
}

/// What one request became and what its answer was read as.
fn asked<R: Request>(request: &R, answer: &Value) -> (String, Result<R::Answer, WebError>) {
    let (api, staged) = api(vec![says(answer)]);
    let read = now(api.ask(request));
    let calls = staged.calls.lock().expect("lock");
    let (method, body, token) = &calls[0];
    assert_eq!(token, "xoxb-1");
    let sent = String::from_utf8_lossy(&body.bytes);
    (format!("{method} {} {sent}", body.content_type.split(';').next().expect("a type")), read)
}

#[test]
fn each_request_is_what_slack_takes_and_its_answer_is_read() {
    let message = Message::ephemeral("a <b>");
    let posted = Posted { channel: "C1".to_owned(), ts: "1.2".to_owned() };
    let mut view = View::new("reject", "Reject", "Close").expect("short");
    view.ask(Input::text("Why", TextInput::new("reason").expect("short"))).expect("room");
    let mut sent = Vec::new();
    macro_rules! ask {
        ($request:expr, $answer:tt, $read:expr) => {{
            let (line, read) = asked(&$request, &json!($answer));
            assert_eq!(read, Ok($read), "{line}");
            sent.push(line);
        }};
    }
    let opened = Opened { view_id: "V1".to_owned(), hash: Some("1.h".to_owned()) };
    ask!(PostMessage { channel: "C1", thread_ts: None, message: &message }, {"ok": true, "channel": "C1", "ts": "1.2"}, posted.clone());
    ask!(Update { posted: &posted, message: &message }, {"ok": true, "channel": "C1", "ts": "1.2"}, posted.clone());
    ask!(PostEphemeral { channel: "C1", user: "U1", thread_ts: Some("1.1"), message: &message }, {"ok": true, "message_ts": "1.3"}, ());
    ask!(Delete { posted: &posted }, {"ok": true}, ());
    ask!(ViewsOpen { trigger_id: "1.2.x", view: &view }, {"ok": true, "view": {"id": "V1", "hash": "1.h"}}, opened.clone());
    ask!(ViewsPush { trigger_id: "1.2.x", view: &view }, {"ok": true, "view": {"id": "V1", "hash": "1.h"}}, opened.clone());
    ask!(ViewsUpdate { view_id: "V1", hash: Some("0.h"), view: &view }, {"ok": true, "view": {"id": "V1", "hash": "1.h"}}, opened);
    let cursor = Cursor::new("dXNlcjpVMDYxTkZUVDI=").expect("plain");
    let page = |next: Option<&str>| Page { items: vec!["U1".to_owned()], next: next.and_then(Cursor::new) };
    ask!(ConversationsMembers { channel: "C1", cursor: Some(&cursor) }, {"ok": true, "members": ["U1"], "response_metadata": {"next_cursor": "e2="}}, page(Some("e2=")));
    ask!(ConversationsMembers { channel: "C1", cursor: None }, {"ok": true, "members": ["U1"], "response_metadata": {"next_cursor": ""}}, page(None));
    ask!(ConversationsOpen { user: "U1" }, {"ok": true, "channel": {"id": "D1"}}, "D1".to_owned());
    ask!(UsergroupsUsersList { usergroup: "S1", team: Some("T1") }, {"ok": true, "users": ["U1", "U2"]}, vec!["U1".to_owned(), "U2".to_owned()]);
    let identity = Identity {
        team_id: Some("T1".to_owned()),
        enterprise_id: None,
        user_id: "U9".to_owned(),
        bot_id: Some("B9".to_owned()),
        is_enterprise_install: false,
    };
    ask!(AuthTest, {"ok": true, "team_id": "T1", "user_id": "U9", "bot_id": "B9", "url": "https://x"}, identity);
    let (line, read) = asked(
        &FilesGetUploadUrl { filename: "a b.png", length: 3 },
        &json!({"ok": true, "upload_url": "https://files.slack.com/upload/v1/x", "file_id": "F1"}),
    );
    assert!(read.is_ok_and(|place| place.file_id == "F1"));
    sent.push(line);
    ask!(FilesCompleteUpload { file_id: "F1", title: "A", channel: "C1", thread_ts: None, comment: Some("b") }, {"ok": true, "files": [{"id": "F1"}]}, ());
    let (line, read) = asked(
        &ConversationsInfo { channel: "C1" },
        &json!({"ok": true, "channel": {"id": "C1", "is_archived": true, "num_members": 3}}),
    );
    assert!(read.is_ok_and(|channel| channel.is_archived && channel.member_count == Some(3)));
    sent.push(line);
    let (line, read) =
        asked(&UsersInfo { user: "U1" }, &json!({"ok": true, "user": {"id": "U1", "is_admin": true}}));
    assert!(read.is_ok_and(|user| user.is_admin));
    sent.push(line);
    let (line, read) =
        asked(&UsersList { cursor: None, team: None }, &json!({"ok": true, "members": [{"id": "U1"}]}));
    assert!(read.is_ok_and(|page| page.items.len() == 1 && page.next.is_none()));
    sent.push(line);
    let (line, read) = asked(
        &UsergroupsList { team: None },
        &json!({"ok": true, "usergroups": [{"id": "S1", "date_delete": 1}]}),
    );
    assert!(read.is_ok_and(|groups| groups[0].is_disabled));
    sent.push(line);
    insta::assert_snapshot!(sent.join("\n"));
}

#[test]
fn a_list_that_is_not_whole_is_an_error() {
    let cases = [
        json!({"ok": true}),
        json!({"ok": true, "members": null}),
        json!({"ok": true, "members": ["U1", null]}),
        json!({"ok": true, "members": ["U1"], "response_metadata": {"next_cursor": "a b"}}),
    ];
    for answer in cases {
        let (_, read) = asked(&ConversationsMembers { channel: "C1", cursor: None }, &answer);
        assert!(read.is_err_and(|error| error.may_have_happened()), "{answer}");
    }
    let (_, read) =
        asked(&UsersList { cursor: None, team: None }, &json!({"ok": true, "members": [{"id": "U1"}, 7]}));
    assert!(read.is_err());
    assert!(Cursor::new("").is_none() && Cursor::new("x".repeat(MAX_CURSOR + 1)).is_none());
}

#[test]
fn failures_are_told_apart() {
    let message = Message::ephemeral("a");
    let post = PostMessage { channel: "C1", thread_ts: None, message: &message };
    let members = ConversationsMembers { channel: "C1", cursor: None };
    let not_sent = || Err(PostError::NotSent("refused".to_owned()));
    let unclear = || Err(PostError::Unclear("reset".to_owned()));
    // The answers in turn; how often a post and a reading request are sent; how both end.
    let no = json!({"ok": false, "error": "missing_scope", "needed": "chat:write", "response_metadata": {"messages": ["[ERROR] x"]}});
    let cases: [(Vec<Outcome>, usize, &str, usize, &str); 8] = [
        (vec![not_sent()], 6, "not sent", 6, "not sent"),
        (vec![unclear()], 1, "unclear", 6, "unclear"),
        (vec![status(500, None)], 1, "unclear", 6, "unclear"),
        (vec![says(&json!({"ok": false, "error": "fatal_error"}))], 1, "unclear", 6, "unclear"),
        (
            vec![Ok(CallReply { status: 200, retry_after: None, body: b"<html>".to_vec() })],
            1,
            "unclear",
            6,
            "unclear",
        ),
        (vec![says(&no)], 1, "missing_scope", 1, "missing_scope"),
        (vec![status(404, None)], 1, "status 404", 1, "status 404"),
        (vec![status(429, Some(1))], 6, "limited", 6, "limited"),
    ];
    let name = |error: WebError| match error {
        WebError::NotSent { .. } => "not sent".to_owned(),
        WebError::Unclear { .. } => "unclear".to_owned(),
        WebError::Refused { error, .. } => error,
        WebError::RateLimited { .. } => "limited".to_owned(),
    };
    for (answers, posts, post_ends, reads, read_ends) in cases {
        let what = format!("{:?}", answers[0]);
        let (writing, staged) = api(answers.clone());
        assert_eq!(name(now(writing.ask(&post)).expect_err("fails")), post_ends, "{what}");
        assert_eq!(staged.calls.lock().expect("lock").len(), posts, "{what}");
        let (reading, staged) = api(answers);
        assert_eq!(name(now(reading.ask(&members)).expect_err("fails")), read_ends, "{what}");
        assert_eq!(staged.calls.lock().expect("lock").len(), reads, "{what}");
    }
    let (_, error) = asked(&post, &no);
    let WebError::Refused { needed, details, .. } = error.expect_err("refused") else { panic!("refused") };
    assert_eq!((needed.as_deref(), &details[..]), (Some("chat:write"), &["[ERROR] x".to_owned()][..]));
}

#[test]
fn a_limit_is_waited_out_or_told() {
    let yes = json!({"ok": true, "channel": "C1", "ts": "1.2"});
    let message = Message::ephemeral("a");
    let post = PostMessage { channel: "C1", thread_ts: None, message: &message };
    let (patient, staged) = api(vec![status(429, Some(7)), status(429, None), says(&yes)]);
    assert!(now(patient.ask(&post)).is_ok());
    assert_eq!(*staged.slept.lock().expect("lock"), [7, 30].map(Duration::from_secs));
    let (hurried, staged) = api(vec![status(429, Some(7)), says(&yes)]);
    let limited = now(hurried.ask_within(&post, Duration::from_secs(3)));
    let wait = Duration::from_secs(7);
    assert_eq!(limited, Err(WebError::RateLimited { method: "chat.postMessage", wait }));
    // Slack asked for quiet: the next one does not even leave.
    assert_eq!(now(hurried.ask_within(&post, Duration::ZERO)), limited);
    assert_eq!(staged.calls.lock().expect("lock").len(), 1);
}

/// Method, body, and the token or address that it went with.
type Sent = (&'static str, String, String);

fn upload(answers: Vec<Outcome>) -> (Result<String, WebError>, Vec<Sent>) {
    let (api, staged) = api(answers);
    let file = Upload {
        filename: "a.png",
        title: "A",
        bytes: b"\x89PNG",
        channel: "C1",
        thread_ts: None,
        comment: None,
    };
    let uploaded = now(api.upload(&file, Duration::from_secs(60)));
    let calls = staged.calls.lock().expect("lock").clone();
    let call = |(method, body, whom): &(&'static str, CallBody, String)| {
        (*method, String::from_utf8_lossy(&body.bytes).into_owned(), whom.clone())
    };
    (uploaded, calls.iter().map(call).collect())
}

#[test]
fn a_file_is_put_where_slack_says_and_then_shown() {
    let place = |url: &str| says(&json!({"ok": true, "upload_url": url, "file_id": "F1"}));
    let taken = || Ok(CallReply { status: 200, retry_after: None, body: b"OK - 4".to_vec() });
    let shown = || says(&json!({"ok": true, "files": [{"id": "F1"}]}));
    let url = "https://files.slack.com/upload/v1/secret";
    let (uploaded, calls) = upload(vec![place(url), status(500, None), taken(), shown()]);
    assert_eq!(uploaded.as_deref(), Ok("F1"));
    let steps: Vec<&str> = calls.iter().map(|(method, ..)| *method).collect();
    assert_eq!(steps, ["files.getUploadURLExternal", "put", "put", "files.completeUploadExternal"]);
    assert_eq!(calls[1].2, url, "the bytes go there, without the token");
    assert_eq!(calls[3].2, "xoxb-1");
    let cases: [(Vec<Outcome>, usize, bool); 4] = [
        (vec![place("http://files.example.com/x")], 1, true),
        (vec![place(url), status(403, None)], 2, false),
        (vec![place(url), status(500, None)], 4, true),
        (vec![place(url), taken(), status(500, None)], 3, true),
    ];
    for (number, (answers, count, unclear)) in cases.into_iter().enumerate() {
        let (uploaded, calls) = upload(answers);
        let error = uploaded.expect_err("fails");
        assert_eq!((calls.len(), error.may_have_happened()), (count, unclear), "{number}: {error}");
        assert!(!format!("{error} {error:?}").contains("upload/v1"), "{error:?}");
    }
}

#[test]
fn errors_and_debug_output_keep_the_token() {
    let (api, _) = api(vec![says(&json!({"ok": false, "error": "x\u{1b}[31m".repeat(100)}))]);
    let error = now(api.ask(&AuthTest)).expect_err("refused");
    let said = format!("{error} {error:?}");
    assert!(!said.contains("xoxb") && !said.contains('\u{1b}') && said.len() < 1000, "{said}");
}

proptest! {
    #[test]
    fn any_answer_is_read_or_an_error(status in 100_u16..600, body in proptest::collection::vec(any::<u8>(), 0..200)) {
        let (api, _) = api(vec![Ok(CallReply { status, retry_after: None, body })]);
        let _ = now(api.ask(&UsersInfo { user: "U1" }));
        let _ = now(api.ask(&UsersList { cursor: None, team: None }));
    }
}
