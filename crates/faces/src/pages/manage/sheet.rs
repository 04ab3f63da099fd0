//! The members of a group as a file, as an import takes it.

use std::io;

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::Response;
use directory::group::Group;
use directory::membership::{Noted, Status};
use directory::user::User;
use directory::zone::Zone;
use directory::{Directory, Error, Id, Principal};
use futures_util::stream;

use super::frame::{Managed, OfGroup};
use crate::app::App;
use crate::pages::error;
use crate::pages::visit::SignedIn;
use crate::path::Path;
use crate::sheet::cell;
use crate::sheet::terms::{COLUMNS, Line, Member};

/// Members read at a time.
const SLICE: usize = 500;

/// A group whose members are written.
struct Reading {
    directory: Directory,
    principal: Principal,
    group: Id<Group>,
    path: String,
    zone: Zone,
    after: Option<Id<User>>,
    is_first: bool,
}

impl Reading {
    /// The next piece of the file; none at the end.
    async fn next(&mut self) -> Result<Option<Vec<u8>>, Error> {
        let slice = self
            .directory
            .listed_members(&self.principal, self.group, self.after, SLICE)
            .await?;
        let is_first = std::mem::take(&mut self.is_first);
        let Some(last) = slice.last() else {
            return Ok(is_first.then(|| written(&[COLUMNS.map(str::to_owned).to_vec()])));
        };
        self.after = Some(last.membership.user);
        let head = is_first.then(|| COLUMNS.map(str::to_owned).to_vec());
        let lines = slice.into_iter().filter_map(|noted| self.line(noted));
        let rows: Vec<Vec<String>> = head.into_iter().chain(lines).collect();
        Ok(Some(written(&rows)))
    }

    /// Who is kept out, or is no member any more, is not given anything by a list.
    fn line(&self, noted: Noted) -> Option<Vec<String>> {
        let membership = noted.membership;
        if !matches!(membership.status, Status::Enabled | Status::Pending) {
            return None;
        }
        let member = Member {
            member: noted.user_name,
            roles: noted.roles,
            valid_from: membership.valid_from,
            expires_at: membership.expires_at,
        };
        let line = Line {
            group: self.path.clone(),
            member: Some(member),
        };
        Some(line.cells(&self.zone))
    }
}

fn written(rows: &[Vec<String>]) -> Vec<u8> {
    let mut sheet = csv::Writer::from_writer(Vec::new());
    for row in rows {
        // A file in memory takes whatever is written.
        sheet.write_record(row.iter().map(|text| cell::written(text))).ok();
    }
    sheet.into_inner().unwrap_or_default()
}

pub(in crate::pages) async fn write(
    State(app): State<App>,
    SignedIn(visit, visitor): SignedIn,
    Path(OfGroup { group }): Path<OfGroup>,
) -> Response {
    match file(&app, Managed::of(&app, &visit, &visitor, &group).await).await {
        Ok(response) => response,
        Err(error) => error::answered(&visit, &error),
    }
}

async fn file(app: &App, managed: Result<Managed<'_>, Error>) -> Result<Response, Error> {
    let managed = managed?;
    let mut reading = Reading {
        directory: app.directory.clone(),
        principal: managed.principal().clone(),
        group: managed.id(),
        path: managed.placed.path.to_string(),
        zone: managed.zone.clone(),
        after: None,
        is_first: true,
    };
    // The first piece is read before the answer begins, so that a refusal is one.
    let first = reading.next().await?;
    let pieces = stream::unfold(first.map(|first| (first, reading)), |state| async {
        let (piece, mut reading) = state?;
        match reading.next().await {
            Ok(next) => Some((Ok(piece), next.map(|next| (next, reading)))),
            // The answer breaks off: its reader sees that it is not whole.
            Err(error) => Some((Err(io::Error::other(error)), None)),
        }
    });
    let mut response = Response::new(Body::from_stream(pieces));
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("text/csv; charset=utf-8"),
    );
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(
        header::CONTENT_DISPOSITION,
        HeaderValue::from_static("attachment; filename=\"members.csv\""),
    );
    Ok(response)
}
