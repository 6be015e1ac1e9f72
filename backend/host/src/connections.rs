//! Which connections there are, and which of them makes room for another one.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};

/// The connections of the host, of which there are so many at most.
#[derive(Debug)]
pub(crate) struct Connections {
    room: Arc<Semaphore>,
    open: Mutex<Open>,
}

#[derive(Debug, Default)]
struct Open {
    next: u64,
    connections: HashMap<u64, Arc<Connection>>,
}

/// One connection.
#[derive(Debug)]
pub(crate) struct Connection {
    pub(crate) address: IpAddr,
    state: Mutex<State>,
    makes_room: Notify,
}

/// What a connection is at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct State {
    /// How many requests are being worked on.
    requests: u32,
    /// Since when the client is waited for: to send something, or to read what was sent.
    waits_since: Option<Instant>,
}

/// A connection's place among the others, which it leaves when this is dropped.
#[derive(Debug)]
pub(crate) struct Place {
    number: u64,
    connection: Arc<Connection>,
    connections: Arc<Connections>,
    _room: OwnedSemaphorePermit,
}

impl Connections {
    pub(crate) fn new(most: usize) -> Arc<Self> {
        Arc::new(Self { room: Arc::new(Semaphore::new(most)), open: Mutex::default() })
    }

    /// A place for a connection from this address. Where there is none, a connection whose client is waited for makes room;
    /// where each has a request that is being worked on, the first that ends does.
    pub(crate) async fn enter(self: &Arc<Self>, address: IpAddr) -> Option<Place> {
        let room = match Arc::clone(&self.room).try_acquire_owned() {
            Ok(room) => room,
            Err(_) => {
                self.make_room();
                Arc::clone(&self.room).acquire_owned().await.ok()?
            }
        };
        let connection = Arc::new(Connection::from(address));
        let mut open = lock(&self.open);
        let number = open.next;
        open.next = number.wrapping_add(1);
        open.connections.insert(number, Arc::clone(&connection));
        drop(open);
        Some(Place { number, connection, connections: Arc::clone(self), _room: room })
    }

    /// Done when no connection is left.
    pub(crate) async fn all_left(&self, most: u32) {
        // It is never closed.
        drop(self.room.acquire_many(most).await);
    }

    fn make_room(&self) {
        let mut open = lock(&self.open);
        let seen = open.connections.iter().map(|(number, it)| (*number, it.address, lock(&it.state).waits()));
        if let Some(connection) = least_missed(seen.collect()).and_then(|it| open.connections.remove(&it)) {
            // Kept for a task that does not wait for it yet.
            connection.makes_room.notify_one();
        }
    }
}

/// Which of these connections is missed the least: one whose client is waited for, of the address that has the most, and of
/// those the one that is waited for longest. None where no client is waited for.
fn least_missed(open: Vec<(u64, IpAddr, Option<Instant>)>) -> Option<u64> {
    let mut of_address: HashMap<IpAddr, usize> = HashMap::new();
    for (_, address, _) in &open {
        *of_address.entry(*address).or_default() += 1;
    }
    let waiting = open.into_iter().filter_map(|(number, address, since)| Some((number, address, since?)));
    let first = waiting
        .max_by_key(|(_, address, since)| (of_address.get(address).copied(), std::cmp::Reverse(*since)));
    first.map(|(number, ..)| number)
}

impl From<IpAddr> for Connection {
    fn from(address: IpAddr) -> Self {
        let state = State { requests: 0, waits_since: Some(Instant::now()) };
        Self { address, state: Mutex::new(state), makes_room: Notify::new() }
    }
}

impl State {
    /// Since when the client is waited for, and nothing else.
    fn waits(self) -> Option<Instant> {
        self.waits_since.filter(|_| self.requests == 0)
    }
}

impl Connection {
    /// Notes that the client is waited for.
    pub(crate) fn waits(&self) {
        lock(&self.state).waits_since.get_or_insert_with(Instant::now);
    }

    /// Notes that the client has done its part.
    pub(crate) fn moves(&self) {
        lock(&self.state).waits_since = None;
    }

    /// Notes that a request is being worked on, until the answer has begun.
    pub(crate) fn works(self: &Arc<Self>) -> Work {
        let mut state = lock(&self.state);
        state.requests = state.requests.saturating_add(1);
        drop(state);
        Work(Arc::clone(self))
    }

    /// Done when it is to make room.
    pub(crate) async fn makes_room(&self) {
        self.makes_room.notified().await;
    }
}

/// A request that is being worked on.
#[derive(Debug)]
pub(crate) struct Work(Arc<Connection>);

impl Drop for Work {
    fn drop(&mut self) {
        let mut state = lock(&self.0.state);
        state.requests = state.requests.saturating_sub(1);
        // From here on it is the client's turn to read.
        state.waits_since = None;
    }
}

impl Place {
    pub(crate) const fn connection(&self) -> &Arc<Connection> {
        &self.connection
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        lock(&self.connections.open).connections.remove(&self.number);
    }
}

/// Nothing that holds one of these locks can panic, and if it did, what they hold would still be true.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::{net::Ipv4Addr, time::Duration};

    use super::*;

    const ONE: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));
    const OTHER: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 2));

    #[test]
    fn who_has_most_and_is_waited_for_longest_makes_room() {
        let now = Instant::now();
        let ago = |seconds| now.checked_sub(Duration::from_secs(seconds));
        let open = vec![(1, ONE, ago(5)), (2, OTHER, ago(900)), (3, ONE, ago(60)), (4, ONE, None)];
        assert_eq!(least_missed(open), Some(3));
        assert_eq!(least_missed(vec![(1, ONE, ago(1)), (2, OTHER, ago(2))]), Some(2));
        assert_eq!(least_missed(vec![(1, ONE, None), (2, OTHER, None)]), None);
    }

    #[tokio::test]
    async fn there_is_room_for_who_comes_as_long_as_some_client_is_waited_for() {
        let connections = Connections::new(2);
        let idle = connections.enter(ONE).await.expect("room");
        let working = connections.enter(ONE).await.expect("room");
        let _work = working.connection().works();
        let first = Arc::clone(idle.connection());
        let task = tokio::spawn(async move {
            first.makes_room().await;
            drop(idle);
        });
        connections.enter(OTHER).await.expect("room");
        task.await.expect("no panic");
        assert_eq!(lock(&connections.open).connections.len(), 1);
    }
}
