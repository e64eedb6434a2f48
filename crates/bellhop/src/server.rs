//! Serves connections: a bounded number, each with a time to say what it wants, all drained at the end.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

/// How long a client may take to send a request's head.
const HEAD_PATIENCE: Duration = Duration::from_secs(10);
/// How long answers that are under way may take at the end.
const LAST_ANSWERS: Duration = Duration::from_secs(3);
/// A fault of the listener (too many open files) passes; trying again at once would only burn the processor.
const AFTER_FAULT: Duration = Duration::from_millis(100);

/// What the accepting loop reacts to.
enum Event {
    Connection(TcpStream),
    Fault(std::io::Error),
    Stop,
}

/// Serves `router` until `stop` turns true; then takes nothing new and waits for what is under way.
pub(crate) async fn serve(
    listener: TcpListener,
    router: Router,
    max_connections: usize,
    mut stop: watch::Receiver<bool>,
) {
    let places = Arc::new(Semaphore::new(max_connections));
    let mut connections = JoinSet::new();
    loop {
        // A place first: what finds none waits in the kernel's queue.
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { break };
        let event = tokio::select! {
            accepted = listener.accept() => accepted.map_or_else(Event::Fault, |(stream, _)| Event::Connection(stream)),
            _ = stop.wait_for(|stop| *stop) => Event::Stop,
        };
        match event {
            Event::Connection(stream) => {
                let (router, stop) = (router.clone(), stop.clone());
                connections.spawn(async move {
                    connection(stream, router, stop).await;
                    drop(place);
                });
            }
            Event::Fault(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(AFTER_FAULT).await;
            }
            Event::Stop => break,
        }
        while connections.try_join_next().is_some() {}
    }
    drop(listener);
    let all = async { while connections.join_next().await.is_some() {} };
    // Whoever is still waiting then (the console's page waits for news) is cut off.
    let _ = tokio::time::timeout(LAST_ANSWERS, all).await;
}

async fn connection(stream: TcpStream, router: Router, mut stop: watch::Receiver<bool>) {
    // An ack is one small segment: it must not wait for another.
    let _ = stream.set_nodelay(true);
    let service = TowerToHyperService::new(router);
    let serving = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_PATIENCE)
        .serve_connection(TokioIo::new(stream), service);
    let mut serving = std::pin::pin!(serving);
    let outcome: Result<(), hyper::Error> = tokio::select! {
        outcome = serving.as_mut() => outcome,
        () = stopped(&mut stop) => {
            serving.as_mut().graceful_shutdown();
            serving.await
        }
    };
    if let Err(error) = outcome {
        tracing::debug!(%error, "a connection ended early");
    }
}

async fn stopped(stop: &mut watch::Receiver<bool>) {
    // A sender that is gone means the same.
    let _: Result<_, _> = stop.wait_for(|stop| *stop).await;
}
