//! The statements on its tables. Everything is read as text, so that the types of its columns do not matter. The first column is
//! the id.

/// An instant: it stands there as its server's clocks showed it, in the time zone of the fourth parameter.
macro_rules! instant {
    ($column:literal) => {
        concat!(
            "to_char(",
            $column,
            " AT TIME ZONE CAST(?4 AS TEXT) AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')"
        )
    };
}

pub(super) const REALM: &str = "SELECT id FROM realm WHERE name = ?1";
pub(super) const PEOPLE: &str =
    "SELECT id, username, email, first_name, last_name, CAST(enabled AS TEXT) FROM user_entity
    WHERE realm_id = ?1 AND id > ?2 AND service_account_client_link IS NULL ORDER BY id LIMIT ?3";
pub(super) const GROUPS: &str = "SELECT id, parent_group, name FROM keycloak_group WHERE realm_id = ?1";
pub(super) const GROUP_ATTRIBUTES: &str = "SELECT a.group_id, a.name, a.value FROM group_attribute a
    JOIN keycloak_group g ON g.id = a.group_id WHERE g.realm_id = ?1 ORDER BY a.group_id, a.name, a.id";
pub(super) const ROLES: &str =
    "SELECT r.id, r.group_id, r.name FROM group_roles r JOIN keycloak_group g ON g.id = r.group_id
    WHERE g.realm_id = ?1 AND r.id > ?2 ORDER BY r.id LIMIT ?3";
pub(super) const RULES: &str =
    "SELECT id, type, field, CAST(required AS TEXT), default_value, max FROM group_enrollment_configuration_rules
    WHERE realm_id = ?1 AND id > ?2 ORDER BY id LIMIT ?3";
pub(super) const WAYS: &str = "SELECT c.id, c.group_id, c.name, CAST(c.active AS TEXT), CAST(c.visible_to_not_members AS TEXT),
      CAST(c.require_approval AS TEXT), CAST(c.require_approval_for_extension AS TEXT), CAST(c.multiselect_role AS TEXT),
      CAST(c.comments_needed AS TEXT), c.comments_label, c.comments_description, CAST(c.membership_expiration_days AS TEXT),
      to_char(c.valid_from, 'YYYY-MM-DD'), c.enrollment_introduction, c.enrollment_conclusion, c.invitation_introduction,
      c.invitation_conclusion, a.url,
      (SELECT d.value FROM group_attribute d WHERE d.group_id = c.group_id AND d.name = 'defaultConfiguration' LIMIT 1),
      (SELECT CAST(json_agg(r.name ORDER BY r.name) AS TEXT) FROM group_enrollment_configuration_roles x
        JOIN group_roles r ON r.id = x.group_roles_id WHERE x.group_enrollment_configuration_id = c.id)
    FROM group_enrollment_configuration c JOIN keycloak_group g ON g.id = c.group_id LEFT JOIN group_aup a ON a.id = c.id
    WHERE g.realm_id = ?1 AND c.id > ?2 ORDER BY c.id LIMIT ?3";
pub(super) const ADMINS: &str = "SELECT a.id, a.group_id, a.user_id, u.username, g.name FROM group_admin a
    JOIN keycloak_group g ON g.id = a.group_id JOIN user_entity u ON u.id = a.user_id
    WHERE g.realm_id = ?1 AND a.id > ?2 ORDER BY a.id LIMIT ?3";
pub(super) const MEMBERS: &str = "SELECT m.id, m.group_id, m.user_id, u.username, g.name, m.status, to_char(m.valid_from, 'YYYY-MM-DD'),
      to_char(m.membership_expires_at, 'YYYY-MM-DD'), m.justification, m.changed_by, m.group_enrollment_configuration_id,
      (SELECT CAST(json_agg(x.group_roles_id) AS TEXT) FROM group_membership_roles x
        WHERE x.user_group_membership_extension_id = m.id)
    FROM user_group_membership_extension m JOIN keycloak_group g ON g.id = m.group_id JOIN user_entity u ON u.id = m.user_id
    WHERE g.realm_id = ?1 AND m.id > ?2 ORDER BY m.id LIMIT ?3";
/// Members of whom its group management knows nothing, in the order of the key, so that a slice costs no more than its rows.
pub(super) const PLAIN_MEMBERS: &str = "SELECT p.group_id || '/' || p.user_id, p.group_id, p.user_id, u.username, g.name
    FROM user_group_membership p JOIN keycloak_group g ON g.id = p.group_id JOIN user_entity u ON u.id = p.user_id
    WHERE g.realm_id = ?1 AND (p.group_id, p.user_id) > (?2, ?4) AND NOT EXISTS (SELECT 1 FROM user_group_membership_extension m
      WHERE m.group_id = p.group_id AND m.user_id = p.user_id) ORDER BY p.group_id, p.user_id LIMIT ?3";
pub(super) const REQUESTS: &str = concat!(
    "SELECT q.id, c.group_id, c.id, q.user_id, u.username, g.name, q.state,
      ",
    instant!("q.submitted_date"),
    ", ",
    instant!("q.approved_date"),
    ",
      q.comments, q.review_comments, q.admin_justification, q.check_admin_id, q.user_first_name, q.user_last_name, q.user_email,
      q.user_identifier, q.user_authn_authorities,
      (SELECT CAST(json_agg(a.value) AS TEXT) FROM user_assurance a WHERE a.group_enrollment_request_id = q.id),
      (SELECT CAST(json_agg(x.group_roles_id) AS TEXT) FROM group_enrollment_roles x WHERE x.group_enrollment_id = q.id)
    FROM group_enrollment_request q JOIN group_enrollment_configuration c ON c.id = q.group_enrollment_configuration_id
      JOIN keycloak_group g ON g.id = c.group_id JOIN user_entity u ON u.id = q.user_id
    WHERE g.realm_id = ?1 AND q.id > ?2 ORDER BY q.id LIMIT ?3"
);
pub(super) const SETTINGS: &str = "SELECT name, value FROM realm_attribute WHERE realm_id = ?1 ORDER BY name";
pub(super) const ENTITLEMENTS: &str =
    "SELECT user_attribute, urn_namespace, authority, signature_message FROM member_user_attribute_configuration
    WHERE realm_id = ?1 LIMIT 1";
/// It keeps no address. Where an installation has added a column of that name, it counts.
pub(super) const INVITATIONS: &str = concat!(
    "SELECT i.id, COALESCE(i.group_id, c.group_id), g.name, c.id, CAST(i.for_member AS TEXT), i.check_admin_id,
      to_jsonb(i) ->> 'email', ",
    instant!("i.creation_date"),
    ",
      (SELECT CAST(json_agg(x.group_roles_id) AS TEXT) FROM group_invitation_roles x WHERE x.group_invitation_id = i.id)
    FROM group_invitation i LEFT JOIN group_enrollment_configuration c ON c.id = i.group_enrollment_configuration_id
      LEFT JOIN keycloak_group g ON g.id = COALESCE(i.group_id, c.group_id)
    WHERE i.realm_id = ?1 AND i.id > ?2 ORDER BY i.id LIMIT ?3"
);
/// For all realms there together.
pub(super) const OF_ALL: &str = "SELECT a.name, a.value FROM realm_attribute a JOIN realm r ON r.id = a.realm_id WHERE r.name = 'master' ORDER BY a.name";
