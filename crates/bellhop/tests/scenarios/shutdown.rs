//! A polite end: what was acknowledged is answered first.

use std::time::Duration;

use testkit::{Aws, Proxy};

use crate::support::Stage;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn running_work_is_finished_before_the_end() {
    let moto = Aws::start().await.expect("a local AWS");
    let aws = Proxy::before(moto.url(), Duration::from_millis(200)).await.expect("a proxy");
    let mut stage = Stage::before(aws.url()).await;
    let (slash, name) = stage.slash("sts get-caller-identity");
    assert_eq!(slash.post(&stage.bellhop.url()).await.expect("an ack").status, 200);
    tokio::time::sleep(Duration::from_millis(100)).await;
    let server = stage.bellhop.server().expect("a running server");
    server.signal("TERM").expect("a signal");
    // Waiting blocks; the fakes run on other threads of this runtime only if it is not this one that waits.
    let code = tokio::task::block_in_place(|| server.wait()).expect("its end");
    assert_eq!(code, Some(0), "{}", stage.bellhop.log());
    let replies = stage.slack.posts_to(&name);
    assert!(replies.iter().any(|post| post.text().contains(&stage.account)), "{replies:?}");
}
