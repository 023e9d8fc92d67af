//! Answers that are ready before the whole of the request came in: refusals above all.
//!
//! Invariant: a connection that is kept has been read up to its next request. The rest of a small
//! body is read and thrown away; where more is to come, or it does not come soon, the answer says that
//! the connection closes.

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;
use hyper::body::{Body as Frames, Frame, SizeHint};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

/// Most that is read of a body only for the sake of its connection.
const REST_MAX: usize = 64 * 1024;
/// Longest that is waited for it.
const REST_TIME: Duration = Duration::from_secs(2);

/// A body of which another holds what is left.
#[derive(Clone)]
struct Shared(Arc<Mutex<Body>>);

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Body> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Frames for Shared {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut *self.lock()).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.lock().is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.lock().size_hint()
    }
}

/// Answers, and leaves the connection at its next request or closes it.
pub(crate) async fn settle(request: Request, next: Next) -> Response {
    if request.body().is_end_stream() {
        return next.run(request).await;
    }
    let (parts, body) = request.into_parts();
    let rest = Shared(Arc::new(Mutex::new(body)));
    let request = Request::from_parts(parts, Body::new(rest.clone()));
    let mut response = next.run(request).await;
    if !read_up(rest).await {
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

/// Reads what is left of a small body; false when there is more, or it does not come.
async fn read_up(rest: Shared) -> bool {
    if rest.is_end_stream() {
        return true;
    }
    if rest.size_hint().lower() > REST_MAX as u64 {
        return false;
    }
    let all = to_bytes(Body::new(rest), REST_MAX);
    tokio::time::timeout(REST_TIME, all).await.is_ok_and(|read| read.is_ok())
}
