//! Answers to what is no HTTP request, or whose head is too large. The HTTP library refuses these before anything of ours has
//! seen them, with an empty body; here they get one, so that no refusal is without words.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Every answer of ours has it, none of the library's own.
const OURS: &[u8] = b"x-request-id";

/// A connection on which the library's own refusals are given a body.
pub(super) struct Worded<S> {
    stream: S,
    /// What is to be sent in the place of such a refusal, and how much of it has been.
    instead: Vec<u8>,
    sent: usize,
}

impl<S> Worded<S> {
    pub(super) fn new(stream: S) -> Self {
        Self {
            stream,
            instead: Vec::new(),
            sent: 0,
        }
    }
}

impl<S: AsyncWrite + Unpin> Worded<S> {
    fn send_instead(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        while self.sent < self.instead.len() {
            let sent = ready!(Pin::new(&mut self.stream).poll_write(context, &self.instead[self.sent..]))?;
            if sent == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.sent += sent;
        }
        self.instead.clear();
        self.sent = 0;
        Poll::Ready(Ok(()))
    }
}

/// What is said in the place of a refusal of the library's own; none where the bytes are no such.
fn worded(head: &[u8]) -> Option<Vec<u8>> {
    let status: u16 = head
        .strip_prefix(b"HTTP/1.1 ")
        .and_then(|rest| std::str::from_utf8(rest.get(..3)?).ok())
        .and_then(|status| status.parse().ok())?;
    let (name, detail) = match status {
        400 => (
            "Bad Request",
            "this is no HTTP request: spaces and other characters than ASCII in its address have to be percent-encoded",
        ),
        414 => ("URI Too Long", "the address of the request is longer than 65534 bytes"),
        431 => (
            "Request Header Fields Too Large",
            "the head of the request is too large",
        ),
        _ => return None,
    };
    let is_ours = head.windows(OURS.len()).any(|window| window.eq_ignore_ascii_case(OURS));
    if is_ours || !head.ends_with(b"\r\n\r\n") {
        return None;
    }
    let body = serde_json::json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"],
        "status": status.to_string(),
        "detail": detail,
    });
    let body = body.to_string();
    Some(
        format!(
            "HTTP/1.1 {status} {name}\r\ncontent-type: application/scim+json;charset=utf-8\r\ncontent-length: {}\r\n\
             cache-control: no-store\r\nconnection: close\r\n\r\n{body}",
            body.len()
        )
        .into_bytes(),
    )
}

impl<S: AsyncRead + Unpin> AsyncRead for Worded<S> {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, into)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Worded<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        ready!(self.send_instead(context))?;
        if let Some(instead) = worded(bytes) {
            self.instead = instead;
            return Poll::Ready(Ok(bytes.len()));
        }
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        ready!(self.send_instead(context))?;
        if let [head] = parts
            && let Some(instead) = worded(head)
        {
            self.instead = instead;
            return Poll::Ready(Ok(head.len()));
        }
        Pin::new(&mut self.stream).poll_write_vectored(context, parts)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.send_instead(context))?;
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.send_instead(context))?;
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use super::worded;

    #[test]
    fn only_refusals_of_the_library_are_reworded() {
        let said = worded(b"HTTP/1.1 414 URI Too Long\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
        let said = String::from_utf8(said.expect("it is reworded")).expect("text");
        let (head, body) = said.split_once("\r\n\r\n").expect("a head and a body");
        assert!(head.contains(&format!("content-length: {}", body.len())));
        assert!(body.contains("\"status\":\"414\""));
        for other in [
            "HTTP/1.1 400 Bad Request\r\nx-request-id: 1\r\ncontent-length: 0\r\n\r\n",
            "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n",
            "HTTP/1.1 400 Bad Request\r\ncontent-length: 2\r\n\r\n{}",
            "a body that says HTTP/1.1 400",
        ] {
            assert_eq!(worded(other.as_bytes()), None, "{other}");
        }
    }
}
