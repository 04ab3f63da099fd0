//! Jobs: what happens at its time.

use std::sync::LazyLock;

use directory::Id;
use directory::job::{Job, JobKind, JobQuery, RetryJob};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::body::{Query, one_of};
use super::call::{self, ById, Call};
use super::error::Problem;
use super::filter::{Noun, Part, flag, instant, number, text};
use super::paging::{self, Page};
use super::reply::Reply;
use crate::path::Path;

/// Something that happens at its time.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Job)]
pub(super) struct JobBody {
    /// Its id.
    id: String,
    /// What it does.
    #[schema(example = "erase_user")]
    kind: String,
    /// What it does it to.
    subject: String,
    /// When it is due (RFC 3339).
    due_at: String,
    /// How often it has failed in a row.
    attempts: i64,
    /// Why it failed last.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_error: Option<String>,
    /// Whether it waits for somebody to retry it.
    parked: bool,
    /// When it was scheduled (RFC 3339).
    created: String,
}

/// What can be asked of it.
pub(super) static NOUN: LazyLock<Noun> = LazyLock::new(|| {
    Noun::new(
        "Job",
        "jobs",
        " or narrow the list with `kind` and `parked`",
        vec![
            text("id"),
            text("kind"),
            text("subject"),
            instant("due_at"),
            number("attempts"),
            text("last_error"),
            flag("parked"),
            instant("created"),
        ],
    )
});

impl From<&Job> for JobBody {
    fn from(job: &Job) -> Self {
        Self {
            id: job.id.to_string(),
            kind: job.kind.name().to_owned(),
            subject: job.subject.to_string(),
            due_at: job.due_at.to_string(),
            attempts: job.attempts,
            last_error: job.last_error.clone(),
            parked: job.parked,
            created: job.id.made_at().to_string(),
        }
    }
}

/// Which jobs.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    /// `next` of the page before.
    cursor: Option<String>,
    /// How many at most: 1 to 500, usually 50.
    limit: Option<usize>,
    /// A SCIM filter (RFC 7644 §3.4.2.2) over the members of the items, e.g. `attempts gt 3`. A page looks at 100,000
    /// rows at most.
    #[param(example = "attempts gt 3")]
    filter: Option<String>,
    /// Only those of this kind.
    kind: Option<String>,
    /// Only those that wait for somebody to retry them.
    parked: Option<bool>,
}

/// List jobs
#[utoipa::path(get, path = "/jobs", tag = "Jobs", operation_id = "list_jobs", params(Asked), responses((status = 200, description = "a page", body = Page<JobBody>)))]
pub(super) async fn list(call: Call, Query(asked): Query<Asked>) -> Result<Reply, Problem> {
    let after = paging::after(asked.cursor.as_deref(), Id::parse)?;
    let part = Part::of(&NOUN, after, asked.limit, asked.filter.as_deref())?;
    let query = JobQuery {
        kind: one_of("kind", asked.kind.as_deref(), JobKind::ALL, JobKind::name)?,
        only_parked: asked.parked == Some(true),
        ..JobQuery::default()
    };
    let call = &call;
    let read = |after, limit| {
        let query = JobQuery {
            after,
            limit,
            ..query.clone()
        };
        async move { call.directory().jobs(&call.principal, &query).await }
    };
    let found = part.find(read, |job| job.id, |job| JobBody::from(&job)).await?;
    Ok(Reply::ok(&Page::of(found, Id::to_string)))
}

/// Show a job
#[utoipa::path(get, path = "/jobs/{id}", tag = "Jobs", operation_id = "show_job", params(("id" = String, Path, description = "its id")), responses((status = 200, description = "the job", body = JobBody)))]
pub(super) async fn show(call: Call, Path(ById { id }): Path<ById>) -> Result<Reply, Problem> {
    let job = call.directory().job(&call.principal, call::id(&id, "job")?).await?;
    Ok(Reply::ok(&JobBody::from(&job)))
}

/// Try a job again
///
/// It is due at once, parked or not.
#[utoipa::path(post, path = "/jobs/{id}/retry", tag = "Jobs", operation_id = "retry_job", params(("id" = String, Path, description = "its id")), responses((status = 200, description = "the job as it now is", body = JobBody)))]
pub(super) async fn retry(call: Call, Path(ById { id }): Path<ById>) -> Result<Reply, Problem> {
    let command = RetryJob {
        id: call::id(&id, "job")?,
    };
    call.once(&[], command, |job: &Job, _| Reply::ok(&JobBody::from(job)))
        .await
}
