//! Filters by example: what parses, what it means, and what is said about what does not.

use scim::ScimType;
use scim::filter::{Filter, Resolved};
use scim::schema::ResourceSchema;
use serde_json::{Map, Value, json};

use crate::{group_type, user_type};

const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

fn ann() -> Map<String, Value> {
    let ann = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", ENTERPRISE],
        "id": "2819c223-7f76-453a-919d-413861904646",
        "externalId": "HR-7",
        "userName": "Ann.Straße@example.com",
        "name": { "givenName": "Ann", "familyName": "O\"Brien" },
        "active": true,
        "emails": [
            { "type": "work", "value": "ann@example.com", "primary": true },
            { "type": "home", "value": "ann@home.example" },
        ],
        "addresses": [{ "type": "work", "locality": "Bern" }],
        "roles": [{ "value": "auditor", "primary": true }],
        "groups": [{ "value": "g-1", "type": "direct" }],
        "meta": { "resourceType": "User", "created": "2026-01-01T00:00:00Z", "lastModified": "2026-03-01T12:00:00.250Z" },
        (ENTERPRISE): { "department": "Tools", "manager": { "value": "M-1" } },
    });
    ann.as_object().cloned().unwrap()
}

fn resolve(filter: &str, schema: &ResourceSchema) -> Resolved {
    let parsed: Filter = filter.parse().unwrap_or_else(|error| panic!("{filter}: {error}"));
    parsed
        .resolve(schema)
        .unwrap_or_else(|error| panic!("{filter}: {error}"))
}

fn refusal(filter: &str) -> scim::Error {
    match filter.parse::<Filter>() {
        Err(error) => error,
        Ok(parsed) => parsed.resolve(&user_type()).expect_err(filter),
    }
}

#[test]
fn filters_hold_as_the_rfc_says() {
    let user = user_type();
    for (filter, expected) in [
        (r#"userName eq "ann.strasse@EXAMPLE.com""#, true),
        (r#"USERNAME Eq "ann.straße@example.com""#, true),
        (r#"urn:ietf:params:scim:schemas:core:2.0:User:userName sw "ANN""#, true),
        (r#"userName co "_""#, false),
        (r#"userName ew ".com""#, true),
        (r#"userName gt "ann" and userName lt "anz""#, true),
        (r#"name.familyName eq "O\"Brien""#, true),
        (r#"name.familyName eq "\u004f\u0022brien""#, true),
        ("name pr", true),
        ("title pr", false),
        ("title eq null", true),
        ("title ne null", false),
        ("userName ne null", true),
        // `ne` holds where nothing is.
        (r#"title ne "Boss""#, true),
        (r#"title eq """#, false),
        ("active eq true", true),
        (r#"active eq "True""#, true),
        ("active ne true", false),
        (r#"roles[primary eq "True"]"#, true),
        // Case counts for ids and nothing else.
        (r#"externalId eq "HR-7""#, true),
        (r#"externalId eq "hr-7""#, false),
        (r#"id sw "2819c223""#, true),
        (r#"id sw "2819C223""#, false),
        // Any of several values.
        (r#"emails co "home.example""#, true),
        (r#"emails eq "ann@example.com""#, true),
        (r#"emails.type eq "work" and emails.value co "home""#, true),
        (r#"emails[type eq "work" and value co "home"]"#, false),
        (r#"emails[type eq "work"].value eq "ANN@example.com""#, true),
        (r#"emails[type eq "home" or type eq "other"].value sw "ann@home""#, true),
        (r#"emails[type eq "work"].display pr"#, false),
        (r#"emails.value ne "ann@example.com""#, true),
        (r#"not (emails.value eq "ann@example.com")"#, false),
        ("emails pr", true),
        ("addresses pr", true),
        (r#"addresses[locality eq "bern" and not (country pr)]"#, true),
        // Extensions, with and without their URN.
        (&format!(r#"{ENTERPRISE}:department eq "tools""#), true),
        (r#"department eq "tools""#, true),
        (&format!(r#"{ENTERPRISE}:manager.value eq "M-1""#), true),
        (r#"manager eq "M-1""#, true),
        ("manager pr", true),
        (
            r#"id eq "2819c223-7f76-453a-919d-413861904646" and manager eq "M-2""#,
            false,
        ),
        // Instants, not texts.
        (r#"meta.lastModified gt "2026-03-01T12:00:00Z""#, true),
        (r#"meta.lastModified eq "2026-03-01T13:00:00.250+01:00""#, true),
        (r#"meta.lastModified lt "2026-03-01T12:00:00.250Z""#, false),
        (r#"meta.lastModified le "2026-03-01T12:00:00.250Z""#, true),
        (r#"meta.lastModified sw "2026-03""#, true),
        (r#"meta.resourceType eq "User""#, true),
        (r#"schemas eq "urn:ietf:params:scim:schemas:core:2.0:User""#, true),
        (r#"groups eq "g-1""#, true),
        (r#"groups[value eq "g-1" and type eq "indirect"]"#, false),
        // Precedence: not, and, or.
        ("title pr and userName pr or active eq true", true),
        ("title pr and (userName pr or active eq true)", false),
        ("not (title pr) and active eq true", true),
        ("NOT(title pr)AND(active eq true)", true),
        ("not(not(active eq true))", true),
    ] {
        assert_eq!(resolve(filter, &user).matches(&ann()), expected, "{filter}");
    }
}

#[test]
fn the_filters_of_rfc_7644_parse_and_print() {
    for (filter, printed) in [
        (r#"userName eq "bjensen""#, ""),
        (r#"name.familyName co "O'Malley""#, ""),
        (r#"userName sw "J""#, ""),
        (r#"urn:ietf:params:scim:schemas:core:2.0:User:userName sw "J""#, ""),
        ("title pr", ""),
        (r#"meta.lastModified gt "2011-05-13T04:42:34Z""#, ""),
        (r#"meta.lastModified le "2011-05-13T04:42:34Z""#, ""),
        (r#"title pr and userType eq "Employee""#, ""),
        (r#"title pr or userType eq "Intern""#, ""),
        (
            r#"schemas eq "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User""#,
            "",
        ),
        (
            r#"userType eq "Employee" and (emails co "example.com" or emails.value co "example.org")"#,
            "",
        ),
        (
            r#"userType ne "Employee" and not (emails co "example.com" or emails.value co "example.org")"#,
            "",
        ),
        (
            r#"userType eq "Employee" and (emails.type eq "work")"#,
            r#"userType eq "Employee" and emails.type eq "work""#,
        ),
        (
            r#"userType eq "Employee" and emails[type eq "work" and value co "@example.com"]"#,
            "",
        ),
        (
            r#"emails[type eq "work" and value co "@example.com"] or ims[type eq "xmpp" and value co "@foo.com"]"#,
            "",
        ),
        (
            r#"emails[type eq "work"].value eq "x""#,
            r#"emails[type eq "work" and value eq "x"]"#,
        ),
        (
            r#"emails[type eq "a" or type eq "b"].value pr"#,
            r#"emails[(type eq "a" or type eq "b") and value pr]"#,
        ),
        ("x eq 1 AND y EQ -2.5e3", "x eq 1 and y eq -2500.0"),
        (r#"x eq "\u00e9\ud83d\ude00\/""#, r#"x eq "é😀/""#),
    ] {
        let parsed: Filter = filter.parse().unwrap_or_else(|error| panic!("{filter}: {error}"));
        let expected = if printed.is_empty() { filter } else { printed };
        assert_eq!(parsed.to_string(), expected);
        assert_eq!(expected.parse::<Filter>().unwrap(), parsed, "{filter}");
    }
}

#[test]
fn a_refusal_says_what_is_wrong_and_where() {
    for (filter, detail) in [
        (
            "",
            "filter: at character 1: expected an attribute name, `not` or `(`, found the end",
        ),
        (
            "userName",
            "filter: at character 9: expected an operator after `userName` (eq, ne, co, sw, ew, gt, ge, lt, le, pr), found the end",
        ),
        (
            "userName is \"x\"",
            "filter: at character 10: expected an operator after `userName` (eq, ne, co, sw, ew, gt, ge, lt, le, pr), found `is`",
        ),
        (
            "userName eq",
            "filter: at character 12: expected a value: a text in double quotes, a number, true, false or null, found the end",
        ),
        (
            "userName eq 'ann'",
            "filter: at character 13: expected a value: a text in double quotes, a number, true, false or null, found `'ann'`",
        ),
        (
            "userName eq \"ann",
            "filter: at character 13: this text has no closing quote",
        ),
        (
            "userName eq \"é\" \"",
            "filter: at character 17: this text has no closing quote",
        ),
        (
            "userName eq \"\\x\"",
            "filter: at character 13: this text is no JSON string",
        ),
        (
            "userName eq \"\\ud800\"",
            "filter: at character 13: this text is no JSON string",
        ),
        (
            "userName eq \"a\" and",
            "filter: at character 20: expected an attribute name, `not` or `(`, found the end",
        ),
        (
            "userName eq \"a\" userName pr",
            "filter: at character 17: expected `and`, `or` or the end, found `userName`",
        ),
        (
            "(userName pr",
            "filter: at character 13: expected `and`, `or` or `)`, found the end",
        ),
        (
            "userName pr)",
            "filter: at character 12: expected `and`, `or` or the end, found `)`",
        ),
        (
            "()",
            "filter: at character 2: expected an attribute name, `not` or `(`, found `)`",
        ),
        (
            "not userName pr",
            "filter: at character 5: expected `(` after `not`, found `userName`",
        ),
        (
            "emails[]",
            "filter: at character 8: expected an attribute name, `not` or `(`, found `]`",
        ),
        (
            "emails[type pr",
            "filter: at character 15: expected `and`, `or` or `]`, found the end",
        ),
        (
            "emails[x[y pr]]",
            "filter: at character 9: brackets do not stand in brackets",
        ),
        (
            "emails[emails.type pr]",
            "filter: at character 8: expected the name of a sub-attribute, found `emails.type`",
        ),
        (
            "emails.value[type pr]",
            "filter: at character 13: brackets stand after an attribute, not after its sub-attribute `value`",
        ),
        ("1a pr", "filter: at character 1: `1a`: `1a` is no attribute name"),
        (
            "a.b.c pr",
            "filter: at character 1: `a.b.c`: `b.c` is no attribute name",
        ),
        ("shoeSize eq 42", "filter: User has no attribute `shoeSize`"),
        ("name.shoe pr", "filter: User has no attribute `name.shoe`"),
        ("emails[shoe pr]", "filter: emails has no sub-attribute `shoe`"),
        ("title[value pr]", "filter: title has no sub-attributes for brackets"),
        (
            "userName eq true",
            "filter: `userName`: userName takes a text, not true",
        ),
        ("userName eq 5", "filter: `userName`: userName takes a text, not 5"),
        (
            "active eq \"yes\"",
            "filter: `active`: active takes true or false, not \"yes\"",
        ),
        (
            "active gt true",
            "filter: `active`: `gt` does not go with active, true or false",
        ),
        (
            "x509Certificates.value ge \"AA\"",
            "filter: `x509Certificates.value`: `ge` does not go with value, a text in base64",
        ),
        (
            "meta.created gt \"yesterday\"",
            "filter: `meta.created`: created takes a date with time, such as 2026-01-31T12:00:00Z, not \"yesterday\"",
        ),
        (
            "name eq \"Ann\"",
            "filter: `name`: name is complex: compare one of its sub-attributes",
        ),
        (
            "title gt null",
            "filter: `title gt null`: null goes with eq and ne only",
        ),
    ] {
        let refused = refusal(filter);
        assert_eq!(
            (refused.status, refused.scim_type),
            (400, Some(ScimType::InvalidFilter)),
            "{filter}"
        );
        assert_eq!(refused.detail, detail, "{filter}");
    }
}

#[test]
fn a_password_is_never_asked_for() {
    for filter in [
        "password eq \"x\"",
        "password sw \"a\"",
        "userName pr and not (password pr)",
        "password eq null",
    ] {
        let refused = refusal(filter);
        assert_eq!(
            (refused.status, refused.scim_type),
            (403, Some(ScimType::Sensitive)),
            "{filter}"
        );
    }
}

#[test]
fn what_is_too_long_too_deep_or_too_much_is_refused_at_once() {
    let deep = |depth: usize| format!("{}userName pr{}", "(".repeat(depth), ")".repeat(depth));
    assert!(deep(32).parse::<Filter>().is_ok());
    assert!(refusal(&deep(33)).detail.ends_with("brackets nest deeper than 32"));
    assert!(
        refusal(&"(".repeat(8000))
            .detail
            .ends_with("brackets nest deeper than 32")
    );
    assert!(
        refusal(&"not(".repeat(2000))
            .detail
            .ends_with("brackets nest deeper than 32")
    );
    let terms = |terms: usize| vec!["id pr"; terms].join(" or ");
    assert!(terms(256).parse::<Filter>().is_ok());
    assert!(refusal(&terms(257)).detail.ends_with("more than 256 comparisons"));
    let long = format!("userName eq \"{}\"", "x".repeat(8192));
    assert_eq!(refusal(&long).detail, "filter: 8206 bytes, at most 8192");
}

#[test]
fn over_several_types_an_undefined_attribute_has_no_value() {
    let group = group_type();
    let resource = json!({ "displayName": "All" }).as_object().cloned().unwrap();
    for (filter, expected) in [
        ("userName eq \"ann\"", false),
        ("userName ne \"ann\"", true),
        ("userName pr", false),
        ("userName eq null", true),
        ("emails[type eq \"work\"]", false),
        ("not (userName pr) and displayName eq \"all\"", true),
        ("members[shoe pr]", false),
    ] {
        let resolved = filter.parse::<Filter>().unwrap().resolve_lenient(&group).unwrap();
        assert_eq!(resolved.matches(&resource), expected, "{filter}");
    }
    assert!(
        "displayName gt true"
            .parse::<Filter>()
            .unwrap()
            .resolve_lenient(&group)
            .is_err()
    );
}

#[test]
fn keys_are_those_of_the_schema() {
    let user = user_type();
    let filter = r#"USERNAME eq "a" and (emails[TYPE eq "x"] or Emails pr) and department pr and manager eq "m" and emails eq "e""#;
    assert_eq!(
        resolve(filter, &user).keys(),
        [
            "userName",
            "emails",
            "emails",
            &format!("{ENTERPRISE}:department"),
            &format!("{ENTERPRISE}:manager.value"),
            "emails.value",
        ]
    );
}

#[test]
fn values_that_are_asked_for_can_be_looked_up() {
    let user = user_type();
    let inner = |filter: &str| match resolve(filter, &user) {
        Resolved::Has { attribute, filter } => {
            assert_eq!(attribute.key(), "emails");
            *filter
        }
        other => panic!("{other:?}"),
    };
    let list = |values: &[&str]| Some(values.iter().map(|value| (*value).to_owned()).collect::<Vec<_>>());
    for (filter, equal, implied) in [
        (r#"emails[value eq "a"]"#, list(&["a"]), list(&["a"])),
        (
            r#"emails[value eq "a" or value eq "B"]"#,
            list(&["a", "B"]),
            list(&["a", "B"]),
        ),
        (r#"emails[type eq "work"].value eq "a""#, None, list(&["a"])),
        (r#"emails[value eq "a" or type eq "work"]"#, None, None),
        (r#"emails[not (value eq "a")]"#, None, None),
        (r#"emails[value sw "a"]"#, None, None),
    ] {
        assert_eq!(inner(filter).equal_values("value"), equal, "{filter}");
        assert_eq!(inner(filter).implied_values("value"), implied, "{filter}");
    }
}
