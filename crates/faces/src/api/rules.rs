//! What a realm allows its groups to configure.

use directory::enrollment::configuration::Configuration;
use directory::enrollment::rule::{Level, Rule, RuleSays, Violation, rules};
use directory::enrollment::{ChangeRule, RemoveRule, SetRule};
use directory::{Id, Refusal};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::body::{Body, Query, one_of};
use super::call::{self, ById, Call};
use super::error::{Code, Problem};
use super::fields;
use super::paging::{self, Page, PlainPaging};
use super::reply::Reply;
use crate::path::Path;

/// So many ways to join are looked at for one page, in slices of a thousand.
const MOST_SLICES: usize = 100;

/// A rule of a realm about one member of ways to join, for one kind of group.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Rule)]
pub(super) struct RuleBody {
    /// Its id.
    id: String,
    /// For which groups: `top_level` or `subgroup`.
    level: &'static str,
    /// About which member.
    #[schema(example = "membership_expiration_days")]
    field: String,
    /// Whether a value has to be given.
    required: bool,
    /// What a new way to join begins with, as a text.
    #[serde(skip_serializing_if = "Option::is_none")]
    default: Option<String>,
    /// No number may be larger.
    #[serde(skip_serializing_if = "Option::is_none")]
    max: Option<u32>,
    /// Raised by every change; the entity tag.
    version: i64,
}

impl From<&Rule> for RuleBody {
    fn from(rule: &Rule) -> Self {
        Self {
            id: rule.id.to_string(),
            level: rule.says.level.name(),
            field: fields::here(rule.says.field.name()),
            required: rule.says.required,
            default: rule.says.default_value.clone(),
            max: rule.says.max.as_deref().and_then(|max| max.parse().ok()),
            version: rule.version,
        }
    }
}

/// A rule as it is to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewRule {
    /// For which groups: `top_level` or `subgroup`.
    level: String,
    /// About which member of ways to join.
    field: String,
    /// Whether a value has to be given; usually not.
    #[serde(default)]
    required: bool,
    /// What a new way to join begins with, as a text.
    default: Option<String>,
    /// No number may be larger; of `membership_expiration_days` only.
    max: Option<u32>,
}

impl TryFrom<NewRule> for RuleSays {
    type Error = Problem;

    fn try_from(new: NewRule) -> Result<Self, Problem> {
        let level = one_of("level", Some(&new.level), Level::ALL, Level::name)?;
        let level = level.ok_or_else(|| Refusal::invalid("level", "is required"))?;
        let field = fields::field(&new.field)
            .ok_or_else(|| Refusal::invalid("field", format!("there are rules for {}", fields::known())))?;
        let max = new.max.map(|max| max.to_string());
        let says = rules::read(
            level,
            field.name(),
            new.required,
            new.default.as_deref(),
            max.as_deref(),
        );
        says.map_err(|refusal| Problem::from(refusal).renamed(fields::here))
    }
}

/// A way to join that breaks rules, since they came later or were put aside.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RuleViolation)]
pub(super) struct ViolationBody {
    /// The group.
    group: String,
    /// The way to join.
    configuration: String,
    /// The name of that.
    name: String,
    /// What it breaks.
    broken: Vec<BrokenRule>,
}

/// A rule that is broken.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct BrokenRule {
    /// By which member.
    field: String,
    /// What the rule allows.
    allowed: String,
}

impl ViolationBody {
    pub(super) fn of((configuration, broken): &(Configuration, Vec<Violation>)) -> Self {
        let one = |violation: &Violation| BrokenRule {
            field: fields::here(violation.field.name()),
            allowed: violation.allowed.clone(),
        };
        Self {
            group: configuration.group.to_string(),
            configuration: configuration.id.to_string(),
            name: configuration.name.clone(),
            broken: broken.iter().map(one).collect(),
        }
    }
}

/// List the rules of the realm
///
/// All of them: each member has one for each kind of group. Takes the scope `agm:admin` and, of a person, the role `realm-admin` or
/// `auditor`.
#[utoipa::path(get, path = "/rules", tag = "Rules", operation_id = "list_rules", responses((status = 200, description = "all of them", body = Page<RuleBody>)))]
pub(super) async fn list(call: Call) -> Result<Reply, Problem> {
    let rules = call.directory().rules(&call.principal).await?;
    Ok(Reply::ok(&Page::with(rules.iter().map(RuleBody::from).collect(), None)))
}

/// Add a rule
///
/// Ways to join that are there stay as they are: see the violations. Takes the scope `agm:admin` and, of a person, the role
/// `realm-admin`.
#[utoipa::path(post, path = "/rules", tag = "Rules", operation_id = "create_rule", request_body = NewRule, responses((status = 201, description = "added", body = RuleBody)))]
pub(super) async fn create(call: Call, body: Body<NewRule>) -> Result<Reply, Problem> {
    let says = body.value.try_into()?;
    let path = call.path.clone();
    let reply = move |rule: &Rule, _| {
        Reply::created(format!("{path}/{}", rule.id), &RuleBody::from(rule)).version(rule.version)
    };
    call.once(&body.bytes, SetRule { says }, reply).await
}

async fn read(call: &Call, id: &str) -> Result<Rule, Problem> {
    let id = call::id(id, "rule")?;
    Ok(call.directory().rule(&call.principal, id).await?)
}

/// Show a rule
#[utoipa::path(get, path = "/rules/{id}", tag = "Rules", operation_id = "show_rule", params(("id" = String, Path, description = "its id")), responses((status = 200, description = "the rule", body = RuleBody)))]
pub(super) async fn show(call: Call, Path(ById { id }): Path<ById>) -> Result<Reply, Problem> {
    let rule = read(&call, &id).await?;
    Ok(Reply::ok(&RuleBody::from(&rule)).version(rule.version))
}

/// Replace a rule
///
/// Takes the scope `agm:admin` and, of a person, the role `realm-admin`.
#[utoipa::path(put, path = "/rules/{id}", tag = "Rules", operation_id = "replace_rule", params(("id" = String, Path, description = "its id")), request_body = NewRule, responses((status = 200, description = "the rule as it now is", body = RuleBody)))]
pub(super) async fn replace(call: Call, Path(ById { id }): Path<ById>, body: Body<NewRule>) -> Result<Reply, Problem> {
    let says = body.value.try_into()?;
    let before = read(&call, &id).await?;
    let command = ChangeRule {
        id: before.id,
        if_version: call.if_version(before.version)?,
        says,
    };
    let rule = call.run(command).await?;
    Ok(Reply::ok(&RuleBody::from(&rule)).version(rule.version))
}

/// Take a rule away
///
/// Takes the scope `agm:admin` and, of a person, the role `realm-admin`.
#[utoipa::path(delete, path = "/rules/{id}", tag = "Rules", operation_id = "delete_rule", params(("id" = String, Path, description = "its id")), responses((status = 204, description = "taken away")))]
pub(super) async fn delete(call: Call, Path(ById { id }): Path<ById>) -> Result<Reply, Problem> {
    let before = read(&call, &id).await?;
    call.run(RemoveRule {
        id: before.id,
        if_version: call.if_version(before.version)?,
    })
    .await?;
    Ok(Reply::done())
}

/// List the ways to join that break rules
///
/// Of all groups of the realm; computed as it is asked for. Takes what the list of rules takes.
#[utoipa::path(get, path = "/rules/violations", tag = "Rules", operation_id = "list_rule_violations", params(PlainPaging), responses((status = 200, description = "a page", body = Page<ViolationBody>)))]
pub(super) async fn violations(call: Call, Query(paging): Query<PlainPaging>) -> Result<Reply, Problem> {
    Ok(Reply::ok(&broken(&call, &paging).await?))
}

/// A page of the ways to join of all groups that break rules.
pub(super) async fn broken(call: &Call, paging: &PlainPaging) -> Result<Page<ViolationBody>, Problem> {
    // A cursor is the id of a group, after it that of a way to join.
    let read = |text: &str| {
        let (group, way) = text.split_once('.')?;
        Some((Id::parse(group)?, Id::parse(way)?))
    };
    let mut after = paging::after(paging.cursor.as_deref(), read)?;
    let limit = paging::limit(paging.limit)?;
    let mut found = Vec::new();
    for _ in 0..MOST_SLICES {
        let slice = call.directory().rules_broken(&call.principal, after).await?;
        found.extend(slice.ways);
        after = slice.next;
        if after.is_none() || found.len() > limit {
            let cursor = |(way, _): &(Configuration, Vec<Violation>)| format!("{}.{}", way.group, way.id);
            return Ok(Page::begun(found, limit, cursor, |one| ViolationBody::of(&one)));
        }
    }
    let detail = "more than 100000 ways to join would be looked at for this page; ask for fewer with `limit`";
    Err(Problem::new(Code::TooMany, detail))
}
