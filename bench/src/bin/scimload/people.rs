//! Deterministic people: the same seed and index give the same bytes, in the shape that common identity providers send.

use serde_json::{Value, json};

/// SplitMix64.
pub(crate) struct Random(u64);

fn mix(mut number: u64) -> u64 {
    number = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(mix(seed))
    }

    pub(crate) fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        ((u128::from(mix(self.0)) * limit as u128) >> 64) as usize
    }
}

const GIVEN: [&str; 24] = [
    "Ada", "Bela", "Chidi", "Dana", "Emre", "Fatou", "Goran", "Hana", "Ines", "Jonas", "Kaito", "Leila", "Marek",
    "Nadia", "Omar", "Petra", "Quentin", "Rosa", "Sven", "Tala", "Uma", "Viktor", "Wanda", "Yusuf",
];
const FAMILY: [&str; 24] = [
    "Abel", "Brandt", "Castro", "Diallo", "Eriksen", "Fischer", "Garcia", "Hoang", "Ito", "Jansen", "Kowalski",
    "Lopez", "Moreau", "Novak", "Okafor", "Petrov", "Quist", "Rossi", "Silva", "Tanaka", "Ueda", "Vogel", "Weber",
    "Zhang",
];
const TITLES: [&str; 8] = [
    "Engineer",
    "Analyst",
    "Manager",
    "Designer",
    "Researcher",
    "Accountant",
    "Nurse",
    "Planner",
];
const DEPARTMENTS: [&str; 8] = [
    "Engineering",
    "Finance",
    "Sales",
    "Support",
    "Legal",
    "Research",
    "Operations",
    "People",
];

/// Core attributes, one e-mail address, one phone number and the enterprise extension.
pub(crate) fn user(seed: u64, index: usize) -> Value {
    let mut random = Random::new(seed ^ mix(index as u64));
    let (given, family) = (GIVEN[random.below(24)], FAMILY[random.below(24)]);
    let (title, department) = (TITLES[random.below(8)], DEPARTMENTS[random.below(8)]);
    let phone = format!("+1-555-{:03}-{:04}", random.below(1000), random.below(10000));
    let user_name = format!("{}.{}.{index}", given.to_lowercase(), family.to_lowercase());
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"],
        "externalId": format!("ext-{seed}-{index}"),
        "userName": user_name,
        "name": { "givenName": given, "familyName": family, "formatted": format!("{given} {family}") },
        "displayName": format!("{given} {family}"),
        "title": title,
        "preferredLanguage": "en",
        "active": true,
        "emails": [{ "value": format!("{user_name}@example.com"), "type": "work", "primary": true }],
        "phoneNumbers": [{ "value": phone, "type": "work" }],
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {
            "employeeNumber": (100_000 + index).to_string(), "department": department, "organization": "Example Ltd",
        },
    })
}
