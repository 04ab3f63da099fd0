//! The tables of the system before: one statement for each kind of thing, in slices by id. Everything is read as text, so that
//! the types of its columns do not matter.

use std::collections::{BTreeMap, HashMap};

use anyhow::Result;
use db::{Db, Row};
use directory::plan::{Carried, CarriedMember, CarriedRequest, CarriedWay, Foreign};
use serde_json::{Map, Value, json};

/// Things read at a time.
const SLICE: i64 = 1_000;

/// The group attribute that names the way to join offered first; it is no attribute here.
const DEFAULT: &str = "defaultConfiguration";

/// The kinds of things, in the order in which they rest on each other.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    People,
    Groups,
    Roles,
    Rules,
    Ways,
    Admins,
    Members,
    PlainMembers,
    Requests,
}

/// Some rows, and the id of the last one that was read; none at the end.
pub(super) struct Slice {
    pub(super) rows: Vec<Foreign>,
    pub(super) last: Option<String>,
}

const REALM: &str = "SELECT id FROM realm WHERE name = ?1";
const PEOPLE: &str = "SELECT id, username, email, first_name, last_name, CAST(enabled AS TEXT) FROM user_entity
    WHERE realm_id = ?1 AND id > ?2 AND service_account_client_link IS NULL ORDER BY id LIMIT ?3";
const GROUPS: &str = "SELECT id, parent_group, name FROM keycloak_group WHERE realm_id = ?1";
const GROUP_ATTRIBUTES: &str = "SELECT a.group_id, a.name, a.value FROM group_attribute a
    JOIN keycloak_group g ON g.id = a.group_id WHERE g.realm_id = ?1 ORDER BY a.group_id, a.name, a.id";
const ROLES: &str = "SELECT r.id, r.group_id, r.name FROM group_roles r JOIN keycloak_group g ON g.id = r.group_id
    WHERE g.realm_id = ?1 AND r.id > ?2 ORDER BY r.id LIMIT ?3";
const RULES: &str =
    "SELECT id, type, field, CAST(required AS TEXT), default_value, max FROM group_enrollment_configuration_rules
    WHERE realm_id = ?1 AND id > ?2 ORDER BY id LIMIT ?3";
const WAYS: &str = "SELECT c.id, c.group_id, c.name, CAST(c.active AS TEXT), CAST(c.visible_to_not_members AS TEXT),
      CAST(c.require_approval AS TEXT), CAST(c.require_approval_for_extension AS TEXT), CAST(c.multiselect_role AS TEXT),
      CAST(c.comments_needed AS TEXT), c.comments_label, c.comments_description, CAST(c.membership_expiration_days AS TEXT),
      to_char(c.valid_from, 'YYYY-MM-DD'), c.enrollment_introduction, c.enrollment_conclusion, c.invitation_introduction,
      c.invitation_conclusion, a.url,
      (SELECT d.value FROM group_attribute d WHERE d.group_id = c.group_id AND d.name = 'defaultConfiguration' LIMIT 1),
      (SELECT CAST(json_agg(r.name ORDER BY r.name) AS TEXT) FROM group_enrollment_configuration_roles x
        JOIN group_roles r ON r.id = x.group_roles_id WHERE x.group_enrollment_configuration_id = c.id)
    FROM group_enrollment_configuration c JOIN keycloak_group g ON g.id = c.group_id LEFT JOIN group_aup a ON a.id = c.id
    WHERE g.realm_id = ?1 AND c.id > ?2 ORDER BY c.id LIMIT ?3";
const ADMINS: &str = "SELECT a.id, a.group_id, a.user_id, u.username, g.name FROM group_admin a
    JOIN keycloak_group g ON g.id = a.group_id JOIN user_entity u ON u.id = a.user_id
    WHERE g.realm_id = ?1 AND a.id > ?2 ORDER BY a.id LIMIT ?3";
const MEMBERS: &str = "SELECT m.id, m.group_id, m.user_id, u.username, g.name, m.status, to_char(m.valid_from, 'YYYY-MM-DD'),
      to_char(m.membership_expires_at, 'YYYY-MM-DD'), m.justification, m.changed_by, m.group_enrollment_configuration_id,
      (SELECT CAST(json_agg(x.group_roles_id) AS TEXT) FROM group_membership_roles x
        WHERE x.user_group_membership_extension_id = m.id)
    FROM user_group_membership_extension m JOIN keycloak_group g ON g.id = m.group_id JOIN user_entity u ON u.id = m.user_id
    WHERE g.realm_id = ?1 AND m.id > ?2 ORDER BY m.id LIMIT ?3";
/// Members of whom its group management knows nothing.
const PLAIN_MEMBERS: &str = "SELECT p.group_id || '/' || p.user_id, p.group_id, p.user_id, u.username, g.name
    FROM user_group_membership p JOIN keycloak_group g ON g.id = p.group_id JOIN user_entity u ON u.id = p.user_id
    WHERE g.realm_id = ?1 AND p.group_id || '/' || p.user_id > ?2 AND NOT EXISTS (SELECT 1 FROM user_group_membership_extension m
      WHERE m.group_id = p.group_id AND m.user_id = p.user_id) ORDER BY 1 LIMIT ?3";
const REQUESTS: &str = "SELECT q.id, c.group_id, c.id, q.user_id, u.username, g.name, q.state,
      to_char(q.submitted_date, 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'), to_char(q.approved_date, 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'),
      q.comments, q.review_comments, q.admin_justification, q.check_admin_id, q.user_first_name, q.user_last_name, q.user_email,
      q.user_identifier, q.user_authn_authorities,
      (SELECT CAST(json_agg(a.value) AS TEXT) FROM user_assurance a WHERE a.group_enrollment_request_id = q.id),
      (SELECT CAST(json_agg(x.group_roles_id) AS TEXT) FROM group_enrollment_roles x WHERE x.group_enrollment_id = q.id)
    FROM group_enrollment_request q JOIN group_enrollment_configuration c ON c.id = q.group_enrollment_configuration_id
      JOIN keycloak_group g ON g.id = c.group_id JOIN user_entity u ON u.id = q.user_id
    WHERE g.realm_id = ?1 AND q.id > ?2 ORDER BY q.id LIMIT ?3";
const SETTINGS: &str = "SELECT name, value FROM realm_attribute WHERE realm_id = ?1 ORDER BY name";
const ENTITLEMENTS: &str =
    "SELECT user_attribute, urn_namespace, authority, signature_message FROM member_user_attribute_configuration
    WHERE realm_id = ?1 LIMIT 1";
const INVITATIONS: &str = "SELECT COUNT(*) FROM group_invitation WHERE realm_id = ?1";

/// The id of the realm of that name.
pub(super) async fn realm(there: &Db, name: &str) -> Result<Option<String>> {
    let rows = there.query(REALM, &[name.into()]).await?;
    Ok(rows.into_iter().next().map(|mut row| row.take(0)).transpose()?)
}

/// How many invitations were sent and not answered.
pub(super) async fn invitations(there: &Db, realm: &str) -> Result<i64> {
    let mut rows = there.query(INVITATIONS, &[realm.into()]).await?;
    Ok(rows.first_mut().map_or(Ok(0), |row| row.take(0))?)
}

/// What is set for the realm there, and how it is set here.
pub(super) async fn settings(there: &Db, realm: &str) -> Result<Vec<(String, String)>> {
    const KNOWN: [(&str, &str); 7] = [
        ("invitation-expiration-period", "agm.invitation_hours"),
        ("expiration-notification-period", "agm.notice_days"),
        ("keycloakUrl", "agm.link_url"),
        ("AgmUserAssuranceForEnrollment", "agm.assurance_attribute"),
        ("userAssuranceForEnrollment", "agm.assurance_attribute"),
        ("AgmUserIdentifierForEnrollment", "agm.identifier_attribute"),
        ("userIdentifierForEnrollment", "agm.identifier_attribute"),
    ];
    let mut all = Vec::new();
    for mut row in there.query(SETTINGS, &[realm.into()]).await? {
        let (name, value): (String, Option<String>) = (row.take(0)?, row.take(1)?);
        if let (Some((_, here)), Some(value)) = (KNOWN.iter().find(|(known, _)| *known == name), value) {
            all.push((name, format!("{here}={value}")));
        }
    }
    for mut row in there.query(ENTITLEMENTS, &[realm.into()]).await? {
        for (index, name) in ["attribute", "namespace", "authority", "signature"]
            .into_iter()
            .enumerate()
        {
            if let Some(value) = row.take::<Option<String>>(index)? {
                all.push((
                    format!("entitlements, {name}"),
                    format!("entitlements.{name}='{value}'"),
                ));
            }
        }
    }
    Ok(all)
}

impl Kind {
    pub(super) const ALL: [Self; 9] = [
        Self::People,
        Self::Groups,
        Self::Roles,
        Self::Rules,
        Self::Ways,
        Self::Admins,
        Self::Members,
        Self::PlainMembers,
        Self::Requests,
    ];

    /// Those of a realm behind an id.
    pub(super) async fn rows(self, there: &Db, realm: &str, after: &str, make_people: bool) -> Result<Slice> {
        let sql = match self {
            Self::People => PEOPLE,
            Self::Groups if after.is_empty() => return groups(there, realm).await,
            Self::Groups => {
                return Ok(Slice {
                    rows: Vec::new(),
                    last: None,
                });
            }
            Self::Roles => ROLES,
            Self::Rules => RULES,
            Self::Ways => WAYS,
            Self::Admins => ADMINS,
            Self::Members => MEMBERS,
            Self::PlainMembers => PLAIN_MEMBERS,
            Self::Requests => REQUESTS,
        };
        let rows = there.query(sql, &[realm.into(), after.into(), SLICE.into()]).await?;
        let rows = rows.into_iter().map(|row| {
            let row = Texts::of(row)?;
            Ok(match self {
                Self::People => person(&row, make_people),
                Self::Groups | Self::Roles => role(&row),
                Self::Rules => rule(&row),
                Self::Ways => way(&row),
                Self::Admins => admin(&row),
                Self::Members => member(&row),
                Self::PlainMembers => plain_member(&row),
                Self::Requests => request(&row),
            })
        });
        let rows: Vec<Foreign> = rows.collect::<Result<_>>()?;
        let last = rows.last().map(|row| row.original.clone());
        Ok(Slice { rows, last })
    }
}

/// A row of texts.
struct Texts(Vec<Option<String>>);

impl Texts {
    fn of(mut row: Row) -> Result<Self> {
        let mut texts = Vec::with_capacity(row.len());
        for index in 0..row.len() {
            texts.push(row.take(index)?);
        }
        Ok(Self(texts))
    }

    /// What is there; a blank text is nothing.
    fn maybe(&self, index: usize) -> Option<String> {
        let text = self.0.get(index).cloned().flatten();
        text.filter(|text| !text.trim().is_empty())
    }

    fn text(&self, index: usize) -> String {
        self.0.get(index).cloned().flatten().unwrap_or_default()
    }

    fn flag(&self, index: usize) -> bool {
        self.text(index) == "true"
    }

    /// A list that the database wrote as JSON.
    fn list(&self, index: usize) -> Vec<String> {
        self.maybe(index)
            .and_then(|text| serde_json::from_str(&text).ok())
            .unwrap_or_default()
    }
}

fn foreign(row: &Texts, table: &str, name: String, carried: Carried) -> Foreign {
    let original = row.text(0);
    Foreign {
        place: format!("{table} {original}"),
        original,
        name,
        carried,
    }
}

fn person(row: &Texts, make: bool) -> Foreign {
    let name = row.text(1);
    let mut document = Map::from_iter([
        ("userName".to_owned(), json!(name)),
        ("active".to_owned(), json!(row.flag(5))),
    ]);
    if let Some(address) = row.maybe(2) {
        document.insert(
            "emails".into(),
            json!([{ "value": address, "type": "work", "primary": true }]),
        );
    }
    let names = [("givenName", row.maybe(3)), ("familyName", row.maybe(4))];
    let names: Map<String, Value> = names
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value?.into())))
        .collect();
    if !names.is_empty() {
        document.insert("name".into(), names.into());
    }
    foreign(row, "user_entity", name, Carried::Person { document, make })
}

/// All groups, those above first.
async fn groups(there: &Db, realm: &str) -> Result<Slice> {
    let mut attributes: HashMap<String, BTreeMap<String, Vec<String>>> = HashMap::new();
    for row in there.scan(GROUP_ATTRIBUTES, &[realm.into()]).await? {
        let row = Texts::of(row)?;
        let (group, name) = (row.text(0), row.text(1));
        if let Some(value) = row.maybe(2).filter(|_| name != DEFAULT) {
            attributes
                .entry(group)
                .or_default()
                .entry(name)
                .or_default()
                .push(value);
        }
    }
    let mut by_parent: BTreeMap<Option<String>, Vec<Texts>> = BTreeMap::new();
    for row in there.scan(GROUPS, &[realm.into()]).await? {
        let row = Texts::of(row)?;
        by_parent.entry(row.maybe(1)).or_default().push(row);
    }
    let mut rows = Vec::new();
    let mut next = vec![(None, String::new())];
    while let Some((parent, path)) = next.pop() {
        let mut children = by_parent.remove(&parent).unwrap_or_default();
        children.sort_by_key(|row| row.text(2));
        for row in children {
            let (id, name) = (row.text(0), row.text(2));
            let path = format!("{path}/{}", name.replace('/', "~/"));
            let carried = Carried::Group {
                parent: parent.clone(),
                group: name,
                attributes: attributes.remove(&id).unwrap_or_default(),
            };
            rows.push(foreign(&row, "keycloak_group", path.clone(), carried));
            next.push((Some(id), path));
        }
    }
    let last = rows.last().map(|row| row.original.clone());
    Ok(Slice { rows, last })
}

fn role(row: &Texts) -> Foreign {
    let carried = Carried::Role {
        group: row.text(1),
        role: row.text(2),
    };
    foreign(row, "group_roles", row.text(2), carried)
}

fn rule(row: &Texts) -> Foreign {
    let carried = Carried::Rule {
        top_level: row.text(1) == "TOP_LEVEL",
        field: row.text(2),
        required: row.flag(3),
        default: row.maybe(4),
        max: row.maybe(5),
    };
    foreign(row, "group_enrollment_configuration_rules", row.text(2), carried)
}

fn way(row: &Texts) -> Foreign {
    let way = CarriedWay {
        group: row.text(1),
        way: row.text(2),
        first: row.maybe(18).is_some_and(|first| first == row.text(0)),
        active: row.flag(3),
        visible: row.flag(4),
        require_approval: row.flag(5),
        require_approval_for_extension: row.flag(6),
        multiselect_role: row.flag(7),
        comments_needed: row.flag(8),
        comments_label: row.maybe(9),
        comments_description: row.maybe(10),
        days: row.maybe(11).and_then(|days| days.parse().ok()),
        valid_from: row.maybe(12),
        texts: [13, 14, 15, 16].map(|index| row.maybe(index)),
        terms: row.maybe(17),
        roles: row.list(19),
    };
    foreign(
        row,
        "group_enrollment_configuration",
        row.text(2),
        Carried::Way(Box::new(way)),
    )
}

fn admin(row: &Texts) -> Foreign {
    let carried = Carried::Admin {
        group: row.text(1),
        user: row.text(2),
    };
    foreign(
        row,
        "group_admin",
        format!("{} of {}", row.text(3), row.text(4)),
        carried,
    )
}

fn member(row: &Texts) -> Foreign {
    let member = CarriedMember {
        group: row.text(1),
        user: row.text(2),
        suspended: row.text(5) == "SUSPENDED",
        valid_from: row.maybe(6),
        last_day: row.maybe(7),
        justification: row.maybe(8),
        changed_by: row.maybe(9),
        way: row.maybe(10),
        roles: row.list(11),
    };
    let name = format!("{} in {}", row.text(3), row.text(4));
    foreign(row, "user_group_membership_extension", name, Carried::Member(member))
}

fn plain_member(row: &Texts) -> Foreign {
    let member = CarriedMember {
        group: row.text(1),
        user: row.text(2),
        ..CarriedMember::default()
    };
    let name = format!("{} in {}", row.text(3), row.text(4));
    foreign(row, "user_group_membership", name, Carried::Member(member))
}

fn request(row: &Texts) -> Foreign {
    // Before its version 1.0 it had another word.
    let status = match row.text(6).as_str() {
        "NO_APPROVAL" => "SELF_APPROVED".to_owned(),
        status => status.to_owned(),
    };
    let authorities: Vec<Value> = row
        .maybe(17)
        .and_then(|text| serde_json::from_str(&text).ok())
        .unwrap_or_default();
    let authorities = authorities.iter().filter_map(|one| {
        let name = one["name"].as_str().or_else(|| one["id"].as_str());
        name.map(str::to_owned)
    });
    let request = CarriedRequest {
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
        authorities: authorities.collect(),
        assurance: row.list(18),
        roles: row.list(19),
    };
    let name = format!("{} for {}", row.text(4), row.text(5));
    foreign(
        row,
        "group_enrollment_request",
        name,
        Carried::Request(Box::new(request)),
    )
}
