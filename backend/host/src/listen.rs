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

/// What every client has to keep to.
#[derive(Debug, Clone, Copy)]
struct Bounds {
    /// How many connections are served at once; more wait to be accepted.
    connections: u32,
    /// How long a client may take to send the headers of a request, or to begin the next one.
    headers: Duration,
    /// A connection takes no further request after this time, so that one that only trickles ends too.
    lifetime: Duration,
    /// How long requests that have begun may go on after that, and when the host stops.
    grace: Duration,
}

const BOUNDS: Bounds = Bounds {
    connections: 256,
    headers: Duration::from_secs(10),
    lifetime: Duration::from_secs(300),
    // systemd waits 90 s.
    grace: Duration::from_secs(20),
};

/// How long to wait when no connection can be accepted, such as for want of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(200);

/// Serves until `stop`, then finishes the requests that have begun.
pub(crate) async fn serve(listener: TcpListener, router: Router, stop: impl Future<Output = ()>) {
    serve_within(BOUNDS, listener, router, stop).await;
}

async fn serve_within(bounds: Bounds, listener: TcpListener, router: Router, stop: impl Future<Output = ()>) {
    let connections = Arc::new(Semaphore::new(bounds.connections as usize));
    let (stopping, stopped) = watch::channel(());
    pin!(stop);
    loop {
        // Waiting for room is given up as well, or nobody could stop a host whose connections are all taken.
        let next = async { (Arc::clone(&connections).acquire_owned().await, accept(&listener).await) };
        let (room, stream) = tokio::select! {
            next = next => next,
            () = &mut stop => break,
        };
        let (router, stopped) = (router.clone(), stopped.clone());
        tokio::spawn(async move {
            connection(bounds, stream, router, stopped).await;
            drop(room);
        });
    }
    drop((listener, stopping));
    if timeout(bounds.grace, connections.acquire_many(bounds.connections)).await.is_err() {
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

async fn connection(bounds: Bounds, stream: TcpStream, router: Router, mut stopped: watch::Receiver<()>) {
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(bounds.headers)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router));
    pin!(served);
    tokio::select! {
        ended = &mut served => return report(ended),
        _ = stopped.changed() => {}
        () = sleep(bounds.lifetime) => {}
    }
    served.as_mut().graceful_shutdown();
    if let Ok(ended) = timeout(bounds.grace, served).await {
        report(ended);
    }
}

/// Clients break connections whenever a tab is closed: an entry for who looks for one, not an error of the host.
fn report(ended: hyper::Result<()>) {
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection broke");
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use axum::routing::get;
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpSocket,
        sync::{mpsc, oneshot},
    };

    use super::*;

    /// The longest anything here takes on a busy machine.
    const PATIENCE: Duration = Duration::from_secs(30);

    /// A listener, and what keeps its port from everyone else when it has gone.
    fn listener_and_port() -> (TcpListener, TcpSocket) {
        let socket = |port| {
            let socket = TcpSocket::new_v4().expect("a socket");
            socket.set_reuseport(true).expect("shared with the other");
            socket.bind(([127, 0, 0, 1], port).into()).expect("a free port");
            socket
        };
        let port = socket(0);
        let listener = socket(port.local_addr().expect("an address").port());
        (listener.listen(16).expect("listening"), port)
    }

    #[tokio::test]
    async fn told_to_stop_it_stops_though_every_connection_is_taken() {
        let bounds = Bounds { connections: 2, grace: Duration::from_millis(50), ..BOUNDS };
        let (begun, mut begins) = mpsc::unbounded_channel();
        let never = get(async move || {
            begun.send(()).expect("a test that listens");
            pending::<()>().await;
        });
        let (listener, _port) = listener_and_port();
        let address = listener.local_addr().expect("an address");
        let (stop, stopped) = oneshot::channel::<()>();
        let serving = serve_within(bounds, listener, Router::new().route("/", never), async {
            stopped.await.expect("told");
        });
        let serving = tokio::spawn(serving);
        let mut clients = Vec::new();
        for _ in 0..bounds.connections {
            let mut client = TcpStream::connect(address).await.expect("connected");
            client.write_all(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n").await.expect("sent");
            begins.recv().await.expect("begun");
            clients.push(client);
        }
        stop.send(()).expect("running");
        timeout(PATIENCE, serving).await.expect("in time").expect("no panic");
        assert!(TcpStream::connect(address).await.is_err(), "nobody listens any more");
        for mut client in clients {
            let read = timeout(PATIENCE, client.read(&mut [0])).await.expect("in time");
            assert_eq!(read.unwrap_or_default(), 0, "no answer, and no open connection");
        }
    }
}
