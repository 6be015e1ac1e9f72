//! HTTP over TCP with bounds, so that slow or many clients cannot take the host away from the others.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use axum::Router;
use http::Request;
use hyper::{
    body::Incoming,
    server::conn::http1,
    service::{Service, service_fn},
};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use rollcall_web::address::ClientAddress;
use tokio::{
    net::{TcpListener, TcpSocket, TcpStream},
    pin,
    sync::watch,
    time::{sleep, timeout},
};

use crate::{
    connections::{Connections, Place},
    no_request::Explained,
    watched::{Pace, Watched},
};

/// What every client has to keep to.
#[derive(Debug, Clone, Copy)]
struct Bounds {
    /// How many connections there are at once; for another one, one makes room whose client is waited for.
    connections: u32,
    /// How slowly a client may read.
    pace: Pace,
    /// How much of an answer is kept for a client that reads slowly, and of a request's headers, in bytes.
    buffer: usize,
    /// How long a client may take to send the headers of a request, or to begin the next one.
    headers: Duration,
    /// A connection takes no further request after this time, so that one that only trickles ends too.
    lifetime: Duration,
    /// How long requests that have begun may go on after that, and when the host stops.
    grace: Duration,
}

const BOUNDS: Bounds = Bounds {
    connections: 256,
    pace: Pace { bytes: 16 * 1024, within: Duration::from_secs(10) },
    buffer: 64 * 1024,
    headers: Duration::from_secs(10),
    lifetime: Duration::from_secs(300),
    // systemd waits 90 s.
    grace: Duration::from_secs(20),
};

/// How long to wait when no connection can be accepted, such as for want of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(200);

/// How many connections may wait until they are accepted, of the 4,096 that Linux allows. Where there are more, the first
/// packet of the next one is dropped, and its client tries again after a second. tokio alone lets 128 wait.
const WAITING: u32 = 1024;

/// Listens at an address, with room for many who come at once.
///
/// # Errors
/// An address that cannot be had.
pub(crate) fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // So that one that is started again has its port at once.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(WAITING)
}

/// Serves until `stop`, then finishes the requests that have begun.
pub(crate) async fn serve(listener: TcpListener, router: Router, stop: impl Future<Output = ()>) {
    serve_within(BOUNDS, listener, router, stop).await;
}

async fn serve_within(bounds: Bounds, listener: TcpListener, router: Router, stop: impl Future<Output = ()>) {
    let connections = Connections::new(bounds.connections as usize);
    let (stopping, stopped) = watch::channel(());
    pin!(stop);
    loop {
        // Waiting for room is given up as well, or nobody could stop a host whose connections are all taken.
        let next = async {
            let (stream, address) = accept(&listener).await;
            (stream, connections.enter(address.ip()).await)
        };
        let (stream, place) = tokio::select! {
            next = next => next,
            () = &mut stop => break,
        };
        let Some(place) = place else { break };
        tokio::spawn(connection(bounds, stream, place, router.clone(), stopped.clone()));
    }
    drop((listener, stopping));
    if timeout(bounds.grace, connections.all_left(bounds.connections)).await.is_err() {
        tracing::warn!("stopping although some requests have not ended");
    }
}

async fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    loop {
        match listener.accept().await {
            Ok(accepted) => return accepted,
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

async fn connection(
    bounds: Bounds,
    stream: TcpStream,
    place: Place,
    router: Router,
    mut stopped: watch::Receiver<()>,
) {
    let itself = place.connection();
    let routes = TowerToHyperService::new(router);
    let service = service_fn(|mut request: Request<Incoming>| {
        let work = itself.works();
        request.extensions_mut().insert(ClientAddress::direct(itself.address));
        let answer = routes.call(request);
        async move {
            let answer = answer.await;
            drop(work);
            answer
        }
    });
    let stream = Explained::new(Watched::new(stream, Arc::clone(itself), bounds.pace));
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(bounds.headers)
        .max_buf_size(bounds.buffer)
        .serve_connection(TokioIo::new(stream), service);
    pin!(served);
    tokio::select! {
        ended = &mut served => return report(ended),
        () = itself.makes_room() => return,
        _ = stopped.changed() => {}
        () = sleep(bounds.lifetime) => {}
    }
    served.as_mut().graceful_shutdown();
    if let Ok(ended) = timeout(bounds.grace, served).await {
        report(ended);
    }
}

/// Clients break connections whenever a tab is closed: an entry for who looks for one, not an error of the host. What is no
/// request is refused under an id ([`Explained`]); why, hyper says here.
fn report(ended: hyper::Result<()>) {
    match ended {
        Err(error) if error.is_parse() => tracing::info!(%error, "what a client sent is no request"),
        Err(error) => tracing::debug!(%error, "a connection broke"),
        Ok(()) => {}
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use axum::routing::get;
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
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
    async fn who_comes_in_a_crowd_waits_and_is_not_turned_away() {
        let listener = listen(([127, 0, 0, 1], 0).into()).expect("listening");
        let address = listener.local_addr().expect("an address");
        let mut crowd = Vec::new();
        // As many as the slow clients of the load test, and a visitor; nobody accepts them.
        for _ in 0..801 {
            let coming = timeout(PATIENCE, TcpStream::connect(address)).await;
            crowd.push(coming.expect("room to wait").expect("connected"));
        }
    }

    #[tokio::test]
    async fn clients_that_do_nothing_and_clients_that_read_nothing_keep_nobody_out() {
        let bounds = Bounds { connections: 8, ..BOUNDS };
        let large = get(async || vec![0; 8 * 1024 * 1024]);
        let routes = Router::new().route("/large", large).route("/", get(async || "here"));
        let (listener, _port) = listener_and_port();
        let address = listener.local_addr().expect("an address");
        let serving = tokio::spawn(serve_within(bounds, listener, routes, pending()));
        let mut slow = Vec::new();
        for number in 0..40 {
            let mut client = TcpStream::connect(address).await.expect("connected");
            if number % 2 == 0 {
                client.write_all(b"GET /large HTTP/1.1\r\nhost: a\r\n\r\n").await.expect("sent");
                // It has begun to answer, and the client reads no further.
                client.readable().await.expect("an answer");
            }
            slow.push(client);
            let asked = async {
                let mut visitor = TcpStream::connect(address).await.expect("connected");
                let ask = b"GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n";
                visitor.write_all(ask).await.expect("sent");
                let mut answer = String::new();
                visitor.read_to_string(&mut answer).await.expect("an answer");
                answer
            };
            let answer = timeout(PATIENCE, asked).await.expect("in time");
            assert!(answer.ends_with("here"), "{answer}");
        }
        serving.abort();
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
