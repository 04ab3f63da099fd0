//! `usher preview`: what will happen if nobody does anything.

use std::collections::HashMap;

use anyhow::{Result, anyhow};
use clap::Args;
use directory::group::Group;
use directory::preview::{Foreseen, PreviewQuery};
use directory::user::User;
use directory::{Id, Timestamp};
use serde_json::json;

use super::context::Context;
use super::span::{instant, span};
use super::{Common, InRealm};
use crate::output::{Item, item};
use crate::wiring::Missing;

/// So many lines are sorted by time; beyond it they come person by person.
const MOST_SORTED: usize = 100_000;

#[derive(Debug, Args)]
pub(crate) struct Preview {
    #[command(flatten)]
    realm: InRealm,
    /// How far ahead: +90d, or an instant: 2030-01-01T08:00:00Z
    #[arg(long, value_name = "SPAN|TIME")]
    until: String,
    /// Only what is about this person: an id or a userName
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
        let mut all = Vec::new();
        directory.preview(operator, &query, |one| all.push(one)).await?;
        if all.len() <= MOST_SORTED {
            all.sort_by_key(|one| (one.at, one.user));
        } else {
            let remark = format!("more than {MOST_SORTED} lines: person by person, not in the order of time");
            context.out.remark(&remark);
        }
        let items: Vec<Item> = all.iter().map(show).collect();
        context
            .out
            .list("subject", &["at", "kind", "user", "group", "cause", "mails"], &items)?;
        summary(&context, &all);
        context.close().await;
        Ok(())
    }
}

fn until(text: &str, now: Timestamp) -> Result<Timestamp> {
    match span(text) {
        Ok(span) => Ok(now.plus_seconds(span.seconds())),
        Err(no_span) => instant(text).map_err(|_| anyhow!("{no_span}, nor an instant such as 2030-01-01T08:00:00Z")),
    }
}

/// How much of what, on standard error.
fn summary(context: &Context, all: &[Foreseen]) {
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for one in all {
        *counts.entry(one.kind.name()).or_default() += 1;
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_unstable();
    let parts: Vec<String> = counts.iter().map(|(kind, number)| format!("{number} {kind}")).collect();
    let said = if parts.is_empty() {
        "nothing will happen by itself".to_owned()
    } else {
        parts.join(", ")
    };
    context.out.remark(&said);
}

fn show(one: &Foreseen) -> Item {
    item(json!({
        "at": one.at.to_string(),
        "kind": one.kind.name(),
        "subject": one.subject.to_string(),
        "user": one.user.map(|user| user.to_string()),
        "group": one.group.map(|group| group.to_string()),
        "cause": one.cause,
        "mails": one.mails.iter().map(|mail| mail.name()).collect::<Vec<_>>(),
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
