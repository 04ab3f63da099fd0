//! What an operator does about deliveries.

use serde_json::json;

use super::{Delivery, DeliveryState, table};
use crate::change::{Change, Command};
use crate::error::{Error, Refusal};
use crate::event::{Event, EventKind};
use crate::id::Id;
use crate::mail::MailState;
use crate::mail::settle::{self, Fact, Locked};
use crate::principal::{Permission, Scope};

/// Makes a delivery due now, with all its attempts before it.
#[derive(Clone, Debug)]
pub struct RetryDelivery {
    /// Which one.
    pub id: Id<Delivery>,
}

impl Command for RetryDelivery {
    type Output = Delivery;

    fn needs(&self) -> Permission {
        Permission::Unnarrowed(Scope::Admin)
    }

    fn run(&self, change: &mut Change<'_>) -> Result<Delivery, Error> {
        let (before, mail) = load(change, self.id)?;
        check_waits(&before)?;
        table::retry(change, self.id)?;
        record(change, EventKind::DeliveryRetried, &before)?;
        settle_mail(change, mail, &before, MailState::Queued)?;
        Ok(Delivery {
            state: DeliveryState::Queued,
            attempts: 0,
            due_at: change.now(),
            ..before
        })
    }
}

/// Gives a delivery up, and lets the later ones of its subject go.
#[derive(Clone, Debug)]
pub struct DropDelivery {
    /// Which one.
    pub id: Id<Delivery>,
}

impl Command for DropDelivery {
    type Output = Delivery;

    fn needs(&self) -> Permission {
        Permission::Unnarrowed(Scope::Admin)
    }

    fn run(&self, change: &mut Change<'_>) -> Result<Delivery, Error> {
        let (before, mail) = load(change, self.id)?;
        if before.state == DeliveryState::Dropped {
            return Ok(before);
        }
        check_waits(&before)?;
        table::drop_one(change, self.id)?;
        record(change, EventKind::DeliveryDropped, &before)?;
        settle_mail(change, mail, &before, MailState::Dropped)?;
        Ok(Delivery {
            last_error: None,
            state: DeliveryState::Dropped,
            finished_at: Some(change.now()),
            ..before
        })
    }
}

/// The delivery, locked after the invitation whose mail it brings.
fn load(change: &mut Change<'_>, id: Id<Delivery>) -> Result<(Delivery, Option<Locked>), Error> {
    let missing = || Refusal::NotFound { what: "delivery" };
    let mail = table::read(change, id)?.ok_or_else(missing)?.mail();
    let mail = mail.map(|mail| settle::lock(change, mail)).transpose()?;
    Ok((table::lock(change, id)?.ok_or_else(missing)?, mail))
}

fn check_waits(delivery: &Delivery) -> Result<(), Refusal> {
    match delivery.state {
        DeliveryState::Queued | DeliveryState::Retrying | DeliveryState::Parked => Ok(()),
        DeliveryState::Running => Err(Refusal::conflict(
            "the delivery is on its way at this moment; try again when it has come back",
        )),
        DeliveryState::Confirmed => Err(Refusal::conflict("the delivery is confirmed: the target has it")),
        DeliveryState::Dropped => Err(Refusal::conflict(
            "the delivery was dropped; what it was about can be sent anew",
        )),
    }
}

fn record(change: &mut Change<'_>, kind: EventKind, delivery: &Delivery) -> Result<(), Error> {
    let body =
        json!({ "target": delivery.target, "subject": delivery.subject.to_string(), "before": delivery.state.name() });
    change.record(Event::new(kind, delivery.id.uuid(), delivery.attempts, body))?;
    Ok(())
}

fn settle_mail(
    change: &mut Change<'_>,
    mail: Option<Locked>,
    delivery: &Delivery,
    state: MailState,
) -> Result<(), Error> {
    match mail {
        Some(mail) => settle::settle(
            change,
            mail,
            &Fact {
                state,
                why: None,
                keep: false,
                attempts: delivery.attempts,
            },
        ),
        None => Ok(()),
    }
}
