//! Servers that refuse: a mail server, and PostgreSQL as far as Usher comes with it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};

/// Listens on a free port, and hands every connection to `serve`; ends with the process.
fn peer(serve: fn(TcpStream) -> std::io::Result<()>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            // The other side may leave at any time.
            std::thread::spawn(move || drop(serve(stream)));
        }
    });
    port
}

/// A mail server that takes no mail from us.
pub(super) fn mail_server() -> u16 {
    peer(|mut stream| {
        stream.write_all(b"554 5.7.1 no mail from you\r\n")?;
        let mut lines = BufReader::new(stream.try_clone()?);
        let mut line = String::new();
        while lines.read_line(&mut line)? > 0 {
            stream.write_all(b"221 bye\r\n")?;
        }
        Ok(())
    })
}

/// PostgreSQL that refuses the password.
pub(super) fn refusing_postgres() -> u16 {
    peer(|mut stream| {
        started(&mut stream)?;
        let mut error = Vec::new();
        for field in [
            "SFATAL",
            "VFATAL",
            "C28P01",
            "Mpassword authentication failed for user \"usher\"",
        ] {
            error.extend(field.as_bytes());
            error.push(0);
        }
        error.push(0);
        stream.write_all(&message(b'E', &error))
    })
}

/// PostgreSQL of version 14.
pub(super) fn old_postgres() -> u16 {
    peer(|mut stream| {
        started(&mut stream)?;
        stream.write_all(&message(b'R', &0_u32.to_be_bytes()))?;
        stream.write_all(&message(b'Z', b"I"))?;
        loop {
            let (kind, body) = read(&mut stream)?;
            let answer = match kind {
                b'Q' if body.windows(21).any(|words| words == b"transaction_read_only") => [
                    columns(&[("transaction_read_only", 25)]),
                    row(&[b"off"]),
                    message(b'C', b"SHOW\0"),
                    message(b'Z', b"I"),
                ]
                .concat(),
                b'Q' => [message(b'C', b"SET\0"), message(b'Z', b"I")].concat(),
                b'P' => message(b'1', b""),
                b'D' => [message(b't', &[0, 0]), columns(&[("number", 20), ("encoding", 25)])].concat(),
                b'B' => message(b'2', b""),
                b'E' => [
                    row(&[&140_005_i64.to_be_bytes(), b"UTF8"]),
                    message(b'C', b"SELECT 1\0"),
                ]
                .concat(),
                b'C' => message(b'3', b""),
                b'S' => message(b'Z', b"I"),
                b'X' => return Ok(()),
                _ => Vec::new(),
            };
            stream.write_all(&answer)?;
        }
    })
}

/// Reads the first message, and declines encryption.
fn started(stream: &mut TcpStream) -> std::io::Result<()> {
    loop {
        let mut length = [0; 4];
        stream.read_exact(&mut length)?;
        let mut body = vec![0; u32::from_be_bytes(length) as usize - 4];
        stream.read_exact(&mut body)?;
        if body[..4] != 80_877_103_u32.to_be_bytes() {
            return Ok(());
        }
        stream.write_all(b"N")?;
    }
}

fn read(stream: &mut TcpStream) -> std::io::Result<(u8, Vec<u8>)> {
    let (mut kind, mut length) = ([0; 1], [0; 4]);
    stream.read_exact(&mut kind)?;
    stream.read_exact(&mut length)?;
    let mut body = vec![0; u32::from_be_bytes(length) as usize - 4];
    stream.read_exact(&mut body)?;
    Ok((kind[0], body))
}

fn message(kind: u8, body: &[u8]) -> Vec<u8> {
    let mut message = vec![kind];
    message.extend((body.len() as u32 + 4).to_be_bytes());
    message.extend(body);
    message
}

/// A row's columns by name and type.
fn columns(columns: &[(&str, u32)]) -> Vec<u8> {
    let mut body = (columns.len() as u16).to_be_bytes().to_vec();
    for (name, kind) in columns {
        body.extend(name.as_bytes());
        body.extend([0; 7]);
        body.extend(kind.to_be_bytes());
        body.extend([0; 8]);
    }
    message(b'T', &body)
}

fn row(values: &[&[u8]]) -> Vec<u8> {
    let mut body = (values.len() as u16).to_be_bytes().to_vec();
    for value in values {
        body.extend((value.len() as u32).to_be_bytes());
        body.extend(*value);
    }
    message(b'D', &body)
}
