//! The mail server of tests: takes everything and keeps it, or answers as a test wants it to.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

use directory::Directory;
use directory::delivery::{Delivery, Outcome, Target};

/// A mail that was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestMail {
    /// Whom it is for.
    pub to: String,
    /// Its subject.
    pub subject: String,
    /// Its text.
    pub text: String,
    /// The same in HTML.
    pub html: String,
    /// Its Message-ID.
    pub message_id: String,
}

impl TestMail {
    /// The first link in its text.
    pub fn link(&self) -> String {
        self.links().into_iter().next().expect("the mail has a link")
    }

    /// All links in its text.
    pub fn links(&self) -> Vec<String> {
        let starts = self.text.match_indices("http").map(|(at, _)| &self.text[at..]);
        let links = starts.filter(|rest| rest.starts_with("http://") || rest.starts_with("https://"));
        links
            .map(|rest| {
                rest.split(|letter: char| letter.is_whitespace() || "<>\"'".contains(letter))
                    .next()
            })
            .map(|link| link.unwrap_or_default().trim_end_matches(['.', ',', ')']).to_owned())
            .collect()
    }

    /// The path of the invitation's page.
    pub fn invitation_path(&self) -> String {
        self.path_to("invitation")
    }

    /// The path of the page of that kind that the mail leads to.
    pub fn path_to(&self, page: &str) -> String {
        let link = self
            .links()
            .into_iter()
            .find(|link| link.contains(&format!("/{page}/")));
        let link = link.expect("the mail has a link to such a page");
        let (_, rest) = link.split_once("://").expect("a URL");
        format!("/{}", rest.split_once('/').expect("a path").1)
    }
}

/// The target `mail`.
#[derive(Debug)]
pub(crate) struct MemoryMail {
    directory: Directory,
    taken: Arc<Mutex<Vec<TestMail>>>,
    /// What it says to the next deliveries instead of taking them.
    answers: Arc<Mutex<Vec<Outcome>>>,
    /// To whom it takes nothing.
    refused: Arc<Mutex<Vec<String>>>,
}

impl MemoryMail {
    pub(crate) fn new(directory: Directory, box_: &Mailbox) -> Self {
        Self {
            directory,
            taken: Arc::clone(&box_.taken),
            answers: Arc::clone(&box_.answers),
            refused: Arc::clone(&box_.refused),
        }
    }
}

impl Target for MemoryMail {
    fn name(&self) -> &'static str {
        "mail"
    }

    fn deliver<'a>(&'a self, delivery: &'a Delivery) -> Pin<Box<dyn Future<Output = Outcome> + Send + 'a>> {
        Box::pin(async move {
            let said = self.answers.lock().unwrap_or_else(PoisonError::into_inner).pop();
            if let Some(outcome) = said {
                return outcome;
            }
            match self.directory.message_of(delivery).await {
                Ok(message) => {
                    let mail = TestMail {
                        to: message.to.to_string(),
                        subject: message.subject,
                        text: message.text,
                        html: message.html,
                        message_id: message.message_id,
                    };
                    let refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
                    if refused.iter().any(|address| mail.to.contains(address.as_str())) {
                        return Outcome::Park {
                            why: "550 no such mailbox".to_owned(),
                        };
                    }
                    self.taken.lock().unwrap_or_else(PoisonError::into_inner).push(mail);
                    Outcome::Confirmed
                }
                Err(directory::Error::Refused(refusal)) => Outcome::Park {
                    why: refusal.to_string(),
                },
                Err(error) => Outcome::Retry { why: error.to_string() },
            }
        })
    }
}

/// What the mail server has taken and will say.
#[derive(Clone, Debug, Default)]
pub(crate) struct Mailbox {
    taken: Arc<Mutex<Vec<TestMail>>>,
    answers: Arc<Mutex<Vec<Outcome>>>,
    refused: Arc<Mutex<Vec<String>>>,
}

impl Mailbox {
    pub(crate) fn taken(&self) -> Vec<TestMail> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The first of these outcomes is the next one.
    pub(crate) fn will_answer(&self, outcomes: Vec<Outcome>) {
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        answers.splice(0..0, outcomes.into_iter().rev());
    }

    /// From now on nothing to that address is taken.
    pub(crate) fn will_refuse(&self, address: &str) {
        let mut refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        refused.push(address.to_owned());
    }
}
