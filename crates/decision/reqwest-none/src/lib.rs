//! No HTTP client: the names that `dsntk-feel-evaluator` needs of `reqwest`, every call of which
//! is an error.
//!
//! FEEL's external functions would call a Java server on the loopback. They are refused when a
//! definition is deployed, and this crate takes the place of the real client
//! (`[patch.crates-io]`), so that a decision cannot reach a network by any way.
//!
//! Invariant: nothing is sent and nothing is opened.

#![forbid(unsafe_code)]

use std::fmt;

/// The one error there is.
#[derive(Debug)]
pub struct Error;

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("there is no HTTP client in this program")
    }
}

impl std::error::Error for Error {}

/// The blocking interface.
pub mod blocking {
    use super::Error;

    /// A client that cannot call.
    #[derive(Debug, Default)]
    pub struct Client;

    /// A request that cannot be sent.
    #[derive(Debug)]
    pub struct RequestBuilder;

    /// A response that never comes.
    #[derive(Debug)]
    pub enum Response {}

    impl Client {
        /// A client that cannot call.
        pub fn new() -> Client {
            Client
        }

        /// A request that cannot be sent.
        pub fn post(&self, _url: impl AsRef<str>) -> RequestBuilder {
            RequestBuilder
        }
    }

    impl RequestBuilder {
        /// The same request: a body changes nothing.
        pub fn json<T: ?Sized>(self, _body: &T) -> RequestBuilder {
            self
        }

        /// Errors: always.
        pub fn send(self) -> Result<Response, Error> {
            Err(Error)
        }
    }

    impl Response {
        /// Never called, for there is no response.
        pub fn json<T>(self) -> Result<T, Error> {
            match self {}
        }
    }
}
