//! A small organisation that could exist: who is there, and in which groups.

use anyhow::Result;
use directory::client::ResourceKind;
use directory::group::CreateGroup;
use directory::user::CreateUser;
use directory::view::{ListRequest, Paging};
use directory::{Directory, Principal, Scope};
use scim::projection::Projection;
use serde_json::{Value, json};

pub(super) const ORGANISATION: &str = "Brightwater Institute";
pub(super) const DOMAIN: &str = "brightwater.example";

const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

struct Person {
    user_name: &'static str,
    given: &'static str,
    family: &'static str,
    title: &'static str,
    department: &'static str,
    /// userName of somebody who stands before in the list.
    manager: Option<&'static str>,
}

const fn person(
    user_name: &'static str,
    given: &'static str,
    family: &'static str,
    title: &'static str,
    department: &'static str,
    manager: Option<&'static str>,
) -> Person {
    Person {
        user_name,
        given,
        family,
        title,
        department,
        manager,
    }
}

const PEOPLE: [Person; 12] = [
    person("amara", "Amara", "Okafor", "Director", "Direction", None),
    person(
        "jonas",
        "Jonas",
        "Weber",
        "Head of Hydrology",
        "Hydrology",
        Some("amara"),
    ),
    person("priya", "Priya", "Raman", "Head of Ecology", "Ecology", Some("amara")),
    person(
        "henrik",
        "Henrik",
        "Dahl",
        "Head of Operations",
        "Operations",
        Some("amara"),
    ),
    person("mei", "Mei", "Chen", "Hydrologist", "Hydrology", Some("jonas")),
    person(
        "lukas",
        "Lukas",
        "Brandt",
        "Field Technician",
        "Hydrology",
        Some("jonas"),
    ),
    person(
        "sofia",
        "Sofía",
        "Álvarez",
        "Modelling Scientist",
        "Hydrology",
        Some("jonas"),
    ),
    person("owen", "Owen", "Hughes", "Ecologist", "Ecology", Some("priya")),
    person("fatima", "Fatima", "Zahra", "Taxonomist", "Ecology", Some("priya")),
    person(
        "ruben",
        "Ruben",
        "Visser",
        "System Administrator",
        "Operations",
        Some("henrik"),
    ),
    person(
        "clara",
        "Clara",
        "Schäfer",
        "Travel and Contracts",
        "Operations",
        Some("henrik"),
    ),
    person(
        "bisi",
        "Bisi",
        "Adeyemi",
        "Visiting Scientist",
        "Ecology",
        Some("priya"),
    ),
];

struct Team {
    name: &'static str,
    people: &'static [&'static str],
    /// Groups in it, which stand before in the list.
    groups: &'static [&'static str],
}

const TEAMS: [Team; 7] = [
    Team {
        name: "Hydrology",
        people: &["jonas", "mei", "lukas", "sofia"],
        groups: &[],
    },
    Team {
        name: "Ecology",
        people: &["priya", "owen", "fatima", "bisi"],
        groups: &[],
    },
    Team {
        name: "Operations",
        people: &["henrik", "ruben", "clara"],
        groups: &[],
    },
    Team {
        name: "Research",
        people: &[],
        groups: &["Hydrology", "Ecology"],
    },
    Team {
        name: "Everyone",
        people: &["amara"],
        groups: &["Research", "Operations"],
    },
    Team {
        name: "Field Station Access",
        people: &["lukas", "mei", "owen"],
        groups: &[],
    },
    Team {
        name: "VPN",
        people: &["ruben"],
        groups: &["Research"],
    },
];

/// Adds everybody and every group that is not there yet.
pub(super) async fn seed(directory: &Directory, operator: &Principal) -> Result<()> {
    for (number, person) in PEOPLE.iter().enumerate() {
        if id(directory, operator, ResourceKind::User, person.user_name)
            .await?
            .is_some()
        {
            continue;
        }
        let manager = match person.manager {
            Some(name) => id(directory, operator, ResourceKind::User, name).await?,
            None => None,
        };
        directory
            .execute(operator, CreateUser::by_admin(body(number, person, manager)))
            .await?;
    }
    for team in &TEAMS {
        if id(directory, operator, ResourceKind::Group, team.name).await?.is_some() {
            continue;
        }
        let mut members = Vec::new();
        for name in team.people {
            members.push(json!({ "value": id(directory, operator, ResourceKind::User, name).await? }));
        }
        for name in team.groups {
            members
                .push(json!({ "value": id(directory, operator, ResourceKind::Group, name).await?, "type": "Group" }));
        }
        let body = json!({ "displayName": team.name, "members": members });
        directory
            .execute(
                operator,
                CreateGroup {
                    body,
                    needs: Scope::Admin,
                },
            )
            .await?;
    }
    Ok(())
}

/// Whether somebody has that userName.
pub(super) async fn is_taken(directory: &Directory, operator: &Principal, user_name: &str) -> Result<bool> {
    Ok(id(directory, operator, ResourceKind::User, user_name).await?.is_some())
}

fn body(number: usize, person: &Person, manager: Option<String>) -> Value {
    let mut enterprise = json!({ "department": person.department, "employeeNumber": format!("{}", 1001 + number), "organization": ORGANISATION });
    if let Some(manager) = manager {
        enterprise["manager"] = json!({ "value": manager });
    }
    let guest = person.title.starts_with("Visiting");
    json!({
        "userName": person.user_name,
        "name": { "givenName": person.given, "familyName": person.family, "formatted": format!("{} {}", person.given, person.family) },
        "displayName": format!("{} {}", person.given, person.family),
        "title": person.title,
        "userType": if guest { "Guest" } else { "Employee" },
        "preferredLanguage": if matches!(person.user_name, "jonas" | "lukas" | "clara") { "de" } else { "en" },
        "emails": [{ "value": format!("{}@{DOMAIN}", person.user_name), "type": "work", "primary": true }],
        ENTERPRISE: enterprise,
    })
}

/// The id of a person or group by name.
async fn id(directory: &Directory, operator: &Principal, kind: ResourceKind, name: &str) -> Result<Option<String>> {
    let attribute = if kind == ResourceKind::User {
        "userName"
    } else {
        "displayName"
    };
    let request = ListRequest {
        kinds: vec![kind],
        filter: Some(format!("{attribute} eq {}", Value::from(name)).parse()?),
        sort: None,
        paging: Paging::Index { start: 1, count: 1 },
        projection: Projection::all(),
        base: String::new(),
        needs: Scope::Admin,
    };
    let page = directory.list(operator, &request).await?;
    let resource = page
        .resources
        .first()
        .and_then(|text| serde_json::from_str::<Value>(text).ok());
    Ok(resource.and_then(|resource| resource["id"].as_str().map(str::to_owned)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_who_is_named_is_there_before() {
        for (number, person) in PEOPLE.iter().enumerate() {
            assert!(
                person
                    .manager
                    .is_none_or(|manager| PEOPLE[..number].iter().any(|before| before.user_name == manager)),
                "{}",
                person.user_name
            );
        }
        for (number, team) in TEAMS.iter().enumerate() {
            assert!(
                team.people
                    .iter()
                    .all(|name| PEOPLE.iter().any(|person| person.user_name == *name)),
                "{}",
                team.name
            );
            assert!(
                team.groups
                    .iter()
                    .all(|name| TEAMS[..number].iter().any(|before| before.name == *name)),
                "{}",
                team.name
            );
        }
    }
}
