//! Connections: whoever comes to the listening socket is served until he leaves.
//!
//! Invariants: who comes and sends no request, or half the head of one, is sent away after a time;
//! when told to stop, requests under way are answered and nobody else is let in.
//! Must not know: what is served.

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use std::future::Future;
use std::pin::pin;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

/// Longest the head of a request may take to come, and a connection may stand idle.
pub const HEAD_MAX: Duration = Duration::from_secs(30);
/// How long no connection is taken when one could not be, as when too many files are open.
const PAUSE: Duration = Duration::from_millis(100);

/// Serves whoever comes until told to stop; then ends when those who are there have their answers.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    head_max: Duration,
    stopped: impl Future<Output = ()>,
) {
    let (stop, stopping) = watch::channel(());
    let mut connections = JoinSet::new();
    let mut stopped = pin!(stopped);
    loop {
        tokio::select! {
            () = &mut stopped => break,
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(attend(stream, router.clone(), head_max, stopping.clone()));
                }
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be taken");
                    tokio::time::sleep(PAUSE).await;
                }
            },
            Some(_ended) = connections.join_next() => {}
        }
    }
    drop(listener);
    drop(stop);
    while connections.join_next().await.is_some() {}
}

/// One connection, to its end. What goes wrong with it concerns nobody but who made it.
async fn attend(
    stream: TcpStream,
    router: Router,
    head_max: Duration,
    mut stopping: watch::Receiver<()>,
) {
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(head_max)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router));
    let mut connection = pin!(connection);
    tokio::select! {
        ended = connection.as_mut() => trace(ended),
        _stopped = stopping.changed() => {
            connection.as_mut().graceful_shutdown();
            trace(connection.await);
        }
    }
}

fn trace(ended: hyper::Result<()>) {
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection broke off");
    }
}
