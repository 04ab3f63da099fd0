CREATE TABLE realm (id VARCHAR(36) PRIMARY KEY, name VARCHAR(255));
CREATE TABLE realm_attribute (name VARCHAR(255), realm_id VARCHAR(36), value TEXT);
CREATE TABLE user_entity (id VARCHAR(36) PRIMARY KEY, email VARCHAR(255), email_verified BOOLEAN, enabled BOOLEAN NOT NULL,
  first_name VARCHAR(255), last_name VARCHAR(255), realm_id VARCHAR(36), username VARCHAR(255), service_account_client_link VARCHAR(36));
CREATE TABLE keycloak_group (id VARCHAR(36) PRIMARY KEY, name VARCHAR(255), parent_group VARCHAR(36) NOT NULL, realm_id VARCHAR(36));
CREATE TABLE group_attribute (id VARCHAR(36) PRIMARY KEY, name VARCHAR(255), value VARCHAR(255), group_id VARCHAR(36));
CREATE TABLE user_group_membership (group_id VARCHAR(36), user_id VARCHAR(36), PRIMARY KEY (group_id, user_id));
CREATE TABLE user_group_membership_extension (id VARCHAR(36) PRIMARY KEY, group_id VARCHAR(36), user_id VARCHAR(36), status VARCHAR(255),
  changed_by VARCHAR(36), valid_from TIMESTAMP, membership_expires_at TIMESTAMP, effective_membership_expires_at TIMESTAMP,
  effective_group_id VARCHAR(36), justification TEXT, group_enrollment_configuration_id VARCHAR(36), version INT DEFAULT 0);
CREATE TABLE group_admin (id VARCHAR(36) PRIMARY KEY, group_id VARCHAR(36), user_id VARCHAR(36));
CREATE TABLE group_roles (id VARCHAR(36) PRIMARY KEY, group_id VARCHAR(36), name VARCHAR(256));
CREATE TABLE group_membership_roles (group_roles_id VARCHAR(36), user_group_membership_extension_id VARCHAR(36));
CREATE TABLE group_enrollment_configuration (id VARCHAR(36) PRIMARY KEY, group_id VARCHAR(36), name VARCHAR(256) NOT NULL, active BOOLEAN NOT NULL,
  visible_to_not_members BOOLEAN NOT NULL, require_approval BOOLEAN NOT NULL, require_approval_for_extension BOOLEAN NOT NULL,
  multiselect_role BOOLEAN NOT NULL, comments_needed BOOLEAN NOT NULL, comments_label VARCHAR(256), comments_description VARCHAR(256),
  membership_expiration_days BIGINT, valid_from DATE, enrollment_introduction TEXT, enrollment_conclusion TEXT, invitation_introduction TEXT,
  invitation_conclusion TEXT);
CREATE TABLE group_enrollment_configuration_roles (group_roles_id VARCHAR(36), group_enrollment_configuration_id VARCHAR(36));
CREATE TABLE group_aup (id VARCHAR(36) PRIMARY KEY, type VARCHAR(255) NOT NULL, mimetype VARCHAR(255), content BYTEA, url VARCHAR(255));
CREATE TABLE group_enrollment_configuration_rules (id VARCHAR(36) PRIMARY KEY, realm_id VARCHAR(36), field VARCHAR(36), type VARCHAR(36),
  default_value VARCHAR(36), max VARCHAR(36), required BOOLEAN);
CREATE TABLE group_enrollment_request (id VARCHAR(36) PRIMARY KEY, user_id VARCHAR(36), group_enrollment_configuration_id VARCHAR(36), state VARCHAR(255),
  comments TEXT, review_comments TEXT, admin_justification TEXT, check_admin_id VARCHAR(36), submitted_date TIMESTAMP NOT NULL, approved_date TIMESTAMP,
  user_first_name VARCHAR(256), user_last_name VARCHAR(256), user_email VARCHAR(256), user_identifier TEXT, user_authn_authorities TEXT);
CREATE TABLE user_assurance (group_enrollment_request_id VARCHAR(36), value TEXT);
CREATE TABLE group_enrollment_roles (group_enrollment_id VARCHAR(36), group_roles_id VARCHAR(36));
CREATE TABLE group_invitation (id VARCHAR(36) PRIMARY KEY, creation_date TIMESTAMP, check_admin_id VARCHAR(36) NOT NULL,
  group_enrollment_configuration_id VARCHAR(36), group_id VARCHAR(36), for_member BOOLEAN DEFAULT TRUE, realm_id VARCHAR(36));
CREATE TABLE group_invitation_roles (group_roles_id VARCHAR(36), group_invitation_id VARCHAR(36));
CREATE TABLE member_user_attribute_configuration (id VARCHAR(36) PRIMARY KEY, realm_id VARCHAR(36), user_attribute VARCHAR(256), urn_namespace VARCHAR(1024),
  authority VARCHAR(1024), signature_message VARCHAR(256) NOT NULL DEFAULT 'Support team');
INSERT INTO realm VALUES ('r0', 'master'), ('r1', 'acme'), ('r2', 'other'), ('r3', 'broken');
INSERT INTO realm_attribute VALUES ('AgmMaxExpiredMembersToDelete', 'r0', '200'), ('invitation-expiration-period', 'r1', '48'),
  ('bruteForceProtected', 'r1', 'true'), ('expiration-notification-period', 'r1', '30'), ('keycloakUrl', 'r1', 'https://sso.example.org/auth'),
  ('userAssuranceForEnrollment', 'r1', 'old'), ('AgmUserAssuranceForEnrollment', 'r1', 'eduPersonAssurance');
INSERT INTO user_entity VALUES ('u1', 'ann@example.org', TRUE, TRUE, 'Ann', 'Example', 'r1', 'ann', NULL),
  ('u2', 'bob@example.org', TRUE, TRUE, 'Bob', NULL, 'r1', 'bob', NULL), ('u3', 'eve@example.org', FALSE, TRUE, NULL, NULL, 'r1', 'eve', NULL),
  ('u4', NULL, FALSE, TRUE, NULL, NULL, 'r1', 'service-account-x', 'c1'), ('u5', 'zoe@example.org', TRUE, TRUE, NULL, NULL, 'r2', 'zoe', NULL);
INSERT INTO keycloak_group VALUES ('g2', 'ops', 'g1', 'r1'), ('g1', 'acme', ' ', 'r1'), ('g3', 'p/q', 'g2', 'r1'), ('g9', 'theirs', ' ', 'r2');
INSERT INTO group_attribute VALUES ('a1', 'description', 'All of us', 'g1'), ('a2', 'defaultConfiguration', 'c1', 'g2'),
  ('a3', 'expiration-notification-period', '14', 'g2');
INSERT INTO group_roles VALUES ('o1', 'g2', 'member'), ('o2', 'g2', 'chair'), ('o3', 'g1', 'member');
INSERT INTO group_enrollment_configuration VALUES ('c1', 'g2', 'Join ops', TRUE, TRUE, TRUE, FALSE, TRUE, TRUE, 'Why?', 'Say why', 365, NULL,
  'Welcome', NULL, NULL, 'Bye');
INSERT INTO group_enrollment_configuration_roles VALUES ('o1', 'c1'), ('o2', 'c1');
INSERT INTO group_aup VALUES ('c1', 'URL', NULL, NULL, 'https://example.org/terms');
INSERT INTO group_enrollment_configuration_rules VALUES ('l1', 'r1', 'membershipExpirationDays', 'SUBGROUP', NULL, '400', FALSE);
INSERT INTO group_admin VALUES ('d1', 'g1', 'u1');
INSERT INTO user_group_membership VALUES ('g2', 'u1'), ('g2', 'u2'), ('g1', 'u2');
INSERT INTO user_group_membership_extension VALUES ('m1', 'g2', 'u1', 'ENABLED', NULL, '2020-01-01', '2141-03-31', NULL, NULL, NULL, 'c1', 0),
  ('m2', 'g2', 'u2', 'SUSPENDED', 'u1', '2020-01-01', NULL, NULL, NULL, 'lost the badge', 'c1', 3),
  ('m3', 'g3', 'u1', 'PENDING', NULL, '2141-01-01', NULL, NULL, NULL, NULL, NULL, 0);
INSERT INTO group_membership_roles VALUES ('o1', 'm1'), ('o2', 'm1'), ('o1', 'm2');
INSERT INTO group_enrollment_request VALUES ('q1', 'u1', 'c1', 'NO_APPROVAL', 'I work there', NULL, NULL, NULL, '2020-01-01 10:00:00', '2020-01-01 10:00:00',
  'Ann', 'Old', 'old@example.org', 'ann', NULL),
  ('q2', 'u3', 'c1', 'WAITING_FOR_REPLY', 'Please', 'Which desk?', NULL, 'u1', '2026-01-02 10:00:00', NULL, NULL, NULL, 'eve@example.org', 'eve',
  '[{"id":"idp","name":"The University"}]');
INSERT INTO user_assurance VALUES ('q2', 'https://refeds.org/assurance/IAP/low');
INSERT INTO group_enrollment_roles VALUES ('q2', 'o1');
INSERT INTO group_invitation VALUES ('i1', '2026-01-01', 'u1', 'c1', NULL, TRUE, 'r1'),
  ('4cf3b2ad-6c1b-4a8a-9d6e-0c3c1f6f2a11', now() AT TIME ZONE 'Europe/Berlin' - INTERVAL '1 hour', 'u1', 'c1', NULL, TRUE, 'r1'),
  ('9b0dd1b8-31f1-4a39-8b7f-0e8a5a2d7c12', now() AT TIME ZONE 'Europe/Berlin' - INTERVAL '47 hours', 'u99', NULL, 'g3', FALSE, 'r1'),
  ('i4', now() AT TIME ZONE 'Europe/Berlin' - INTERVAL '49 hours', 'u1', NULL, 'g3', FALSE, 'r1');
INSERT INTO group_invitation_roles VALUES ('o1', '4cf3b2ad-6c1b-4a8a-9d6e-0c3c1f6f2a11');
INSERT INTO member_user_attribute_configuration VALUES ('x1', 'r1', 'eduPersonEntitlement', 'urn:geant:example', NULL, 'The team');
INSERT INTO user_entity SELECT 'm' || n, NULL, FALSE, TRUE, NULL, NULL, 'r2', 'member' || n, NULL FROM generate_series(1, 1100) n;
INSERT INTO keycloak_group VALUES ('g8', 'ours', ' ', 'r2');
INSERT INTO user_group_membership SELECT g, 'm' || n FROM generate_series(1, 1100) n, (VALUES ('g8'), ('g9')) AS each_group (g);
INSERT INTO realm_attribute VALUES ('invitation-expiration-period', 'r3', 'soon'), ('keycloakUrl', 'r3', 'localhost:8080');
INSERT INTO user_entity VALUES ('b1', NULL, FALSE, TRUE, NULL, NULL, 'r3', 'ian', NULL), ('b2', NULL, FALSE, TRUE, NULL, NULL, 'r3', 'una', NULL);
INSERT INTO keycloak_group VALUES ('h1', 'top', ' ', 'r3'), ('h2', 'orphan', 'h0', 'r3'), ('h3', 'below', 'h2', 'r3'), ('h4', 'round', 'h5', 'r3'),
  ('h5', 'about', 'h4', 'r3');
INSERT INTO group_enrollment_configuration_rules VALUES ('l3', 'r3', 'aup', 'SIDEWAYS', NULL, NULL, TRUE);
INSERT INTO user_group_membership_extension VALUES ('m8', 'h1', 'b1', 'EXPIRED', NULL, '2020-01-01', NULL, NULL, NULL, NULL, NULL, 0),
  ('m8b', 'h1', 'b2', 'ENABLED', NULL, '2020-01-01', NULL, NULL, NULL, NULL, NULL, 0),
  ('m9', 'h2', 'b1', 'ENABLED', NULL, '2020-01-01', NULL, NULL, NULL, NULL, NULL, 0);
INSERT INTO group_membership_roles VALUES (NULL, 'm8b');
INSERT INTO group_roles VALUES ('o8', 'h1', 'member');
INSERT INTO group_invitation VALUES ('i8', now() AT TIME ZONE 'Europe/Berlin' - INTERVAL '71 hours', 'b1', NULL, NULL, TRUE, 'r3'),
  ('i9', NULL, 'b1', NULL, 'h1', FALSE, 'r3');
