//! Any answer of the Web API is read, refused or doubted, and each request is sent a bounded number of times.
//! Input: one byte for the status, the body.
#![no_main]

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use libfuzzer_sys::fuzz_target;
use slack::web::{
    AuthTest, Call, CallBody, CallReply, ConversationsInfo, ConversationsMembers, FilesGetUploadUrl, Request,
    UploadUrl, UsergroupsList, UsergroupsUsersList, UsersInfo, UsersList, WebApi,
};
use slack::{BoxFuture, Clock, PostError, Secret};

struct Staged {
    reply: CallReply,
    calls: AtomicU64,
    millis: AtomicU64,
}

impl Call for Staged {
    fn post<'a>(
        &'a self,
        _: &'static str,
        _: CallBody,
        _: &'a Secret,
    ) -> BoxFuture<'a, Result<CallReply, PostError>> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        Box::pin(async { Ok(self.reply.clone()) })
    }

    fn put<'a>(&'a self, _: &'a UploadUrl, _: Vec<u8>) -> BoxFuture<'a, Result<CallReply, PostError>> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        Box::pin(async { Ok(self.reply.clone()) })
    }
}

impl Clock for Staged {
    fn now(&self) -> u64 {
        self.now_millis() / 1000
    }

    fn now_millis(&self) -> u64 {
        self.millis.load(Ordering::Relaxed)
    }

    fn sleep(&self, time: Duration) -> BoxFuture<'_, ()> {
        self.millis.fetch_add(time.as_millis() as u64, Ordering::Relaxed);
        Box::pin(async {})
    }
}

fn ask<R: Request>(api: &WebApi, staged: &Staged, request: R) {
    let before = staged.calls.load(Ordering::Relaxed);
    let polled = pin!(api.ask(&request)).poll(&mut Context::from_waker(Waker::noop()));
    let Poll::Ready(outcome) = polled else { panic!("nothing here waits") };
    assert!(staged.calls.load(Ordering::Relaxed) - before <= 6);
    if let Err(error) = outcome {
        assert!(error.to_string().len() < 4096);
    }
}

fuzz_target!(|data: &[u8]| {
    let Some((kind, body)) = data.split_first() else { return };
    let status = [200, 200, 200, 201, 302, 400, 404, 429, 500, 503][usize::from(*kind % 10)];
    let reply = CallReply { status, retry_after: None, body: body.to_vec() };
    let staged = Arc::new(Staged { reply, calls: AtomicU64::new(0), millis: AtomicU64::new(1_700_000_000_000) });
    let api = WebApi::new(staged.clone(), staged.clone(), Secret::new("token"));
    ask(&api, &staged, AuthTest);
    ask(&api, &staged, UsersInfo { user: "U1" });
    ask(&api, &staged, UsersList { cursor: None, team: None });
    ask(&api, &staged, UsergroupsList { team: None });
    ask(&api, &staged, UsergroupsUsersList { usergroup: "S1", team: None });
    ask(&api, &staged, ConversationsInfo { channel: "C1" });
    ask(&api, &staged, FilesGetUploadUrl { filename: "a", length: 1 });
    ask(&api, &staged, ConversationsMembers { channel: "C1", cursor: None });
});
