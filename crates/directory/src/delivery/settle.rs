//! Writing down what came of an attempt: the delivery, and what the attempt was about, in one transaction.

use serde_json::json;
use uuid::Uuid;

use super::{Delivery, DeliveryState, Outcome, rules, table};
use crate::change::{Change, Command};
use crate::error::Error;
use crate::event::{Event, EventKind};
use crate::mail::MailState;
use crate::mail::settle::{self, Fact};
use crate::principal::Permission;
use crate::settings::WorkSettings;

/// Settles one attempt.
#[derive(Clone, Debug)]
pub(super) struct Settle {
    pub(super) delivery: Delivery,
    pub(super) lease: Uuid,
    pub(super) outcome: Outcome,
    pub(super) work: WorkSettings,
    /// Whether a mail's contents stay after it was sent.
    pub(super) keep_mail: bool,
}

impl Command for Settle {
    /// Where the delivery stands now; none when the lease was lost.
    type Output = Option<DeliveryState>;

    fn needs(&self) -> Permission {
        Permission::System
    }

    fn run(&self, change: &mut Change<'_>) -> Result<Option<DeliveryState>, Error> {
        let delivery = &self.delivery;
        let mail = delivery.mail().map(|mail| settle::lock(change, mail)).transpose()?;
        let random = u16::from_be_bytes(change.random());
        let verdict = rules::verdict(&self.outcome, delivery.attempts, change.now(), random, &self.work);
        if !table::settle(change, delivery.id, self.lease, &verdict)? {
            return Ok(None);
        }
        if verdict.state == DeliveryState::Parked {
            // Not why: a mail server's answer may name a person, and this event is not erased with them.
            let body = json!({ "target": delivery.target, "subject": delivery.subject.to_string(), "attempts": delivery.attempts });
            change.record(Event::new(
                EventKind::DeliveryParked,
                delivery.id.uuid(),
                delivery.attempts,
                body,
            ))?;
        }
        if let Some(mail) = mail {
            let state = match verdict.state {
                DeliveryState::Confirmed => MailState::Sent,
                DeliveryState::Parked => MailState::Bounced,
                DeliveryState::Dropped => MailState::Dropped,
                DeliveryState::Queued | DeliveryState::Running | DeliveryState::Retrying => MailState::Deferred,
            };
            let fact = Fact {
                state,
                why: verdict.why,
                keep: self.keep_mail,
                attempts: delivery.attempts,
            };
            settle::settle(change, mail, &fact)?;
        }
        Ok(Some(verdict.state))
    }
}
