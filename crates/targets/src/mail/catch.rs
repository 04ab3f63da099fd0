//! The mail target that sends nothing: the mail stays in the store, where a page and the command line show it.

use std::future::Future;
use std::pin::Pin;

use directory::delivery::{Delivery, Outcome, Target};

/// Takes every mail and keeps it. Meant for a store whose settings say `keep_mail`.
#[derive(Clone, Copy, Debug, Default)]
pub struct CatchMail;

impl Target for CatchMail {
    fn name(&self) -> &'static str {
        "mail"
    }

    fn deliver<'a>(&'a self, _: &'a Delivery) -> Pin<Box<dyn Future<Output = Outcome> + Send + 'a>> {
        Box::pin(async { Outcome::Confirmed })
    }
}
