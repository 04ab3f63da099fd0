//! `sink FILE`: a mail server that keeps of each mail that has a link one line in FILE: the recipient, a tab, and the secret of
//! that link. It listens on a free port of the loopback address and says so.

use std::io::Write as _;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

/// What stands before the secret of a link.
const BEFORE_SECRET: &str = "/invitation/";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let path = std::env::args().nth(1).context("usage: sink FILE")?;
    let file = std::fs::File::create(&path).with_context(|| format!("making {path}"))?;
    let file = Arc::new(Mutex::new(file));
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await?;
    println!("listening on smtp://{}", listener.local_addr()?);
    loop {
        let (stream, _) = listener.accept().await?;
        let file = Arc::clone(&file);
        tokio::spawn(async move {
            if let Err(error) = converse(stream, &file).await {
                eprintln!("sink: {error:#}");
            }
        });
    }
}

async fn converse(stream: TcpStream, file: &Mutex<std::fs::File>) -> Result<()> {
    stream.set_nodelay(true)?;
    let mut stream = BufReader::new(stream);
    stream.write_all(b"220 sink\r\n").await?;
    let mut line = Vec::new();
    let mut recipient = String::new();
    loop {
        line.clear();
        if stream.read_until(b'\n', &mut line).await? == 0 {
            return Ok(());
        }
        let text = String::from_utf8_lossy(&line);
        let word: String = text.chars().take(4).collect::<String>().to_ascii_uppercase();
        let answer: &[u8] = match word.as_str() {
            "EHLO" | "HELO" => b"250-sink\r\n250-8BITMIME\r\n250 SMTPUTF8\r\n",
            "RCPT" => {
                let address = text.split_once('<').and_then(|(_, rest)| rest.split_once('>'));
                address.map_or("", |(address, _)| address).clone_into(&mut recipient);
                b"250 ok\r\n"
            }
            "DATA" => {
                stream.write_all(b"354 go on\r\n").await?;
                if let Some(secret) = secret_in(&mail(&mut stream).await?) {
                    let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
                    file.write_all(format!("{recipient}\t{secret}\n").as_bytes())?;
                }
                b"250 kept\r\n"
            }
            "QUIT" => {
                stream.write_all(b"221 bye\r\n").await?;
                return Ok(());
            }
            _ => b"250 ok\r\n",
        };
        stream.write_all(answer).await?;
    }
}

/// The mail up to the line with a lone point.
async fn mail(stream: &mut BufReader<TcpStream>) -> Result<String> {
    let mut mail = Vec::with_capacity(16 * 1024);
    loop {
        let begin = mail.len();
        if stream.read_until(b'\n', &mut mail).await? == 0 || &mail[begin..] == b".\r\n" {
            return Ok(String::from_utf8_lossy(&mail).into_owned());
        }
    }
}

/// The secret of the first link, whose line may be broken as quoted-printable text is.
fn secret_in(mail: &str) -> Option<String> {
    let whole = mail.replace("=\r\n", "");
    let (_, rest) = whole.split_once(BEFORE_SECRET)?;
    let secret: String = rest
        .chars()
        .take_while(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_'))
        .collect();
    Some(secret).filter(|secret| !secret.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_found_across_broken_lines() {
        let mail = "Subject: x\r\n\r\nhttp://127.0.0.1:1/invita=\r\ntion/ab-C_=\r\n9\r\n.\r\n";
        assert_eq!(secret_in(mail).as_deref(), Some("ab-C_9"));
        assert_eq!(secret_in("no link"), None);
    }
}
