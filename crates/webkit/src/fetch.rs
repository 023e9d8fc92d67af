//! A small HTTP/1.1 client: what installations ask of each other, one short exchange a connection.
//!
//! Invariants: an answer has at most the bytes the caller allows and comes within the time it
//! allows, or is an error; an answer cut short is an error. Addresses are of plain HTTP: where
//! the way is not trusted a proxy at hand speaks TLS, and what is asked this way is signed anyway.
//! Must not know: what is asked.

use kernel::{Error, Result};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
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
        self.ask("GET", below, &[], limits).await
    }

    /// `POST` of a plain text below the address. Errors: `unavailable`.
    pub async fn post(&self, below: &str, body: &[u8], limits: Limits) -> Result<Reply> {
        self.ask("POST", below, body, limits).await
    }

    async fn ask(&self, method: &str, below: &str, body: &[u8], limits: Limits) -> Result<Reply> {
        let exchange = self.exchange(method, below, body, limits.body);
        match tokio::time::timeout(limits.time, exchange).await {
            Ok(reply) => reply,
            Err(_) => Err(self.away("no answer in time")),
        }
    }

    async fn exchange(&self, method: &str, below: &str, body: &[u8], max: usize) -> Result<Reply> {
        let bare = self.host.trim_start_matches('[').trim_end_matches(']');
        let opened = TcpStream::connect((bare, self.port)).await;
        let mut stream = opened.map_err(|error| self.away(error))?;
        let mut request = format!(
            "{method} {}/{below} HTTP/1.1\r\nHost: {}:{}\r\nConnection: close\r\nAccept: */*\r\n\
             Content-Type: text/plain; charset=utf-8\r\nContent-Length: {}\r\n\r\n",
            self.path,
            self.host,
            self.port,
            body.len()
        )
        .into_bytes();
        request.extend_from_slice(body);
        stream.write_all(&request).await.map_err(|error| self.away(error))?;
        let mut bytes = Vec::new();
        // Twice the body and a head leave room for the sizes of chunks.
        let most = (max * 2 + HEAD_MAX) as u64;
        stream.take(most).read_to_end(&mut bytes).await.map_err(|error| self.away(error))?;
        read(&bytes, max).ok_or_else(|| self.away("an answer cut short, too large or malformed"))
    }

    fn away(&self, why: impl std::fmt::Display) -> Error {
        Error::unavailable(format!("http://{}:{}{}: {why}", self.host, self.port, self.path))
    }
}

/// Reads a whole answer; none when it is cut short, larger than allowed or not HTTP.
fn read(bytes: &[u8], max: usize) -> Option<Reply> {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
    let (head, rest) = (bytes.get(..end)?, bytes.get(end + 4..)?);
    if head.len() > HEAD_MAX {
        return None;
    }
    let head = std::str::from_utf8(head).ok()?;
    let mut lines = head.split("\r\n");
    let mut status = lines.next()?.strip_prefix("HTTP/1.")?.splitn(3, ' ');
    let status = status.nth(1).filter(|code| code.len() == 3)?.parse().ok()?;
    let (mut length, mut chunked) = (None, false);
    for line in lines {
        let (name, value) = line.split_once(':')?;
        let value = value.trim();
        if name.eq_ignore_ascii_case("content-length") {
            length = Some(value.parse::<usize>().ok()?);
        } else if name.eq_ignore_ascii_case("transfer-encoding") {
            chunked = value.eq_ignore_ascii_case("chunked").then_some(true)?;
        }
    }
    let body = match (chunked, length) {
        (true, _) => joined(rest, max)?,
        (false, Some(length)) => rest.get(..length)?.to_vec(),
        // Neither: the body ends where the connection does.
        (false, None) => rest.to_vec(),
    };
    (body.len() <= max).then_some(Reply { status, body })
}

/// The body of an answer sent in chunks.
fn joined(mut rest: &[u8], max: usize) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let end = rest.windows(2).position(|two| two == b"\r\n")?;
        let line = std::str::from_utf8(rest.get(..end)?).ok()?;
        let size = usize::from_str_radix(line.split(';').next()?.trim(), 16).ok()?;
        rest = rest.get(end + 2..)?;
        if size == 0 {
            return Some(body);
        }
        body.extend_from_slice(rest.get(..size)?);
        if body.len() > max {
            return None;
        }
        rest = rest.get(size..)?.strip_prefix(b"\r\n")?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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

    #[test]
    fn answers_are_read_whole_or_not_at_all() {
        let ok = |body: &[u8]| Some(Reply { status: 200, body: body.to_vec() });
        let plain = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc";
        assert_eq!(read(plain, 3), ok(b"abc"));
        assert_eq!(read(plain, 2), None);
        assert_eq!(read(&plain[..plain.len() - 1], 9), None);
        let chunks =
            b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nab\r\n1;x\r\nc\r\n0\r\n\r\n";
        assert_eq!(read(chunks, 3), ok(b"abc"));
        assert_eq!(read(chunks, 2), None);
        for cut in 0..chunks.len() - 4 {
            assert_eq!(read(&chunks[..cut], 9), None, "{cut}");
        }
        assert_eq!(read(b"HTTP/1.0 409 Conflict\r\n\r\n12\n", 9).unwrap().status, 409);
        assert_eq!(
            read(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n", 9),
            None
        );
        assert_eq!(read(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nabc", 9), None);
        assert_eq!(
            read(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n", 9),
            None
        );
    }
}
