//! Errors on their way out: a handler returns a [`Fault`], the guard turns it into a page or an
//! RFC 9457 problem in the caller's language.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use kernel::{Error, Kind};

/// A platform error leaving a handler.
#[derive(Clone, Debug)]
pub struct Fault(pub Error);

impl From<Error> for Fault {
    fn from(error: Error) -> Fault {
        Fault(error)
    }
}

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        let mut response = status(self.0.kind).into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// Seconds after which to try again (RFC 9110 §10.2.3), where the error tells: the minutes an account
/// is locked, and a moment while the database is away.
pub fn retry_after_s(error: &Error) -> Option<u64> {
    match error.kind {
        Kind::Limited => {
            let minutes = error.args.iter().find(|(name, _)| *name == "minutes");
            minutes.and_then(|(_, minutes)| minutes.parse::<u64>().ok()).map(|minutes| minutes * 60)
        }
        Kind::Unavailable if error.code == "unavailable" => Some(5),
        _ => None,
    }
}

/// The HTTP status of a kind of error.
pub fn status(kind: Kind) -> StatusCode {
    match kind {
        Kind::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
        Kind::Unauthenticated => StatusCode::UNAUTHORIZED,
        Kind::Denied => StatusCode::FORBIDDEN,
        Kind::NotFound => StatusCode::NOT_FOUND,
        Kind::Conflict => StatusCode::CONFLICT,
        Kind::Limited => StatusCode::TOO_MANY_REQUESTS,
        Kind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        Kind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

#[cfg(test)]
mod tests {
    use super::retry_after_s;
    use kernel::Error;

    #[test]
    fn who_is_told_to_wait_is_told_how_long() {
        let locked = Error::limited("sign_in.locked").arg("minutes", 15);
        assert_eq!(retry_after_s(&locked), Some(900));
        assert_eq!(retry_after_s(&Error::unavailable("database")), Some(5));
        assert_eq!(retry_after_s(&Error::limited("form.body_size")), None);
        assert_eq!(retry_after_s(&Error::invalid("form.malformed").arg("minutes", 3)), None);
    }
}
