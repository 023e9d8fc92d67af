//! Killing what runs: a future dropped after so many waits, as a process dies.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

/// A future that is dropped at its n-th wait.
pub struct Killed<F> {
    inner: Option<Pin<Box<F>>>,
    left: u64,
}

/// Runs a future until it has waited `waits` times, then drops it; `None` when it was dropped.
pub fn kill_after<F: Future>(waits: u64, inner: F) -> Killed<F> {
    Killed { inner: Some(Box::pin(inner)), left: waits }
}

impl<F: Future> Future for Killed<F> {
    type Output = Option<F::Output>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let Some(inner) = self.inner.as_mut() else { return Poll::Ready(None) };
        if let Poll::Ready(done) = inner.as_mut().poll(context) {
            self.inner = None;
            return Poll::Ready(Some(done));
        }
        if self.left == 0 {
            self.inner = None;
            return Poll::Ready(None);
        }
        self.left -= 1;
        Poll::Pending
    }
}
