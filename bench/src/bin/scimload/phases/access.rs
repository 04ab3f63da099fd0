//! Tokens, and invitations from the mail to the acceptance.

use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use super::users;
use super::{Make, Op, Phase, escaped};
use crate::drive::Caller;
use crate::http::Connection;
use crate::load::Load;
use crate::world::World;

/// The invited are numbered from here on, so that no other phase touches them.
const INVITED: usize = 10_000_000;
/// So long may the next mail take.
const PATIENCE: Duration = Duration::from_secs(20);

pub(super) fn token(load: &Load) -> Make {
    let load = load.clone();
    Box::new(move |caller, _| {
        let _ = write!(caller.body, "token={}", load.token);
        load.plain(caller, "POST", format_args!("/oauth2/introspect"), true);
        Some(Op::Active)
    })
}

/// POST of so many people as `--most` says.
pub(super) fn invite(load: &Load, world: &World) -> Make {
    let load = load.clone();
    let first = INVITED + world.known().invited;
    Box::new(move |caller, number| {
        let user_name = users::post(&load, caller, first + number);
        Some(Op::Made { user_name })
    })
}

/// What is done with the links that came by mail, each once or in no order.
pub(super) async fn links(load: &Load, world: &World) -> Result<Make> {
    let file = load.links.as_deref().context("--links is needed")?;
    let (invited, first) = {
        let known = world.known();
        let first = if load.phase == Phase::Accept {
            known.accepted
        } else {
            known.opened
        };
        (known.invited, first)
    };
    let secrets: Vec<String> = all(file, invited).await?.into_iter().map(|mail| mail.secret).collect();
    let load = load.clone();
    Ok(Box::new(move |caller, number| {
        let secret = match load.phase {
            Phase::LookUp => secrets.get(caller.random.below(first))?,
            _ => secrets.get(first + number)?,
        };
        if load.phase == Phase::Accept {
            caller.body.extend_from_slice(b"answer=accept");
            load.plain(caller, "POST", format_args!("/invitation/{secret}"), false);
            return Some(Op::Welcome);
        }
        load.plain(caller, "GET", format_args!("/invitation/{secret}"), false);
        Some(Op::Shown(format!("/invitation/{secret}")))
    }))
}

/// A mail as `sink` writes it down.
struct Mail {
    address: String,
    secret: String,
}

/// Waits until all mails are there.
async fn all(file: &Path, invited: usize) -> Result<Vec<Mail>> {
    let (mut seen, mut since) = (0, Instant::now());
    let mut tick = tokio::time::interval(Duration::from_millis(100));
    loop {
        tick.tick().await;
        let text = std::fs::read_to_string(file).with_context(|| format!("reading {}", file.display()))?;
        let whole = &text[..text.rfind('\n').map_or(0, |end| end + 1)];
        let mails: Vec<Mail> = whole
            .lines()
            .filter_map(|line| line.split_once('\t'))
            .map(|(address, secret)| Mail {
                address: address.to_owned(),
                secret: secret.to_owned(),
            })
            .collect();
        if mails.len() >= invited {
            return Ok(mails);
        }
        if mails.len() > seen {
            (seen, since) = (mails.len(), Instant::now());
        } else if since.elapsed() > PATIENCE {
            bail!("{seen} of {invited} mails came");
        }
    }
}

/// Notes how far the links are used, and looks whether those who accepted are in.
pub(super) async fn settle(load: &Load, world: &World, sent: usize) -> Result<()> {
    let (first, invited) = {
        let mut known = world.known();
        let first = known.accepted;
        match load.phase {
            Phase::Invite => known.invited += sent,
            Phase::Open => known.opened += sent,
            _ => known.accepted += sent,
        }
        (first, known.invited)
    };
    if load.phase == Phase::Invite {
        // What comes next is measured without the mails of these.
        let file = load.links.as_deref().context("--links is needed")?;
        return all(file, invited).await.map(drop);
    }
    if load.phase != Phase::Accept {
        return Ok(());
    }
    let file = load.links.as_deref().context("--links is needed")?;
    let mut connection = Connection::new(load.address, load.timeout());
    let mut caller = Caller::new(load.seed);
    for mail in all(file, invited).await?.iter().skip(first).take(sent).step_by(37) {
        let filter = escaped(&format!("emails.value eq \"{}\"", mail.address));
        load.scim(&mut caller, "GET", format_args!("/Users?filter={filter}"));
        let status = connection.send(&caller.request).await?;
        let list: Value = serde_json::from_slice(&connection.body)?;
        if status != 200 || list["Resources"][0]["active"] != true {
            bail!("{} accepted and is not in: {list}", mail.address);
        }
    }
    Ok(())
}
