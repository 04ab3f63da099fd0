//! A mail server that misbehaves at one step of the conversation, until it is told to behave.

use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// What the client has just done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Connected,
    Ehlo,
    StartTls,
    Mail,
    Rcpt,
    Data,
    Content,
}

/// What the server does then.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Does {
    /// Says nothing, and keeps the connection.
    Hangs,
    /// Closes without a word.
    Closes,
    /// Says this.
    Says(&'static str),
    /// Says this, and then what is no TLS.
    SaysAndRaves(&'static str),
    /// Begins an answer that goes on for ever, a byte at a time.
    Drips,
}

/// A running server. It ends with the test's runtime.
#[derive(Clone)]
pub(crate) struct Script {
    pub(crate) port: u16,
    behaves: Arc<AtomicBool>,
    taken: Arc<Mutex<Vec<String>>>,
}

impl Script {
    pub(crate) async fn start(at: Step, does: Does) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let script = Self {
            port: listener.local_addr().unwrap().port(),
            behaves: Arc::default(),
            taken: Arc::default(),
        };
        let ours = script.clone();
        tokio::runtime::Handle::current().spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let ours = ours.clone();
                tokio::runtime::Handle::current().spawn(async move {
                    let _ = ours.converse(stream, at, does).await;
                });
            }
        });
        script
    }

    /// From now on it does as it should.
    pub(crate) fn behave(&self) {
        self.behaves.store(true, SeqCst);
    }

    /// What it has got to the final dot, whatever it said then.
    pub(crate) fn taken(&self) -> Vec<String> {
        self.taken.lock().unwrap().clone()
    }

    async fn converse(&self, stream: TcpStream, at: Step, does: Does) -> std::io::Result<()> {
        let mut stream = BufReader::new(stream);
        let mut step = Step::Connected;
        let mut text = String::new();
        loop {
            let usual = match step {
                Step::Connected => "220 script.test\r\n",
                Step::Ehlo if at == Step::StartTls && !self.behaves.load(SeqCst) => {
                    "250-script.test\r\n250 STARTTLS\r\n"
                }
                Step::Data => "354 go on\r\n",
                _ => "250 fine\r\n",
            };
            if step == at && !self.behaves.load(SeqCst) {
                self.misbehave(&mut stream, does).await?;
            } else {
                stream.write_all(usual.as_bytes()).await?;
            }
            step = loop {
                text.clear();
                if stream.read_line(&mut text).await? == 0 {
                    return Ok(());
                }
                match text.split([' ', '\r']).next().unwrap_or_default() {
                    "EHLO" => break Step::Ehlo,
                    "STARTTLS" => break Step::StartTls,
                    "MAIL" => break Step::Mail,
                    "RCPT" => break Step::Rcpt,
                    "DATA" => break Step::Data,
                    "QUIT" => return stream.write_all(b"221 bye\r\n").await,
                    "RSET" | "NOOP" => stream.write_all(b"250 fine\r\n").await?,
                    _ => {
                        let mut content = text.clone();
                        while !content.ends_with("\r\n.\r\n") {
                            if stream.read_line(&mut content).await? == 0 {
                                return Ok(());
                            }
                        }
                        self.taken.lock().unwrap().push(content);
                        break Step::Content;
                    }
                }
            };
        }
    }

    async fn misbehave(&self, stream: &mut BufReader<TcpStream>, does: Does) -> std::io::Result<()> {
        match does {
            Does::Closes => Err(std::io::ErrorKind::ConnectionAborted.into()),
            Does::Says(answer) => stream.write_all(format!("{answer}\r\n").as_bytes()).await,
            Does::SaysAndRaves(answer) => {
                let raving = format!("{answer}\r\n");
                stream.write_all(raving.as_bytes()).await?;
                // The client begins to speak TLS, and hears this.
                let mut hello = [0; 5];
                stream.read_exact(&mut hello).await?;
                stream.write_all(b"this is no TLS at all, and never was any\r\n").await
            }
            Does::Hangs => {
                // Until the client leaves.
                let mut rest = Vec::new();
                stream.read_to_end(&mut rest).await.map(drop)
            }
            Does::Drips => {
                let mut pace = tokio::time::interval(Duration::from_millis(20));
                for byte in b"250-slowly\r\n".iter().cycle() {
                    pace.tick().await;
                    stream.write_all(&[*byte]).await?;
                }
                Ok(())
            }
        }
    }
}
