//! A client's stream, of which it is seen whether the client keeps up.

use std::{
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Sleep, sleep},
};

use crate::connections::Connection;

/// How slowly a client may read an answer: so many bytes within such a time, as the slowest mobile networks do.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pace {
    pub(crate) bytes: usize,
    pub(crate) within: Duration,
}

/// A stream that breaks when its client reads too slowly.
#[derive(Debug)]
pub(crate) struct Watched<S> {
    stream: S,
    connection: Arc<Connection>,
    pace: Pace,
    /// Runs out when the client has not read enough since it began to lag.
    patience: Option<Pin<Box<Sleep>>>,
    read_since: usize,
}

impl<S> Watched<S> {
    pub(crate) const fn new(stream: S, connection: Arc<Connection>, pace: Pace) -> Self {
        Self { stream, connection, pace, patience: None, read_since: 0 }
    }

    fn has_read(&mut self, bytes: usize) {
        self.read_since = self.read_since.saturating_add(bytes);
        if self.read_since >= self.pace.bytes {
            self.keeps_up();
        }
    }

    fn keeps_up(&mut self) {
        self.patience = None;
        self.read_since = 0;
        self.connection.moves();
    }

    /// Waits for the client to read, as long as there is patience.
    fn lags<T>(&mut self, context: &mut Context<'_>) -> Poll<io::Result<T>> {
        self.connection.waits();
        let within = self.pace.within;
        let patience = self.patience.get_or_insert_with(|| Box::pin(sleep(within)));
        ready!(patience.as_mut().poll(context));
        Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, "the client reads too slowly")))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        if read.is_ready() {
            self.connection.moves();
        } else {
            self.connection.waits();
        }
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match Pin::new(&mut self.stream).poll_write(context, bytes) {
            Poll::Ready(written) => {
                self.has_read(*written.as_ref().unwrap_or(&0));
                Poll::Ready(written)
            }
            Poll::Pending => self.lags(context),
        }
    }

    /// Called when all there is has been handed on.
    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(context);
        if flushed.is_ready() {
            self.patience = None;
            self.read_since = 0;
        }
        flushed
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match Pin::new(&mut self.stream).poll_write_vectored(context, slices) {
            Poll::Ready(written) => {
                self.has_read(*written.as_ref().unwrap_or(&0));
                Poll::Ready(written)
            }
            Poll::Pending => self.lags(context),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};

    use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};

    use super::*;

    fn watched(pace: Pace) -> (Watched<DuplexStream>, DuplexStream) {
        let (here, there) = duplex(100);
        let connection = Arc::new(Connection::from(IpAddr::V4(Ipv4Addr::LOCALHOST)));
        (Watched::new(here, connection, pace), there)
    }

    #[tokio::test]
    async fn a_client_that_reads_a_byte_now_and_then_is_given_up() {
        // However much it reads in that time, it is too little.
        let pace = Pace { bytes: usize::MAX, within: Duration::from_millis(20) };
        let (mut stream, mut client) = watched(pace);
        let reading = tokio::spawn(async move { while let Ok(1) = client.read(&mut [0]).await {} });
        let everything = vec![0; 256 * 1024 * 1024];
        let error = stream.write_all(&everything).await.expect_err("given up");
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        drop(stream);
        reading.await.expect("no panic");
    }

    #[tokio::test]
    async fn a_client_that_keeps_up_is_served_to_the_end() {
        let pace = Pace { bytes: 100, within: Duration::from_secs(30) };
        let (mut stream, mut client) = watched(pace);
        let reading = tokio::spawn(async move {
            let mut read = Vec::new();
            client.read_to_end(&mut read).await.map(|_| read.len())
        });
        stream.write_all(&[0; 50_000]).await.expect("served");
        drop(stream);
        assert_eq!(reading.await.expect("no panic").expect("read"), 50_000);
    }
}
