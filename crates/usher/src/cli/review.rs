//! `usher review`: whether memberships are still right.

use anyhow::Result;
use clap::{Args, Subcommand};
use directory::membership::Membership;
use directory::review::{
    BeginReview, CancelReview, CloseReview, DecideItem, Decision, Foreseen, ItemShown, ItemsAsked, Outcome, Review,
    ReviewState, ReviewsAsked, Superseded, UNDECIDED,
};
use directory::user::User;
use directory::view::IfMatch;
use directory::zone::Day;
use directory::{Error, Id};
use serde_json::json;

use super::context::Context;
use super::failure::Failure;
use super::given::a_day;
use super::many::{REFUSED, tell};
use super::{Common, InRealm, Page, group};
use crate::output::{Item, item};

/// So many are read at a time.
const SLICE: usize = 500;

const BEGIN: &str = "\
Those who administer the groups are told by mail, decide until the last day, and are reminded. Then what was decided is done, unless
many would lose a membership about which nobody has said anything: such a review waits until somebody closes it.

Examples:
  usher review begin /acme --below --name \"spring 2031\" --until 2031-04-30
  usher review begin /acme/keys --name \"who holds keys\" --until 2031-04-30 --undecided suspend";

const DECIDE: &str = "\
Decisions: keep, remove, suspend. They can be changed until the review closes; nothing happens before.

Example: everybody about whom nothing is decided stays
  usher review items ID --decision undecided --all --quiet | xargs -r usher review decide ID keep";

#[derive(Debug, Args)]
pub(crate) struct ReviewArgs {
    #[command(flatten)]
    realm: InRealm,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Begin a review of the memberships of a group
    #[command(after_help = BEGIN)]
    Begin {
        /// The group: path, id or displayName
        group: String,
        /// The groups below it too
        #[arg(long)]
        below: bool,
        /// What people call it
        #[arg(long, value_name = "TEXT")]
        name: String,
        /// What it is for; those who decide read it
        #[arg(long, value_name = "TEXT")]
        reason: Option<String>,
        /// The last day on which something can be decided
        #[arg(long, value_name = "DAY", value_parser = a_day)]
        until: Day,
        /// What becomes of memberships about which nobody decides
        #[arg(long, value_name = "DECISION", default_value = "keep", value_parser = decision)]
        undecided: Decision,
    },
    /// List reviews, the newest first
    List {
        /// Only those in this state: starting, open, held, closing, closed or cancelled
        #[arg(long, value_name = "STATE", value_parser = state)]
        state: Option<ReviewState>,
        /// Only those in which this group is: path, id or displayName
        #[arg(long, value_name = "GROUP")]
        group: Option<String>,
        #[command(flatten)]
        page: Page,
    },
    /// Show a review with its figures
    Show {
        /// Its id
        id: String,
    },
    /// List the memberships that are reviewed
    Items {
        /// The review's id
        id: String,
        /// Only those about which this was decided: undecided, keep, remove or suspend
        #[arg(long, value_name = "DECISION", value_parser = decided)]
        decision: Option<Decided>,
        #[command(flatten)]
        page: Page,
    },
    /// Decide about memberships
    #[command(after_help = DECIDE)]
    Decide {
        /// The review's id
        id: String,
        /// keep, remove or suspend
        #[arg(value_name = "DECISION", value_parser = decision)]
        decision: Decision,
        /// Their ids, as `items` lists them
        #[arg(value_name = "MEMBERSHIP", required = true)]
        memberships: Vec<String>,
        /// Why; the member reads it when the membership ends or is suspended
        #[arg(long, value_name = "TEXT")]
        why: Option<String>,
    },
    /// List what closing a review would do now; of a closed one what it did
    Outcome {
        /// The review's id
        id: String,
        #[command(flatten)]
        page: Page,
    },
    /// Close a review before its last day, or one that is held: what was decided is done
    Close {
        /// Its id
        id: String,
        /// Also when many would lose a membership about which nobody has decided
        #[arg(long)]
        release: bool,
    },
    /// End a review without doing anything
    Cancel {
        /// Its id
        id: String,
    },
}

/// What was decided about the items that are wanted.
#[derive(Clone, Copy, Debug)]
struct Decided(Option<Decision>);

impl ReviewArgs {
    pub(crate) async fn run(self, common: &Common) -> Result<()> {
        Context::with(common, &self.realm, async |context| self.command.run(context).await).await
    }
}

impl Command {
    async fn run(self, context: &Context) -> Result<()> {
        let (directory, operator) = (&context.directory, &context.operator);
        let if_match = IfMatch::Any;
        let review = match self {
            Self::Begin {
                group,
                below,
                name,
                reason,
                until,
                undecided,
            } => {
                let command = BeginReview {
                    group: group::find(context, &group).await?,
                    below,
                    name,
                    reason,
                    last_day: until,
                    undecided,
                };
                directory.execute(operator, command).await?
            }
            Self::List { state, group, page } => return list(context, state, group, &page).await,
            Self::Show { id } => directory.review(operator, parse(&id)?).await?,
            Self::Items { id, decision, page } => return items(context, parse(&id)?, decision, &page).await,
            Self::Decide {
                id,
                decision,
                memberships,
                why,
            } => {
                let review = parse(&id)?;
                return decide(context, review, decision, &memberships, why).await;
            }
            Self::Outcome { id, page } => return outcome(context, parse(&id)?, &page).await,
            Self::Close { id, release } => {
                let id = parse(&id)?;
                let command = CloseReview { id, if_match, release };
                directory.execute(operator, command).await?
            }
            Self::Cancel { id } => {
                let id = parse(&id)?;
                directory.execute(operator, CancelReview { id, if_match }).await?
            }
        };
        context.out.one("id", &shown(context, &review))?;
        Ok(())
    }
}

async fn list(context: &Context, state: Option<ReviewState>, group: Option<String>, page: &Page) -> Result<()> {
    let (most, mut found, mut before) = (page.most(), Vec::new(), None);
    let group = match group {
        Some(name) => Some(group::find(context, &name).await?),
        None => None,
    };
    loop {
        let limit = SLICE.min(most - found.len());
        let asked = ReviewsAsked {
            state,
            group,
            before,
            limit,
        };
        let slice = context.directory.reviews(&context.operator, &asked).await?;
        found.extend(slice.iter().map(|review| shown(context, review)));
        let more = slice.len() == limit && found.len() < most;
        let Some(last) = slice.last().filter(|_| more) else {
            break;
        };
        before = Some(last.id);
    }
    let columns = ["id", "name", "path", "state", "last_day", "items", "to_decide"];
    context.out.list("id", &columns, &found)?;
    page.remark(context.out, found.len());
    Ok(())
}

async fn items(context: &Context, id: Id<Review>, decision: Option<Decided>, page: &Page) -> Result<()> {
    let (most, mut found, mut after) = (page.most(), Vec::new(), 0);
    loop {
        let limit = SLICE.min(most - found.len());
        let asked = ItemsAsked {
            decision: decision.map(|Decided(decision)| decision),
            after,
            limit,
        };
        let slice = context.directory.review_items(&context.operator, id, &asked).await?;
        found.extend(slice.iter().map(|one| of_item(context, one)));
        let more = slice.len() == limit && found.len() < most;
        let Some(last) = slice.last().filter(|_| more) else {
            break;
        };
        after = last.item.position;
    }
    let columns = ["id", "group", "user_name", "status", "roles", "until", "decision"];
    context.out.list("id", &columns, &found)?;
    page.remark(context.out, found.len());
    Ok(())
}

/// Each by itself.
async fn decide(
    context: &Context,
    review: Id<Review>,
    decision: Decision,
    memberships: &[String],
    why: Option<String>,
) -> Result<()> {
    let mut commands = Vec::with_capacity(memberships.len());
    for id in memberships {
        let no_id = || {
            Failure::usage(format!(
                "`{id}` is no id of a membership; `usher review items {review}` shows them"
            ))
        };
        commands.push(DecideItem {
            review,
            membership: Id::<Membership>::parse(id).ok_or_else(no_id)?,
            decision,
            comment: why.clone(),
        });
    }
    let mut items = Vec::with_capacity(commands.len());
    for command in commands {
        let id = command.membership.to_string();
        items.push(item(
            match context.directory.execute(&context.operator, command).await {
                Ok(_) => json!({ "id": id, "decision": decision.name() }),
                Err(Error::Refused(why)) => json!({ "id": id, REFUSED: why.to_string() }),
                Err(other) => return Err(other.into()),
            },
        ));
    }
    tell(context, &["id", "decision", REFUSED], &items, "decided")
}

async fn outcome(context: &Context, id: Id<Review>, page: &Page) -> Result<()> {
    let (most, mut found, mut after) = (page.most(), Vec::new(), 0);
    while found.len() < most {
        let limit = SLICE.min(most - found.len());
        let (slice, next) = context
            .directory
            .review_outcome(&context.operator, id, after, limit)
            .await?;
        found.extend(slice.iter().map(foreseen));
        let Some(next) = next else { break };
        after = next;
    }
    let columns = ["id", "group", "user_name", "does", "why", "decided", "done"];
    context.out.list("id", &columns, &found)?;
    page.remark(context.out, found.len());
    Ok(())
}

fn shown(context: &Context, review: &Review) -> Item {
    let counts = review.counts;
    item(json!({
        "id": review.id.to_string(),
        "name": review.name,
        "path": review.path,
        "below": review.below,
        "state": review.state.name(),
        "held": review.held,
        "last_day": group::zone(context).last_day(review.ends_at).to_string(),
        "undecided": review.undecided.name(),
        "reason": review.reason,
        "begun_by": review.begun_by,
        "ended_at": review.ended_at.map(|at| at.to_string()),
        "cause": review.cause.map(directory::review::CancelCause::name),
        "items": counts.items,
        "to_decide": counts.to_decide,
        "to_keep": counts.to_keep,
        "to_remove": counts.to_remove,
        "to_suspend": counts.to_suspend,
        "removed": counts.removed,
        "suspended": counts.suspended,
        "superseded": counts.superseded,
    }))
}

fn of_item(context: &Context, one: &ItemShown) -> Item {
    let (ItemShown { item: said, listed, .. }, zone) = (one, group::zone(context));
    let membership = listed.as_ref().map(|listed| &listed.membership);
    let until = membership.and_then(|membership| membership.effective.at);
    let mut shown = of_whom(one);
    shown.extend(item(json!({
        "status": membership.map(|membership| membership.status.name()),
        "roles": listed.as_ref().map(|listed| &listed.roles),
        "until": until.map(|end| zone.last_day(end).to_string()),
        "decision": said.decision.map_or(UNDECIDED, Decision::name),
        "comment": said.comment,
        "decided_by": said.decided_by,
        "decided_at": said.decided_at.map(|at| at.to_string()),
        "outcome": said.outcome.map(Outcome::name),
    })));
    shown
}

fn foreseen(one: &Foreseen) -> Item {
    let does = match one.superseded {
        Some(_) => "superseded",
        None => one.verdict.name(),
    };
    let said = &one.shown.item;
    let mut shown = of_whom(&one.shown);
    shown.extend(item(json!({
        "does": does,
        "why": one.superseded.map(Superseded::name),
        "decided": said.decision.is_some(),
        "comment": said.comment,
        "done": said.outcome.is_some(),
    })));
    shown
}

/// Which membership it is, and whose.
fn of_whom(one: &ItemShown) -> Item {
    item(json!({
        "id": one.item.membership.to_string(),
        "group": one.path.as_ref().map_or_else(|| one.item.group.to_string(), ToString::to_string),
        "user": one.item.user.to_string(),
        "user_name": one.person.as_ref().map(User::user_name),
    }))
}

fn parse(id: &str) -> Result<Id<Review>> {
    Id::parse(id).ok_or_else(|| Failure::usage(format!("`{id}` is no id of a review; `usher review list` shows them")))
}

fn decision(text: &str) -> Result<Decision, String> {
    let known = || {
        format!(
            "`{text}` is unknown; known are {}",
            Decision::ALL.map(Decision::name).join(", ")
        )
    };
    Decision::parse(text).ok_or_else(known)
}

fn decided(text: &str) -> Result<Decided, String> {
    if text == UNDECIDED {
        return Ok(Decided(None));
    }
    let known = |said| format!("{said}, {UNDECIDED}");
    decision(text).map(|decision| Decided(Some(decision))).map_err(known)
}

fn state(text: &str) -> Result<ReviewState, String> {
    let known = || {
        format!(
            "`{text}` is unknown; known are {}",
            ReviewState::ALL.map(ReviewState::name).join(", ")
        )
    };
    ReviewState::parse(text).ok_or_else(known)
}
