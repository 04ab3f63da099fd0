//! Why somebody is in a group, or why not.

use directory::Timestamp;
use directory::mail::Language;
use directory::membership::Status;
use directory::membership::explain::{Explanation, Who};
use directory::zone::Zone;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::body::{Query, one_of};
use super::call::{self, Call};
use super::error::Problem;
use super::reply::Reply;
use crate::path::Path;

/// Why somebody is in a group, or why not.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Explanation)]
pub(super) struct ExplanationBody {
    /// What there is to say, sentence by sentence.
    sentences: Vec<String>,
    /// The language of the sentences.
    #[schema(example = "en")]
    language: String,
    /// How the person stands: `enabled`, `pending`, `suspended`, `expired`, `ended`, `barred`, or `never`.
    status: String,
    /// What the person is called.
    user: String,
    /// Where the group stands.
    #[schema(example = "/acme/ops")]
    group: String,
    /// The id of the membership; null = the person was never in the group.
    membership: Option<String>,
    /// The roles the person has in the group.
    roles: Vec<String>,
    /// By which way they joined.
    way: Option<String>,
    /// It counts from then on; null = since it was given.
    valid_from: Option<String>,
    /// The first instant after it; null = never.
    expires_at: Option<String>,
    /// The end that counts: its own, or that of a membership above.
    effective_at: Option<String>,
    /// Whose end above that is.
    imposed_by: Option<String>,
    /// What keeps the person out, the nearest first.
    blocks: Vec<BlockBody>,
    /// Since when the person waits to be let in.
    asks_since: Option<String>,
    /// Why the person administers the group.
    administers: Vec<AdministersBody>,
    /// What the membership entitles to.
    entitlements: Vec<String>,
    /// What would end with it.
    removing: RemovingBody,
    /// What happened to it, the oldest first; of a long history the newest.
    history: Vec<FactBody>,
}

/// Who keeps a person out of a group and of all below it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Block)]
struct BlockBody {
    /// Where the group stands.
    group: String,
    /// Who: a name, `themselves`, `operator` or `usher`.
    by: String,
    /// Since when.
    at: String,
    /// Why, in their words.
    why: Option<String>,
}

/// Why a person administers a group.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Administers)]
struct AdministersBody {
    /// A preset, or names of capabilities.
    capabilities: String,
    /// From which group above it is inherited.
    inherited_from: Option<String>,
    /// The group all of whose people do.
    by_group: Option<String>,
    /// The first instant after it; null = for good.
    until: Option<String>,
}

/// What would end with a membership.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Removing)]
struct RemovingBody {
    /// Memberships below.
    memberships: Vec<BelowBody>,
    /// How many entitlements, here and below.
    entitlements: usize,
}

/// A membership below.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Below)]
struct BelowBody {
    /// Where its group stands.
    group: String,
    /// How many roles the person has there.
    roles: usize,
}

/// One thing that happened to a membership.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MembershipFact)]
struct FactBody {
    /// When.
    at: String,
    /// What.
    #[schema(example = "member.added")]
    kind: String,
    /// Who: a name, `themselves`, `operator` or `usher`.
    by: String,
    /// The word for why.
    cause: Option<String>,
}

/// In which language.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct InLanguage {
    /// `en` or `de`; else the realm's.
    language: Option<String>,
}

/// A group and a person in a path.
#[derive(Debug, Deserialize)]
pub(super) struct PersonInGroup {
    id: String,
    user: String,
}

/// Say why somebody is in a group, or why not
///
/// For who may see its members. Somebody who is noted nowhere in the group is told of to the administration of the realm only.
#[utoipa::path(get, path = "/groups/{id}/members/{user}/explanation", tag = "Members", operation_id = "explain_member", params(("id" = String, Path, description = "the group's id"), ("user" = String, Path, description = "the person's id"), InLanguage), responses((status = 200, description = "why", body = ExplanationBody)))]
pub(super) async fn show(
    call: Call,
    Path(path): Path<PersonInGroup>,
    Query(query): Query<InLanguage>,
) -> Result<Reply, Problem> {
    let (group, user) = (call::id(&path.id, "group")?, call::id(&path.user, "user")?);
    let explanation = call.directory().explain(&call.principal, user, group).await?;
    let asked = one_of("language", query.language.as_deref(), Language::ALL, Language::tag)?;
    let language = asked.unwrap_or_else(|| Language::choose(None, call.realm.settings.language()));
    let sentences = explanation.sentences(language, &Zone::of(&call.realm));
    Ok(Reply::ok(&body(explanation, sentences, language)))
}

fn body(of: Explanation, sentences: Vec<String>, language: Language) -> ExplanationBody {
    let instant = |at: Option<Timestamp>| at.map(|at| at.to_string());
    let status = of.status().map_or("never", Status::name).to_owned();
    let entitlements = of.entitlements.len() + of.entitlements_below;
    let membership = of.membership.as_ref();
    ExplanationBody {
        sentences,
        language: language.tag().to_owned(),
        status,
        user: of.name,
        group: of.path,
        membership: membership.map(|one| one.id.to_string()),
        valid_from: membership.and_then(|one| instant(one.valid_from)),
        expires_at: membership.and_then(|one| instant(one.expires_at)),
        effective_at: membership.and_then(|one| instant(one.effective.at)),
        roles: of.roles,
        way: of.way,
        imposed_by: of.imposed_by,
        blocks: of
            .blocks
            .into_iter()
            .map(|block| BlockBody {
                group: block.path,
                by: who(block.by),
                at: block.at.to_string(),
                why: block.why,
            })
            .collect(),
        asks_since: instant(of.asks_since),
        administers: of
            .administers
            .into_iter()
            .map(|one| AdministersBody {
                capabilities: one.capabilities,
                inherited_from: one.inherited_from,
                by_group: one.by_group,
                until: instant(one.until),
            })
            .collect(),
        entitlements: of.entitlements,
        removing: RemovingBody {
            memberships: of
                .below
                .into_iter()
                .map(|below| BelowBody {
                    group: below.path,
                    roles: below.roles,
                })
                .collect(),
            entitlements,
        },
        history: of
            .history
            .into_iter()
            .map(|fact| FactBody {
                at: fact.at.to_string(),
                kind: fact.kind,
                by: who(fact.by),
                cause: fact.cause,
            })
            .collect(),
    }
}

fn who(who: Who) -> String {
    match who {
        Who::Themselves => "themselves".to_owned(),
        Who::Person(name) | Who::Program(name) => name,
        Who::Operator => "operator".to_owned(),
        Who::Usher => "usher".to_owned(),
    }
}
