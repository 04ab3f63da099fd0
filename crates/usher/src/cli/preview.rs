//! `usher preview`: what will happen if nobody does anything.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use anyhow::{Result, anyhow, bail};
use clap::Args;
use directory::group::Group;
use directory::mail::Template;
use directory::membership::Status;
use directory::preview::{Foreseen, PreviewQuery};
use directory::user::User;
use directory::{Id, Timestamp};
use serde_json::json;
use tokio::signal::unix::{SignalKind, signal};

use super::context::{self, Context};
use super::span::{instant, span};
use super::{Common, InRealm};
use crate::output::{Item, item};
use crate::wiring::{self, Missing};

/// A preview ends at most so many seconds from now: a hundred years, as a span does.
const FARTHEST: i64 = 100 * 366 * 86_400;

/// What a table shows of each.
const COLUMNS: [&str; 8] = ["at", "kind", "user", "address", "group", "cause", "status", "mail"];

/// Show what will happen by itself if nobody does anything
///
/// All that time alone will do until then, each fact and each mail, with all that follows: the jobs themselves run, on a copy of the
/// database with a clock of its own. So it takes the room of the database for as long as it runs, beside the database where that is
/// a file, and longer the more there is to come. Nothing of it happens, and no mail leaves.
#[derive(Debug, Args)]
pub(crate) struct Preview {
    #[command(flatten)]
    realm: InRealm,
    /// How far ahead: +90d, or an instant: 2030-01-01T08:00:00Z
    #[arg(long, value_name = "SPAN|TIME")]
    until: String,
    /// Only what is about this person or told to them: an id or a userName
    #[arg(long, value_name = "USER")]
    user: Option<String>,
    /// Only what is about this group: an id or the name it is shown by
    #[arg(long, value_name = "GROUP")]
    group: Option<String>,
}

impl Preview {
    pub(crate) async fn run(self, common: &Common) -> Result<()> {
        let context = Context::open(common, &self.realm, Missing::Refuse).await?;
        let (directory, operator) = (&context.directory, &context.operator);
        let until = until(&self.until, directory.now().await?)?;
        let user: Option<Id<User>> = match &self.user {
            Some(name) => Some(directory.user_meant(operator, name).await?.id),
            None => None,
        };
        let group: Option<Id<Group>> = match &self.group {
            Some(name) => Some(directory.group_meant(operator, name).await?.id),
            None => None,
        };
        let query = PreviewQuery { until, user, group };
        let folder = wiring::copies(&context::settings(common)?);
        let mut shown = context.out.listing("subject", &COLUMNS);
        let (mut counts, mut written) = (BTreeMap::new(), Ok(()));
        let looking = directory.preview(operator, &query, &folder, |one| {
            *counts.entry(one.kind.name()).or_default() += 1;
            written = shown.push(show(&one));
            // Who no longer reads does not wait for the rest.
            if written.is_ok() {
                ControlFlow::Continue(())
            } else {
                ControlFlow::Break(())
            }
        });
        let (mut terminate, mut hung_up) = (signal(SignalKind::terminate())?, signal(SignalKind::hangup())?);
        // Whoever does not want to wait leaves no copy behind.
        tokio::select! {
            looked = looking => looked?,
            heard = tokio::signal::ctrl_c() => {
                heard?;
                bail!("interrupted");
            }
            _ = terminate.recv() => bail!("interrupted"),
            _ = hung_up.recv() => bail!("interrupted"),
        }
        written?;
        shown.finish()?;
        context.out.remark(&summary(&counts));
        context.close().await;
        Ok(())
    }
}

fn until(text: &str, now: Timestamp) -> Result<Timestamp> {
    match span(text) {
        Ok(span) => Ok(now.plus_seconds(span.seconds())),
        Err(no_span) => {
            let until = instant(text).map_err(|_| anyhow!("{no_span}, nor an instant such as 2030-01-01T08:00:00Z"))?;
            if until <= now {
                bail!("--until: {until} is past: it is {now} now");
            }
            if until > now.plus_seconds(FARTHEST) {
                bail!("--until: {until} is more than a hundred years from now");
            }
            Ok(until)
        }
    }
}

/// How much of what.
fn summary(counts: &BTreeMap<&str, usize>) -> String {
    let parts: Vec<String> = counts.iter().map(|(kind, number)| format!("{number} {kind}")).collect();
    if parts.is_empty() {
        "nothing will happen by itself".to_owned()
    } else {
        parts.join(", ")
    }
}

fn show(one: &Foreseen) -> Item {
    item(json!({
        "at": one.at.to_string(),
        "kind": one.kind.name(),
        "subject": one.subject.to_string(),
        "user": one.user.map(|user| user.to_string()),
        "address": one.address.as_deref(),
        "group": one.group.map(|group| group.to_string()),
        "cause": one.cause.as_deref(),
        "status": one.status.map(Status::name),
        "mail": one.mail.map(Template::name),
    }))
}

#[cfg(test)]
mod tests {
    use directory::Timestamp;

    use super::until;

    #[test]
    fn the_end_is_a_span_from_now_or_an_instant() {
        let now = Timestamp::from_millis(1_000);
        assert_eq!(until("+90d", now).ok(), Some(now.plus_seconds(90 * 86_400)));
        let read = until("1970-01-02T00:00:00Z", now).ok();
        assert_eq!(read, Some(Timestamp::from_millis(86_400_000)));
        assert!(until("soon", now).is_err());
    }
}
