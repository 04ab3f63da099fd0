//! Requests and invitations.

use directory::Timestamp;
use directory::plan::{Carried, CarriedInvitation, CarriedRequest, Foreign};
use directory::token::TokenHash;
use serde_json::Value;

use super::foreign;
use super::texts::Texts;

pub(super) fn request(row: &Texts) -> Foreign {
    let name = format!("{} for {}", row.text(4), row.text(5));
    let carried = read_request(row).map(|request| Carried::Request(Box::new(request)));
    foreign(row, "group_enrollment_request", name, carried)
}

fn read_request(row: &Texts) -> Result<CarriedRequest, String> {
    // Before its version 1.0 it had another word.
    let status = match row.text(6).as_str() {
        "NO_APPROVAL" => "SELF_APPROVED".to_owned(),
        status => status.to_owned(),
    };
    Ok(CarriedRequest {
        group: row.text(1),
        way: row.text(2),
        user: row.text(3),
        status,
        submitted_at: row.text(7),
        decided_at: row.maybe(8),
        comments: row.maybe(9),
        dialogue: row.maybe(10),
        justification: row.maybe(11),
        reviewer: row.maybe(12),
        identity: [13, 14, 15, 16].map(|index| row.maybe(index)),
        authorities: row.maybe(17).map(authorities).unwrap_or_default(),
        assurance: row.list(18, "assurance")?,
        roles: row.list(19, "roles")?,
    })
}

/// Who vouched for a sign-in: the names in a list of objects. Anything else stays as it is written.
fn authorities(text: String) -> Vec<String> {
    let all = match serde_json::from_str(&text) {
        Ok(Value::Array(all)) => all,
        Ok(Value::Null) => return Vec::new(),
        _ => return vec![text],
    };
    let name = |one: Value| {
        let name = one["name"]
            .as_str()
            .or_else(|| one["id"].as_str())
            .or_else(|| one.as_str());
        name.map_or_else(|| one.to_string(), str::to_owned)
    };
    all.into_iter().map(name).collect()
}

/// An invitation whose time is not over. Its id is the secret of its link, so only its hash is taken along.
pub(super) fn invitation(row: &Texts, hours: i64, now: Timestamp) -> Option<Foreign> {
    let created_at = row.maybe(7).map(|text| Timestamp::parse(&text));
    let expires_at = match &created_at {
        Some(Ok(at)) => Some(at.plus_seconds(hours * 3_600)),
        _ => None,
    };
    if expires_at.is_some_and(|end| end <= now) {
        return None;
    }
    let what = if row.flag(4) { "member of" } else { "administrator of" };
    let made = row.text(7);
    Some(Foreign {
        original: TokenHash::of(&row.text(0)).to_hex(),
        place: format!("group_invitation of {made}"),
        name: format!("{what} {}", row.text(2)),
        carried: read_invitation(row, expires_at),
    })
}

fn read_invitation(row: &Texts, expires_at: Option<Timestamp>) -> Result<Carried, String> {
    let is_membership = row.flag(4);
    let way = row.maybe(3).filter(|_| is_membership);
    if is_membership && way.is_none() {
        return Err("it names no way to join".into());
    }
    let invitation = CarriedInvitation {
        group: row.maybe(1).ok_or("it names no group")?,
        way,
        roles: if is_membership {
            row.list(8, "roles")?
        } else {
            Vec::new()
        },
        inviter: row.maybe(5),
        address: row.maybe(6),
        created_at: row.text(7),
        expires_at: expires_at.ok_or("it does not say when it was made")?.to_string(),
    };
    Ok(Carried::Invitation(Box::new(invitation)))
}

#[cfg(test)]
mod tests {
    use super::authorities;

    #[test]
    fn what_is_no_list_of_names_is_kept_as_it_is() {
        for (text, kept) in [
            (r#"[{"id":"a","name":"A"},{"id":"b"},"c"]"#, vec!["A", "b", "c"]),
            ("null", vec![]),
            ("[]", vec![]),
            ("The University", vec!["The University"]),
            (r#"[{"x":1}]"#, vec![r#"{"x":1}"#]),
        ] {
            assert_eq!(authorities(text.to_owned()), kept, "{text}");
        }
    }
}
