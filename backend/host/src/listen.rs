//! HTTP over TCP with bounds, so that slow or many clients cannot take the host away from the others.

use std::{sync::Arc, time::Duration};

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokio::{
    net::{TcpListener, TcpStream},
    pin,
    sync::{Semaphore, watch},
    time::{sleep, timeout},
};

/// How many connections are served at once; more wait to be accepted.
const MAX_CONNECTIONS: u32 = 256;

/// How long a client may take to send the headers of a request, or to begin the next one.
const HEADERS: Duration = Duration::from_secs(10);

/// A connection takes no further request after this time, so that one that only trickles ends too.
const LIFETIME: Duration = Duration::from_secs(300);

/// How long requests that have begun may go on after that, and when the host stops. systemd waits 90 s.
const GRACE: Duration = Duration::from_secs(20);

/// How long to wait when no connection can be accepted, such as for want of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(200);

/// Serves until `stop`, then finishes the requests that have begun.
pub(crate) async fn serve(listener: TcpListener, router: Router, stop: impl Future<Output = ()>) {
    let connections = Arc::new(Semaphore::new(MAX_CONNECTIONS as usize));
    let (stopping, stopped) = watch::channel(());
    pin!(stop);
    loop {
        let Ok(permit) = Arc::clone(&connections).acquire_owned().await else { return };
        let stream = tokio::select! {
            stream = accept(&listener) => stream,
            () = &mut stop => break,
        };
        let (router, stopped) = (router.clone(), stopped.clone());
        tokio::spawn(async move {
            connection(stream, router, stopped).await;
            drop(permit);
        });
    }
    drop((listener, stopping));
    if timeout(GRACE, connections.acquire_many(MAX_CONNECTIONS)).await.is_err() {
        tracing::warn!("stopping although some requests have not ended");
    }
}

async fn accept(listener: &TcpListener) -> TcpStream {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => return stream,
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

async fn connection(stream: TcpStream, router: Router, mut stopped: watch::Receiver<()>) {
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADERS)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router));
    pin!(served);
    tokio::select! {
        ended = &mut served => return report(ended),
        _ = stopped.changed() => {}
        () = sleep(LIFETIME) => {}
    }
    served.as_mut().graceful_shutdown();
    if let Ok(ended) = timeout(GRACE, served).await {
        report(ended);
    }
}

/// A connection a client breaks is nobody's fault here.
fn report(ended: hyper::Result<()>) {
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection broke");
    }
}
