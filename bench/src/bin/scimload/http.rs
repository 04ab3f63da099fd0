//! A small HTTP/1.1 client: one connection that is kept open. Written by hand so that the generator costs less CPU than what it
//! measures.

use std::io::{Error, ErrorKind, Result};
use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

pub(crate) struct Connection {
    address: SocketAddr,
    stream: Option<TcpStream>,
    buffer: Vec<u8>,
    /// The body of the last answer.
    pub(crate) body: Vec<u8>,
    /// The header Location of the last answer; empty if there was none.
    pub(crate) location: String,
    timeout: Duration,
}

struct Head {
    status: u16,
    length: usize,
    body: Option<usize>,
    chunked: bool,
    close: bool,
}

fn bad(why: &str) -> Error {
    Error::new(ErrorKind::InvalidData, why.to_owned())
}

impl Connection {
    pub(crate) fn new(address: SocketAddr, timeout: Duration) -> Self {
        Self {
            address,
            stream: None,
            buffer: Vec::with_capacity(64 * 1024),
            body: Vec::new(),
            location: String::new(),
            timeout,
        }
    }

    /// Sends one request and reads its answer; the body is in `self.body`.
    pub(crate) async fn send(&mut self, request: &[u8]) -> Result<u16> {
        let done = tokio::time::timeout(self.timeout, self.exchange(request)).await;
        let done = done.unwrap_or_else(|_| Err(ErrorKind::TimedOut.into()));
        if done.is_err() {
            self.stream = None;
        }
        done
    }

    async fn exchange(&mut self, request: &[u8]) -> Result<u16> {
        self.buffer.clear();
        self.body.clear();
        self.location.clear();
        let mut stream = match self.stream.take() {
            Some(stream) => stream,
            None => {
                let stream = TcpStream::connect(self.address).await?;
                stream.set_nodelay(true)?;
                stream
            }
        };
        stream.write_all(request).await?;
        let head = loop {
            if stream.read_buf(&mut self.buffer).await? == 0 {
                return Err(ErrorKind::UnexpectedEof.into());
            }
            if let Some(head) = parse(&self.buffer, &mut self.location)? {
                break head;
            }
        };
        if head.chunked {
            self.read_chunks(&mut stream, head.length).await?;
        } else {
            let length = head.body.unwrap_or(0);
            self.body.extend_from_slice(&self.buffer[head.length..]);
            while self.body.len() < length {
                if stream.read_buf(&mut self.body).await? == 0 {
                    return Err(bad("closed inside the body"));
                }
            }
        }
        if !head.close {
            self.stream = Some(stream);
        }
        Ok(head.status)
    }

    async fn read_chunks(&mut self, stream: &mut TcpStream, mut at: usize) -> Result<()> {
        loop {
            let line = loop {
                if let Some(end) = self.buffer[at..].windows(2).position(|pair| pair == b"\r\n") {
                    break end;
                }
                if stream.read_buf(&mut self.buffer).await? == 0 {
                    return Err(bad("closed inside a chunk's size"));
                }
            };
            let size = std::str::from_utf8(&self.buffer[at..at + line]).map_err(|_| bad("a chunk's size"))?;
            let size = size.split(';').next().unwrap_or_default().trim();
            let size = usize::from_str_radix(size, 16).map_err(|_| bad("a chunk's size"))?;
            let start = at + line + 2;
            while self.buffer.len() < start + size + 2 {
                if stream.read_buf(&mut self.buffer).await? == 0 {
                    return Err(bad("closed inside a chunk"));
                }
            }
            self.body.extend_from_slice(&self.buffer[start..start + size]);
            if size == 0 {
                return Ok(());
            }
            at = start + size + 2;
        }
    }
}

/// The head of an answer, once it is whole.
fn parse(bytes: &[u8], location: &mut String) -> Result<Option<Head>> {
    let mut headers = [httparse::EMPTY_HEADER; 64];
    let mut answer = httparse::Response::new(&mut headers);
    let parsed = answer.parse(bytes).map_err(|_| bad("no HTTP answer"))?;
    let httparse::Status::Complete(length) = parsed else {
        return Ok(None);
    };
    let mut head = Head {
        status: answer.code.unwrap_or(0),
        length,
        body: None,
        chunked: false,
        close: answer.version == Some(0),
    };
    for header in answer.headers.iter() {
        let value = std::str::from_utf8(header.value).unwrap_or_default().trim();
        if header.name.eq_ignore_ascii_case("content-length") {
            head.body = value.parse().ok();
        } else if header.name.eq_ignore_ascii_case("transfer-encoding") {
            head.chunked = value.eq_ignore_ascii_case("chunked");
        } else if header.name.eq_ignore_ascii_case("connection") {
            head.close = value.eq_ignore_ascii_case("close");
        } else if header.name.eq_ignore_ascii_case("location") {
            value.clone_into(location);
        }
    }
    Ok(Some(head))
}
