//! What is set for the realm, under the names it has here.

use anyhow::Result;
use db::Db;
use directory::plan::{Carried, Foreign};
use directory::realm;

use super::sql;
use super::texts::Texts;

/// Hours an invitation can be answered, where nothing else is set.
const INVITATION_HOURS: u32 = 72;

const INVITATION_PERIOD: &str = "invitation-expiration-period";

/// Attributes of a realm and what they are here. Where two are the same, the first counts: the other is its older name.
const ATTRIBUTES: [(&str, &str); 7] = [
    (INVITATION_PERIOD, "agm.invitation_hours"),
    ("expiration-notification-period", "agm.notice_days"),
    ("keycloakUrl", "agm.link_url"),
    ("AgmUserAssuranceForEnrollment", "agm.assurance_attribute"),
    ("userAssuranceForEnrollment", "agm.assurance_attribute"),
    ("AgmUserIdentifierForEnrollment", "agm.identifier_attribute"),
    ("userIdentifierForEnrollment", "agm.identifier_attribute"),
];

/// The columns of how it forms the values that tell others of groups, and what they are here.
const COLUMNS: [(&str, &str); 4] = [
    ("user_attribute", "entitlements.attribute"),
    ("urn_namespace", "entitlements.namespace"),
    ("authority", "entitlements.authority"),
    ("signature_message", "entitlements.signature"),
];

/// What it signs with unless told otherwise, as this does, in the language of the mail.
const SIGNATURE: &str = "Support team";

/// All of them.
pub(super) async fn all(there: &Db, realm: &str) -> Result<Vec<Foreign>> {
    let set = attributes(there, realm).await?;
    let mut rows: Vec<Foreign> = Vec::new();
    for (name, setting) in ATTRIBUTES {
        let found = set.iter().find(|(known, _)| known == name);
        if let Some((_, value)) = found.filter(|_| rows.iter().all(|row| row.original != setting)) {
            rows.push(row("realm_attribute", name, setting, value));
        }
    }
    for columns in there.query(sql::ENTITLEMENTS, &[realm.into()]).await? {
        let columns = Texts::of(columns)?;
        for (index, (name, setting)) in COLUMNS.into_iter().enumerate() {
            let value = columns.maybe(index);
            if let Some(value) = value.filter(|value| name != "signature_message" || value != SIGNATURE) {
                rows.push(row("member_user_attribute_configuration", name, setting, &value));
            }
        }
    }
    Ok(rows)
}

fn row(table: &str, name: &str, setting: &str, value: &str) -> Foreign {
    Foreign {
        place: format!("{table} {name}"),
        original: setting.to_owned(),
        name: name.to_owned(),
        carried: Ok(Carried::Setting {
            setting: setting.to_owned(),
            value: value.trim().to_owned(),
        }),
    }
}

async fn attributes(there: &Db, realm: &str) -> Result<Vec<(String, String)>> {
    read(there.query(sql::SETTINGS, &[realm.into()]).await?)
}

fn read(rows: Vec<db::Row>) -> Result<Vec<(String, String)>> {
    let mut set = Vec::new();
    for row in rows {
        let row = Texts::of(row)?;
        if let Some(value) = row.maybe(1) {
            set.push((row.text(0), value));
        }
    }
    Ok(set)
}

/// For how many hours an invitation can be answered there. What is no number is refused as a setting.
pub(super) async fn invitation_hours(there: &Db, realm: &str) -> Result<i64> {
    let set = attributes(there, realm).await?;
    let period = set.into_iter().find(|(name, _)| name == INVITATION_PERIOD);
    let hours = period.and_then(|(_, value)| value.trim().parse::<u32>().ok());
    Ok(hours.unwrap_or(INVITATION_HOURS).into())
}

/// What is set for all realms there and means nothing here, with the reason.
pub(super) async fn without_meaning(there: &Db) -> Result<Vec<String>> {
    let set = read(there.query(sql::OF_ALL, &[]).await?)?;
    let told = set.into_iter().filter_map(|(name, value)| {
        let why = realm::without_effect(&name)?;
        Some(format!(
            "{name}={value} is not taken over, it has no meaning here: {why}"
        ))
    });
    Ok(told.collect())
}
