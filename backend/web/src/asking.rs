//! Who asks, as it was found out while a request was answered.

use std::sync::{Arc, OnceLock};

use rollcall_audit::Caller;

tokio::task_local! {
    static ASKS: Arc<OnceLock<Caller>>;
}

/// Answers a request, and who asked where that was found out. Whoever wants to know further out learns it as well.
pub(crate) async fn noticed<T>(answering: impl Future<Output = T>) -> (Option<Caller>, T) {
    let asks = ASKS.try_with(Arc::clone).unwrap_or_default();
    let answer = ASKS.scope(asks.clone(), answering).await;
    (asks.get().cloned(), answer)
}

/// Notes who asks in the request that is being answered. Outside of [`noticed`] nobody wants to know.
pub(crate) fn asks(caller: Caller) {
    let _ = ASKS.try_with(|asks| asks.set(caller));
}
