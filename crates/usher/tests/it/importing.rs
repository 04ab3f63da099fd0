//! `usher config import`: the configuration of others.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use db::Engine;
use serde_json::Value;

use crate::support::Place;

/// What became of each setting of a file, and the file that was written.
fn imported(system: &str, file: &str, text: &str) -> (Vec<[String; 3]>, String, Place) {
    let place = Place::on(Engine::Sqlite);
    fs::write(place.folder().join(file), text).expect("written");
    let report = place.json(&["config", "import", system, file]);
    let word = |line: &Value, key: &str| line[key].as_str().expect("a text").to_owned();
    let report = report.as_array().expect("a list").iter();
    let report = report
        .map(|line| [word(line, "from"), word(line, "fate"), word(line, "what")])
        .collect();
    let written = fs::read_to_string(place.folder().join("usher.toml")).expect("it is written");
    (report, written, place)
}

fn fate<'a>(report: &'a [[String; 3]], from: &str) -> (&'a str, &'a str) {
    let found = report.iter().find(|[name, ..]| name == from);
    let [_, fate, what] = found.unwrap_or_else(|| panic!("{from} is not in {report:#?}"));
    (fate, what)
}

const CANAILLE: &str = r#"
SECRET_KEY = "geheimer-schluessel"
SERVER_NAME = "auth.example.org"
PREFERRED_URL_SCHEME = "https"
BROKER_URL = "redis://localhost:6379"

[CANAILLE]
NAME = "ACME & Söhne"
LOGO = "/static/img/logo.webp"
LANGUAGE = "fr"
DATABASE = "sql"
EMAIL_CONFIRMATION = true
ENABLE_REGISTRATION = false
INVITATION_EXPIRATION = 604800
ADMIN_EMAIL = "help@example.org"
AUTHENTICATION_FACTORS = ["password", "otp"]
NEW_IN_2031 = 1

[CANAILLE.LOGGING]
version = 1
root = {level = "WARNING", handlers = ["canaille"]}

[CANAILLE.LOGGING.handlers.canaille]
class = "logging.handlers.WatchedFileHandler"
filename = "/var/log/canaille.log"

[CANAILLE.SMTP]
HOST = "mail.example.org"
PORT = 587
TLS = true
SSL = false
LOGIN = "canaille@example.org"
PASSWORD = "p@ss word/1"
FROM_ADDR = "noreply@example.org"

[CANAILLE.ACL.DEFAULT]
PERMISSIONS = ["edit_self", "use_oidc"]
READ = ["user_name", "groups"]

[CANAILLE.ACL.ADMIN]
PERMISSIONS = ["manage_users"]
FILTER = [{user_name = "admin"}, {groups = "admin"}]

[CANAILLE_SQL]
DATABASE_URI = "postgresql://canaille:geheim@db.example.org/canaille"

[CANAILLE_OIDC]
ENABLE_OIDC = true

[CANAILLE_OIDC.USERINFO_MAPPING]
SUB = "{{ user.user_name }}"

[CANAILLE_SCIM]
ENABLE_SERVER = true
ENABLE_CLIENT = true

[CANAILLE_HYPERCORN]
BIND = ["0.0.0.0:5000"]
"#;

#[test]
fn a_configuration_of_canaille_becomes_usher_toml() {
    let (report, written, place) = imported("canaille", "canaille.toml", CANAILLE);
    for (from, kind, said) in [
        ("CANAILLE.SMTP.HOST", "taken", "mail.smtp"),
        ("CANAILLE.SMTP.PASSWORD", "taken", "mail.smtp"),
        ("CANAILLE.SMTP.FROM_ADDR", "taken", "mail.from"),
        ("CANAILLE.LOGGING.root.level", "taken", "log.filter"),
        (
            "CANAILLE.NAME",
            "by hand",
            "usher realm set default title='ACME & Söhne'",
        ),
        ("CANAILLE.LOGO", "by hand", "logo_url=https://"),
        ("CANAILLE.LANGUAGE", "by hand", "`fr`"),
        (
            "CANAILLE.EMAIL_CONFIRMATION",
            "by hand",
            "usher realm set default oidc.validate_emails=true",
        ),
        (
            "CANAILLE.INVITATION_EXPIRATION",
            "by hand",
            "usher realm set default invitation_days=7",
        ),
        (
            "CANAILLE.ADMIN_EMAIL",
            "by hand",
            "usher realm set default support=help@example.org",
        ),
        ("CANAILLE.DATABASE", "by hand", "usher user import"),
        ("CANAILLE.ACL", "by hand", "usher user grant"),
        ("CANAILLE.AUTHENTICATION_FACTORS", "no counterpart", "the provider's"),
        ("CANAILLE_SCIM.ENABLE_SERVER", "no counterpart", "--profile canaille"),
        ("CANAILLE_SCIM.ENABLE_CLIENT", "no counterpart", "in this version"),
        ("CANAILLE_HYPERCORN", "no counterpart", "listen"),
        ("SECRET_KEY", "no counterpart", "its own keys"),
        ("BROKER_URL", "no counterpart", "no broker"),
        ("CANAILLE.NEW_IN_2031", "unknown", "nothing was done"),
    ] {
        let (is, what) = fate(&report, from);
        assert!(is == kind && what.contains(said), "{from}: {is}: {what}");
    }
    let of_address: Vec<&str> = report
        .iter()
        .filter(|[from, ..]| from == "SERVER_NAME")
        .map(|line| line[2].as_str())
        .collect();
    assert!(
        of_address.iter().any(|what| what.contains("public_url")),
        "{of_address:?}"
    );
    assert!(
        of_address
            .iter()
            .any(|what| what.contains("oidc.issuer=https://auth.example.org")),
        "{of_address:?}"
    );
    // A line is said once of what stands together, and no secret is said at all.
    assert_eq!(
        report
            .iter()
            .filter(|[from, ..]| from.starts_with("CANAILLE.ACL"))
            .count(),
        1
    );
    assert!(
        report
            .iter()
            .flatten()
            .all(|text| !text.contains("geheim") && !text.contains("p@ss")),
        "{report:?}"
    );

    assert!(
        written.starts_with("# Made by `usher config import canaille` from canaille.toml."),
        "{written}"
    );
    assert!(
        written
            .contains("smtp = \"smtp://canaille%40example.org:p%40ss%20word%2F1@mail.example.org:587?tls=required\""),
        "{written}"
    );
    let shown = place.run(&["config", "show"]);
    assert!(
        shown.contains("from = \"noreply@example.org\"") && shown.contains("filter = \"warn\""),
        "{shown}"
    );
    let mode = fs::metadata(place.folder().join("usher.toml"))
        .expect("it is there")
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600, "a password stands in it");
    // The realm takes what is to be set by hand, as it is said.
    let usher = place.serve();
    for [from, kind, what] in &report {
        let Some(command) = what
            .split('`')
            .nth(1)
            .filter(|_| kind == "by hand" && !what.contains('…'))
        else {
            continue;
        };
        let Some(setting) = command.strip_prefix("usher realm set default ") else {
            continue;
        };
        place.run(&["realm", "set", "default", &setting.replace('\'', "")]);
        assert!(!from.is_empty());
    }
    let realm = place.json(&["realm", "show"]);
    assert_eq!(
        (&realm["title"], &realm["invitation_days"]),
        (&"ACME & Söhne".into(), &7.into()),
        "{realm}"
    );
    usher.stop();

    let (done, said) = place.attempt(&["config", "import", "canaille", "canaille.toml"]);
    assert!(
        !done && said.contains("usher.toml is there already") && said.contains("--force"),
        "{said}"
    );
    // What was there was for everybody to read; what is written over it is not.
    let written = place.folder().join("usher.toml");
    fs::set_permissions(&written, fs::Permissions::from_mode(0o644)).expect("a mode");
    place.run(&["config", "import", "canaille", "canaille.toml", "--force"]);
    assert_eq!(
        fs::metadata(&written).expect("a file").permissions().mode() & 0o777,
        0o600
    );
    let names = fs::read_dir(place.folder())
        .expect("a folder")
        .map(|entry| entry.expect("an entry").file_name());
    let left: Vec<_> = names
        .filter(|name| name.to_string_lossy().contains("usher.toml."))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn mail_of_canaille_is_as_private_as_usher_lets_it_be() {
    for (settings, url) in [
        (
            "HOST = \"localhost\"\nFROM_ADDR = \"a@b.example\"",
            "smtp://localhost:25",
        ),
        (
            "HOST = \"m.example\"\nSSL = true\nLOGIN = \"u\"\nPASSWORD = \"p\"\nFROM_ADDR = \"a@b.example\"",
            "smtps://u:p@m.example:465",
        ),
        (
            "HOST = \"m.example\"\nPORT = 2525\nLOGIN = \"u\"\nPASSWORD = \"p\"\nFROM_ADDR = \"a@b.example\"",
            "smtp://u:p@m.example:2525",
        ),
    ] {
        let (report, written, _place) = imported("canaille", "c.toml", &format!("[CANAILLE.SMTP]\n{settings}\n"));
        assert!(written.contains(&format!("smtp = \"{url}\"")), "{written}");
        let unencrypted = settings.contains("2525");
        assert_eq!(
            report
                .iter()
                .any(|[_, kind, what]| kind == "by hand" && what.contains("STARTTLS")),
            unencrypted,
            "{report:?}"
        );
    }
    // Without a sender there is no mail server that could be used.
    let (report, written, _place) = imported(
        "canaille",
        "c.toml",
        "[CANAILLE.SMTP]\nHOST = \"m.example\"\nPASSWORD = \"geheim\"\n",
    );
    assert_eq!(fate(&report, "CANAILLE.SMTP.HOST").0, "by hand");
    assert!(!written.contains("smtp") && !written.contains("geheim"), "{written}");
}

const OCIS: &str = r#"# of the invitations service
OCIS_URL=https://cloud.example.org
OCIS_LOG_LEVEL=error
INVITATIONS_LOG_LEVEL=debug
export INVITATIONS_LOG_PRETTY="false"
INVITATIONS_HTTP_ADDR=127.0.0.1:9265
INVITATIONS_HTTP_ROOT=/graph/v1.0
INVITATIONS_DEBUG_ADDR=127.0.0.1:9269
INVITATIONS_DEBUG_TOKEN=geheim
OCIS_HTTP_TLS_ENABLED=true
OCIS_HTTP_TLS_CERTIFICATE=/etc/ocis/cert.pem
OCIS_HTTP_TLS_KEY=/etc/ocis/key.pem
OCIS_TRACING_ENABLED=true
OCIS_TRACING_TYPE=otlp
OCIS_TRACING_ENDPOINT=http://127.0.0.1:4318
OCIS_KEYCLOAK_BASE_PATH=https://keycloak.example.org/
INVITATIONS_KEYCLOAK_CLIENT_ID=invitations
INVITATIONS_KEYCLOAK_CLIENT_SECRET=geheim
INVITATIONS_KEYCLOAK_USER_REALM=ocis
INVITATIONS_KEYCLOAK_INSECURE_SKIP_VERIFY=true
OCIS_JWT_SECRET=geheim
OCIS_LDAP_URI=ldap://elsewhere
INVITATIONS_NEW_IN_2031=1
"#;

#[test]
fn the_environment_of_ocis_becomes_usher_toml() {
    let (report, written, place) = imported("ocis", "ocis.env", OCIS);
    for (from, kind, said) in [
        ("INVITATIONS_HTTP_ADDR", "taken", "listen"),
        ("INVITATIONS_DEBUG_ADDR", "taken", "health_listen"),
        ("INVITATIONS_LOG_LEVEL", "taken", "log.filter"),
        (
            "OCIS_LOG_LEVEL",
            "no counterpart",
            "INVITATIONS_LOG_LEVEL counts before it",
        ),
        ("INVITATIONS_LOG_PRETTY", "taken", "log.format"),
        ("OCIS_HTTP_TLS_CERTIFICATE", "taken", "tls.certificate_file"),
        ("OCIS_TRACING_ENDPOINT", "taken", "telemetry.otlp_endpoint"),
        (
            "OCIS_KEYCLOAK_BASE_PATH",
            "by hand",
            "oidc.issuer=https://keycloak.example.org/realms/ocis",
        ),
        ("INVITATIONS_KEYCLOAK_INSECURE_SKIP_VERIFY", "by hand", "always checked"),
        ("OCIS_URL", "by hand", "public_url"),
        ("INVITATIONS_KEYCLOAK_CLIENT_SECRET", "no counterpart", "Keycloak"),
        ("OCIS_JWT_SECRET", "no counterpart", "usher token create"),
        ("INVITATIONS_HTTP_ROOT", "no counterpart", "Graph"),
        ("INVITATIONS_NEW_IN_2031", "unknown", "nothing was done"),
    ] {
        let (is, what) = fate(&report, from);
        assert!(is == kind && what.contains(said), "{from}: {is}: {what}");
    }
    assert!(
        report.iter().all(|[from, ..]| from != "OCIS_LDAP_URI"),
        "it is another service's"
    );
    assert!(!written.contains("geheim") && report.iter().flatten().all(|text| !text.contains("geheim")));
    let shown = place.run(&["config", "show"]);
    for line in [
        "listen = \"127.0.0.1:9265\"",
        "health_listen = \"127.0.0.1:9269\"",
        "filter = \"debug\"",
        "format = \"json\"",
        "key_file = \"/etc/ocis/key.pem\"",
        "otlp_endpoint = \"http://127.0.0.1:4318\"",
    ] {
        assert!(shown.contains(line), "{line} is missing in {shown}");
    }
}

#[test]
fn what_is_no_configuration_of_theirs_is_refused() {
    let place = Place::on(Engine::Sqlite);
    for (system, text, said) in [
        ("canaille", "listen = \"127.0.0.1:1\"\n", "no section [CANAILLE]"),
        ("canaille", "[CANAILLE\n", "no TOML"),
        ("ocis", "OCIS_URL=https://cloud.example.org\n", "INVITATIONS_"),
        ("ocis", "invitations:\n  log:\n", "line 1 is no NAME=value"),
    ] {
        fs::write(place.folder().join("file"), text).expect("written");
        let (said_now, code) = place.attempt_code(&["config", "import", system, "file"]);
        assert!(code == 1 && said_now.contains(said), "{system}: {code}: {said_now}");
        assert!(!place.folder().join("usher.toml").exists());
    }
    let (said, code) = place.attempt_code(&["config", "import", "ocis", "nowhere.env"]);
    assert!(code == 1 && said.contains("cannot read nowhere.env"), "{said}");
}
