//! A small HTTP/1.1 client: what installations ask of each other, one short exchange a connection.
//!
//! Invariants: an answer has at most the bytes the caller allows and comes within the time it
//! allows, or is an error; an answer cut short is an error. Addresses are of plain HTTP: where
//! the way is not trusted a proxy at hand speaks TLS, and what is asked this way is signed anyway.
//! Must not know: what is asked.

use axum::body::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::client::conn::http1;
use hyper::header::{self, HeaderMap};
use hyper::{Method, Request};
use hyper_util::rt::TokioIo;
use kernel::{Error, Result};
use std::time::Duration;
use tokio::net::TcpStream;

/// Most bytes of status line and headers.
const HEAD_MAX: usize = 16 * 1024;

/// Where to: an address `http://host[:port][/path]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    host: String,
    port: u16,
    path: String,
}

/// What is allowed of an answer.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes of its body.
    pub body: usize,
    /// Time of the whole exchange.
    pub time: Duration,
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// Body.
    pub body: Vec<u8>,
}

impl Address {
    /// Reads an address. Errors: `fetch.address`.
    pub fn parse(text: &str) -> Result<Address> {
        let wrong = || Error::invalid("fetch.address").arg("address", text);
        let rest = text.strip_prefix("http://").ok_or_else(wrong)?;
        let (place, path) = rest.split_once('/').unwrap_or((rest, ""));
        let (host, port) = match place.rsplit_once(':') {
            Some((host, port)) => (host, port.parse().map_err(|_| wrong())?),
            None => (place, 80),
        };
        let plain = |c: char| c.is_ascii_graphic() && !"?#@".contains(c);
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        if bare.is_empty() || text.len() > 500 || !text.chars().all(plain) {
            return Err(wrong());
        }
        let path = path.trim_end_matches('/');
        let path = if path.is_empty() { String::new() } else { format!("/{path}") };
        Ok(Address { host: host.to_owned(), port, path })
    }

    /// `GET` of what lies below the address. Errors: `unavailable`.
    pub async fn get(&self, below: &str, limits: Limits) -> Result<Reply> {
        self.ask(Method::GET, below, &[], limits).await
    }

    /// `POST` of a plain text below the address. Errors: `unavailable`.
    pub async fn post(&self, below: &str, body: &[u8], limits: Limits) -> Result<Reply> {
        self.ask(Method::POST, below, body, limits).await
    }

    async fn ask(&self, method: Method, below: &str, body: &[u8], limits: Limits) -> Result<Reply> {
        let request = Request::builder()
            .method(method)
            .uri(format!("{}/{below}", self.path))
            .header(header::HOST, format!("{}:{}", self.host, self.port))
            .header(header::CONNECTION, "close")
            .header(header::CONTENT_TYPE, "text/plain; charset=utf-8")
            .body(Full::new(Bytes::copy_from_slice(body)))
            .map_err(|error| self.away(error))?;
        match tokio::time::timeout(limits.time, self.exchange(request, limits.body)).await {
            Ok(reply) => reply.map_err(|error| self.away(error)),
            Err(_) => Err(self.away("no answer in time")),
        }
    }

    async fn exchange(&self, request: Request<Full<Bytes>>, max: usize) -> Outcome<Reply> {
        let bare = self.host.trim_start_matches('[').trim_end_matches(']');
        let stream = TokioIo::new(TcpStream::connect((bare, self.port)).await?);
        let client = http1::Builder::new().max_buf_size(HEAD_MAX).handshake(stream);
        let (mut sender, connection) = client.await?;
        // It ends with the sender and the body, however the exchange does.
        tokio::spawn(connection);
        let answer = sender.send_request(request).await?;
        let status = answer.status().as_u16();
        check_encoding(answer.headers())?;
        let body = Limited::new(answer.into_body(), max).collect().await?.to_bytes().to_vec();
        Ok(Reply { status, body })
    }

    fn away(&self, why: impl std::fmt::Display) -> Error {
        Error::unavailable(format!("http://{}:{}{}: {why}", self.host, self.port, self.path))
    }
}

/// What an exchange comes to; its errors are only told.
type Outcome<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// Refuses a body sent in another form than as it is, whole or in chunks.
fn check_encoding(headers: &HeaderMap) -> Outcome<()> {
    let mut forms = headers.get_all(header::TRANSFER_ENCODING).iter();
    match forms.all(|form| form.as_bytes().eq_ignore_ascii_case(b"chunked")) {
        true => Ok(()),
        false => Err("a transfer encoding that was not asked for".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    #[test]
    fn addresses_are_of_plain_http() {
        let address = Address::parse("http://a.example:81/log/").unwrap();
        assert_eq!((address.port, address.path.as_str()), (81, "/log"));
        assert_eq!(Address::parse("http://a.example").unwrap().port, 80);
        for wrong in [
            "https://a.example",
            "http://",
            "http://:80",
            "http://a b",
            "http://a\r\n/x",
            "http://a:x",
            "http://a/?q",
        ] {
            assert_eq!(Address::parse(wrong).unwrap_err().code, "fetch.address", "{wrong}");
        }
    }

    /// What the client makes of an answer of these bytes, after which the server hangs up.
    async fn read(answer: &[u8], max: usize) -> Option<Reply> {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}/log", listener.local_addr().unwrap());
        let answer = answer.to_vec();
        let served = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut asked = Vec::new();
            while !asked.ends_with(b"\r\n\r\n") {
                asked.push(stream.read_u8().await.unwrap());
            }
            assert!(asked.starts_with(b"GET /log/size HTTP/1.1\r\n"));
            stream.write_all(&answer).await.unwrap();
        });
        let limits = Limits { body: max, time: Duration::from_secs(60) };
        let reply = Address::parse(&address).unwrap().get("size", limits).await;
        served.await.unwrap();
        reply.map_err(|error| assert_eq!(error.kind, kernel::Kind::Unavailable)).ok()
    }

    #[tokio::test]
    async fn answers_are_read_whole_or_not_at_all() {
        let ok = |body: &[u8]| Some(Reply { status: 200, body: body.to_vec() });
        let plain = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc";
        assert_eq!(read(plain, 3).await, ok(b"abc"));
        assert_eq!(read(plain, 2).await, None);
        assert_eq!(read(&plain[..plain.len() - 1], 9).await, None);
        let chunks =
            b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nab\r\n1;x\r\nc\r\n0\r\n\r\n";
        assert_eq!(read(chunks, 3).await, ok(b"abc"));
        assert_eq!(read(chunks, 2).await, None);
        for cut in 0..chunks.len() {
            assert_eq!(read(&chunks[..cut], 9).await, None, "{cut}");
        }
        assert_eq!(read(b"HTTP/1.0 409 Conflict\r\n\r\n12\n", 9).await.unwrap().status, 409);
        let long = format!("HTTP/1.1 200 OK\r\nX: {}\r\n\r\nabc", "x".repeat(HEAD_MAX));
        for wrong in [
            b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n".as_slice(),
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nabc",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n",
            long.as_bytes(),
            b"SSH-2.0-x\r\n",
        ] {
            assert_eq!(read(wrong, 9).await, None);
        }
    }

    #[tokio::test]
    async fn an_answer_that_does_not_come_in_time_is_none() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let limits = Limits { body: 9, time: Duration::from_millis(1) };
        let reply = Address::parse(&address).unwrap().get("size", limits).await;
        assert_eq!(reply.unwrap_err().kind, kernel::Kind::Unavailable);
    }
}
