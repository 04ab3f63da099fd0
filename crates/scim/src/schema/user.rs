//! RFC 7643 §4.1 and §4.3: users, as §8.7.1 defines them. Ids, references and certificates are case-exact, as the text asks
//! for (the definitions in §8.7.1 do not say so).

use super::attribute::{Attribute, Mutability, Returned, Schema, Type};
use super::{ENTERPRISE_USER_URN, USER_URN};

/// The core schema of users.
pub fn user() -> Schema {
    let mut attributes = singular();
    attributes.extend(plural());
    Schema {
        id: USER_URN.into(),
        name: "User".into(),
        description: "User Account".into(),
        attributes,
        open: false,
    }
}

fn singular() -> Vec<Attribute> {
    vec![
        Attribute::text(
            "userName",
            "The name by which the person is known to the service provider, unique in the realm.",
        )
        .required()
        .unique(),
        Attribute::complex(
            "name",
            "The components of the person's name.",
            vec![
                Attribute::text("formatted", "The full name, as it is displayed."),
                Attribute::text("familyName", "The family name, or last name."),
                Attribute::text("givenName", "The given name, or first name."),
                Attribute::text("middleName", "The middle names."),
                Attribute::text("honorificPrefix", "What stands before the name, such as a title."),
                Attribute::text("honorificSuffix", "What stands after the name."),
            ],
        ),
        Attribute::text("displayName", "The name to be displayed."),
        Attribute::text("nickName", "The casual way to address the person."),
        Attribute::reference("profileUrl", &["external"], "The URL of a page about the person."),
        Attribute::text("title", "The person's title, such as `Vice President`."),
        Attribute::text(
            "userType",
            "How the person belongs to the organisation, such as `Employee` or `Contractor`.",
        ),
        Attribute::text(
            "preferredLanguage",
            "The preferred written or spoken language, as in Accept-Language.",
        ),
        Attribute::text(
            "locale",
            "The person's default location, for localising currency, dates and numbers.",
        ),
        Attribute::text("timezone", "The person's time zone, in the form of the IANA database."),
        Attribute::flag("active", "Whether the person may use the service."),
        Attribute {
            mutability: Mutability::WriteOnly,
            ..Attribute::text("password", "Accepted and discarded: no passwords are kept.")
                .returned(Returned::Never)
                .exact()
        },
    ]
}

fn plural() -> Vec<Attribute> {
    vec![
        with_value(
            "emails",
            "Mail addresses.",
            Attribute::text("value", "A mail address."),
            &["work", "home", "other"],
        ),
        with_value(
            "phoneNumbers",
            "Telephone numbers.",
            Attribute::text("value", "A telephone number."),
            &["work", "home", "mobile", "fax", "pager", "other"],
        ),
        with_value(
            "ims",
            "Instant messaging addresses.",
            Attribute::text("value", "An instant messaging address."),
            &["aim", "gtalk", "icq", "xmpp", "msn", "skype", "qq", "yahoo"],
        ),
        with_value(
            "photos",
            "URLs of photos.",
            Attribute::reference("value", &["external"], "The URL of a photo."),
            &["photo", "thumbnail"],
        ),
        Attribute::complex(
            "addresses",
            "Physical mailing addresses.",
            vec![
                Attribute::text("formatted", "The full address, as it is displayed or put on a label."),
                Attribute::text(
                    "streetAddress",
                    "Street, house number and the like; may have several lines.",
                ),
                Attribute::text("locality", "The city or locality."),
                Attribute::text("region", "The state or region."),
                Attribute::text("postalCode", "The postal code."),
                Attribute::text("country", "The country, in ISO 3166-1 alpha-2."),
                Attribute::text("type", "What the address is for.").one_of(&["work", "home", "other"]),
                Attribute::flag("primary", "Whether it is the preferred one."),
            ],
        )
        .multi(),
        Attribute::complex(
            "groups",
            "The groups the person belongs to, directly or through other groups. Changed at the groups.",
            vec![
                Attribute::text("value", "The group's id.").exact(),
                Attribute::reference("$ref", &["Group"], "The group's URL."),
                Attribute::text("display", "The group's name."),
                Attribute::text("type", "How the person belongs to it.").one_of(&["direct", "indirect"]),
            ],
        )
        .multi()
        .read_only(),
        with_value(
            "entitlements",
            "What the person is entitled to.",
            Attribute::text("value", "An entitlement."),
            &[],
        ),
        with_value("roles", "The person's roles.", Attribute::text("value", "A role."), &[]),
        with_value(
            "x509Certificates",
            "X.509 certificates.",
            Attribute::new("value", Type::Binary, "A certificate: DER in base64.").exact(),
            &[],
        ),
    ]
}

/// The default sub-attributes of RFC 7643 §2.4.
fn with_value(name: &str, description: &str, value: Attribute, types: &[&str]) -> Attribute {
    let sub_attributes = vec![
        value,
        Attribute::text("display", "A name to be displayed."),
        Attribute::text("type", "What it is for.").one_of(types),
        Attribute::flag("primary", "Whether it is the preferred one."),
    ];
    Attribute::complex(name, description, sub_attributes).multi()
}

/// The enterprise extension of users.
pub fn enterprise_user() -> Schema {
    let manager = vec![
        Attribute::text("value", "The id of the person's manager.").exact(),
        Attribute::reference("$ref", &["User"], "The URL of the person's manager."),
        Attribute::text("displayName", "The name of the person's manager.").read_only(),
    ];
    Schema {
        id: ENTERPRISE_USER_URN.into(),
        name: "EnterpriseUser".into(),
        description: "Enterprise User".into(),
        attributes: vec![
            Attribute::text(
                "employeeNumber",
                "The number by which the organisation knows the person.",
            ),
            Attribute::text("costCenter", "The name of a cost center."),
            Attribute::text("organization", "The name of an organization."),
            Attribute::text("division", "The name of a division."),
            Attribute::text("department", "The name of a department."),
            Attribute::complex("manager", "The person's manager.", manager),
        ],
        open: false,
    }
}
