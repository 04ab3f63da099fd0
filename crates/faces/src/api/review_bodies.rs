//! What is shown of access reviews.

use directory::Timestamp;
use directory::review::{Counts, Decision, Foreseen, ItemShown, Outcome, Review, Superseded, UNDECIDED};
use directory::zone::Zone;
use serde::Serialize;
use utoipa::ToSchema;

/// A review of the memberships of a group.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Review)]
pub(super) struct ReviewBody {
    /// Its id.
    id: String,
    /// The group.
    group: String,
    /// Where that stood when the review began.
    path: String,
    /// Whether the groups below it are reviewed too.
    below: bool,
    /// What people call it.
    name: String,
    /// What it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// The last day on which something can be decided, in the realm's time zone.
    #[schema(format = Date)]
    last_day: String,
    /// What becomes of memberships about which nobody decides: `keep`, `remove` or `suspend`.
    undecided: &'static str,
    /// `starting`, `open`, `held`, `closing`, `closed` or `cancelled`.
    state: &'static str,
    /// Why it waits for somebody to close it.
    #[serde(skip_serializing_if = "Option::is_none")]
    held: Option<String>,
    /// Why it was cancelled, in one word: `cancelled`, `group_deleted` or `not_closed`.
    #[serde(skip_serializing_if = "Option::is_none")]
    cause: Option<&'static str>,
    /// Who began it: an actor as in events.
    begun_by: String,
    /// When (RFC 3339).
    created: String,
    /// When it was closed or cancelled (RFC 3339).
    #[serde(skip_serializing_if = "Option::is_none")]
    ended_at: Option<String>,
    /// How many memberships are decided how, of all groups of it.
    counts: CountsBody,
    /// Raised by every change, by each decision too; the entity tag.
    version: i64,
}

/// How many memberships of a review are decided how, and what was done.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ReviewCounts)]
pub(super) struct CountsBody {
    /// All of them.
    items: i64,
    /// Nobody has decided about them.
    undecided: i64,
    /// They are to stay.
    keep: i64,
    /// They are to end.
    remove: i64,
    /// They are to be suspended.
    suspend: i64,
    /// They were ended when it was closed.
    removed: i64,
    /// They were suspended then.
    suspended: i64,
    /// They had changed by themselves, and were left alone.
    superseded: i64,
}

impl From<Counts> for CountsBody {
    fn from(counts: Counts) -> Self {
        Self {
            items: counts.items,
            undecided: counts.to_decide,
            keep: counts.to_keep,
            remove: counts.to_remove,
            suspend: counts.to_suspend,
            removed: counts.removed,
            suspended: counts.suspended,
            superseded: counts.superseded,
        }
    }
}

impl ReviewBody {
    pub(super) fn of(review: &Review, zone: &Zone) -> Self {
        Self {
            id: review.id.to_string(),
            group: review.group.to_string(),
            path: review.path.clone(),
            below: review.below,
            name: review.name.clone(),
            reason: review.reason.clone(),
            last_day: zone.last_day(review.ends_at).to_string(),
            undecided: review.undecided.name(),
            state: review.state.name(),
            held: review.held.clone(),
            cause: review.cause.map(directory::review::CancelCause::name),
            begun_by: review.begun_by.clone(),
            created: review.id.made_at().to_string(),
            ended_at: review.ended_at.map(|at| at.to_string()),
            counts: review.counts.into(),
            version: review.version,
        }
    }
}

/// A membership that is reviewed, as it is now.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ReviewItem)]
pub(super) struct ItemBody {
    /// The membership: its id.
    membership: String,
    /// The group.
    group: String,
    /// Where that stands; absent once it is gone.
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<String>,
    /// Whose it is.
    user: String,
    /// Their userName; absent once they have left.
    #[serde(skip_serializing_if = "Option::is_none")]
    user_name: Option<String>,
    /// The name shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    display_name: Option<String>,
    /// How the membership stands: `enabled`, `pending`, `suspended`, `expired`, `ended` or `barred`.
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<&'static str>,
    /// The names of its roles.
    roles: Vec<String>,
    /// The first day, in the realm's time zone.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = Date)]
    since: Option<String>,
    /// The last day that counts, by its own end or by an earlier one above; absent = for good.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = Date)]
    until: Option<String>,
    /// What was decided: `undecided`, `keep`, `remove` or `suspend`.
    decision: &'static str,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    comment: Option<String>,
    /// Who decided: an actor as in events.
    #[serde(skip_serializing_if = "Option::is_none")]
    decided_by: Option<String>,
    /// When (RFC 3339).
    #[serde(skip_serializing_if = "Option::is_none")]
    decided_at: Option<String>,
    /// What became of it: `removed`, `suspended` or `superseded`; absent where nothing was done.
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome: Option<&'static str>,
    /// Superseded by what: `ended`, `given_again` or `suspended`.
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<&'static str>,
}

impl ItemBody {
    pub(super) fn of(shown: &ItemShown, zone: &Zone) -> Self {
        let ItemShown {
            item,
            person,
            path,
            listed,
        } = shown;
        let membership = listed.as_ref().map(|listed| &listed.membership);
        let begin = |at: Timestamp| zone.day(at).to_string();
        Self {
            membership: item.membership.to_string(),
            group: item.group.to_string(),
            path: path.as_ref().map(ToString::to_string),
            user: item.user.to_string(),
            user_name: person.as_ref().map(directory::user::User::user_name),
            display_name: person
                .as_ref()
                .and_then(|person| person.texts("displayName").into_iter().next()),
            status: membership.map(|one| one.status.name()),
            roles: listed.as_ref().map_or_else(Vec::new, |listed| listed.roles.clone()),
            since: membership.map(|one| begin(one.valid_from.unwrap_or(one.granted_at))),
            until: membership
                .and_then(|one| one.effective.at)
                .map(|end| zone.last_day(end).to_string()),
            decision: item.decision.map_or(UNDECIDED, Decision::name),
            comment: item.comment.clone(),
            decided_by: item.decided_by.clone(),
            decided_at: item.decided_at.map(|at| at.to_string()),
            outcome: item.outcome.map(Outcome::name),
            why: match item.outcome {
                Some(Outcome::Superseded(why)) => Some(why.name()),
                Some(Outcome::Removed | Outcome::Suspended) | None => None,
            },
        }
    }
}

/// What closing does to a membership, or did.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ReviewOutcome)]
pub(super) struct OutcomeBody {
    /// The membership: its id.
    membership: String,
    /// The group.
    group: String,
    /// Where that stands; absent once it is gone.
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<String>,
    /// Whose it is.
    user: String,
    /// Their userName; absent once they have left.
    #[serde(skip_serializing_if = "Option::is_none")]
    user_name: Option<String>,
    /// `remove`, `suspend`, or `superseded`: it is left alone, since it has changed by itself.
    does: &'static str,
    /// Superseded by what: `ended`, `given_again` or `suspended`.
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<&'static str>,
    /// Whether somebody decided so; else it is what was agreed for what nobody decides about.
    decided: bool,
    /// Why, in their words.
    #[serde(skip_serializing_if = "Option::is_none")]
    comment: Option<String>,
    /// Whether it was done.
    done: bool,
}

impl From<&Foreseen> for OutcomeBody {
    fn from(foreseen: &Foreseen) -> Self {
        let ItemShown { item, person, path, .. } = &foreseen.shown;
        Self {
            membership: item.membership.to_string(),
            group: item.group.to_string(),
            path: path.as_ref().map(ToString::to_string),
            user: item.user.to_string(),
            user_name: person.as_ref().map(directory::user::User::user_name),
            does: match foreseen.superseded {
                Some(_) => "superseded",
                None => foreseen.verdict.name(),
            },
            why: foreseen.superseded.map(Superseded::name),
            decided: item.decision.is_some(),
            comment: item.comment.clone(),
            done: item.outcome.is_some(),
        }
    }
}
