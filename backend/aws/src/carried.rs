//! What is carried by a span of the log: whoever works within it finds it, also in a task of its own that was spawned there.

use tracing::{Dispatch, Span, span::Id};
use tracing_subscriber::{
    Registry,
    registry::{LookupSpan, SpanRef},
};

/// Has the span carry this from now on. Where nothing is logged there are no spans, and nothing is carried.
pub(crate) fn carry<T: Send + Sync + 'static>(span: &Span, carried: T) {
    span.with_subscriber(|(id, dispatch)| {
        if let Some(span) = registered(id, dispatch) {
            span.extensions_mut().replace(carried);
        }
    });
}

/// What the innermost span carries of this kind, of those that this is called in.
pub(crate) fn carried<T: Clone + Send + Sync + 'static>() -> Option<T> {
    let found = Span::current().with_subscriber(|(id, dispatch)| {
        registered(id, dispatch)?.scope().find_map(|span| span.extensions().get::<T>().cloned())
    });
    found.flatten()
}

fn registered<'a>(id: &Id, dispatch: &'a Dispatch) -> Option<SpanRef<'a, Registry>> {
    dispatch.downcast_ref::<Registry>()?.span(id)
}
