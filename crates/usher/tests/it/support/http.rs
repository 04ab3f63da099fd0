//! Requests over one connection that is kept open. Nothing is sent twice: whether an answer came is what some tests ask.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::Value;

/// A client of one server.
#[derive(Debug)]
pub(crate) struct Http {
    address: String,
    headers: String,
    stream: Option<BufReader<TcpStream>>,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) text: String,
}

impl Http {
    /// A client of the server at `http://HOST:PORT`.
    pub(crate) fn new(base: &str) -> Self {
        let address = base.strip_prefix("http://").expect("an http URL");
        Self {
            address: address.split('/').next().unwrap_or_default().to_owned(),
            headers: String::new(),
            stream: None,
        }
    }

    /// Another one with the same headers, on a connection of its own.
    pub(crate) fn again(&self) -> Self {
        Self {
            address: self.address.clone(),
            headers: self.headers.clone(),
            stream: None,
        }
    }

    /// With a bearer token in every request.
    pub(crate) fn bearer(self, token: &str) -> Self {
        self.header("Authorization", &format!("Bearer {token}"))
    }

    /// With one more header in every request.
    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.extend([name, ": ", value, "\r\n"]);
        self
    }

    /// Opens the connection before it is needed.
    pub(crate) fn connect(&mut self) -> io::Result<()> {
        let stream = TcpStream::connect(&self.address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_mins(1)))?;
        self.stream = Some(BufReader::new(stream));
        Ok(())
    }

    pub(crate) fn get(&mut self, path: &str) -> Response {
        self.try_send("GET", path, "", "").expect("an answer")
    }

    pub(crate) fn post(&mut self, path: &str, body: &Value) -> Response {
        self.try_json("POST", path, body).expect("an answer")
    }

    pub(crate) fn post_form(&mut self, path: &str, form: &str) -> Response {
        self.try_send("POST", path, "application/x-www-form-urlencoded", form)
            .expect("an answer")
    }

    pub(crate) fn try_json(&mut self, method: &str, path: &str, body: &Value) -> io::Result<Response> {
        self.try_send(method, path, "application/json", &body.to_string())
    }

    /// One request. An error means that no whole answer came.
    pub(crate) fn try_send(&mut self, method: &str, path: &str, kind: &str, body: &str) -> io::Result<Response> {
        let done = self.exchange(method, path, kind, body);
        let closes = |response: &Response| response.header("connection").eq_ignore_ascii_case("close");
        if done.as_ref().map_or(true, closes) {
            self.stream = None;
        }
        done
    }

    fn exchange(&mut self, method: &str, path: &str, kind: &str, body: &str) -> io::Result<Response> {
        if self.stream.is_none() {
            self.connect()?;
        }
        let Some(stream) = self.stream.as_mut() else {
            return Err(io::ErrorKind::NotConnected.into());
        };
        let (address, headers, length) = (&self.address, &self.headers, body.len());
        let about_body = match kind {
            "" => String::new(),
            _ => format!("Content-Type: {kind}\r\nContent-Length: {length}\r\n"),
        };
        let request = format!("{method} {path} HTTP/1.1\r\nHost: {address}\r\n{headers}{about_body}\r\n{body}");
        stream.get_mut().write_all(request.as_bytes())?;
        let status = read_line(stream)?;
        let status = status.split(' ').nth(1).and_then(|word| word.parse().ok());
        let status = status.ok_or(io::ErrorKind::InvalidData)?;
        let mut headers = Vec::new();
        loop {
            let line = read_line(stream)?;
            if line.is_empty() {
                break;
            }
            let (name, value) = line.split_once(':').ok_or(io::ErrorKind::InvalidData)?;
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        let mut response = Response {
            status,
            headers,
            text: String::new(),
        };
        let body = if response.header("transfer-encoding").eq_ignore_ascii_case("chunked") {
            read_chunks(stream)?
        } else {
            let length = response.header("content-length").parse().unwrap_or(0);
            read_exactly(stream, length)?
        };
        response.text = String::from_utf8(body).map_err(|_| io::ErrorKind::InvalidData)?;
        Ok(response)
    }
}

impl Response {
    /// A header's text; empty when it is not there.
    pub(crate) fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str()).unwrap_or_default()
    }

    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text);
        self
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("no JSON ({error}): {}", self.text))
    }
}

fn read_line(stream: &mut BufReader<TcpStream>) -> io::Result<String> {
    let mut line = String::new();
    if stream.read_line(&mut line)? == 0 || !line.ends_with('\n') {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(line.trim_end().to_owned())
}

fn read_exactly(stream: &mut BufReader<TcpStream>, length: usize) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; length];
    stream.read_exact(&mut bytes)?;
    Ok(bytes)
}

fn read_chunks(stream: &mut BufReader<TcpStream>) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    loop {
        let size = read_line(stream)?;
        let size = usize::from_str_radix(size.split(';').next().unwrap_or_default(), 16);
        let size = size.map_err(|_| io::ErrorKind::InvalidData)?;
        bytes.extend(read_exactly(stream, size)?);
        read_line(stream)?;
        if size == 0 {
            return Ok(bytes);
        }
    }
}
