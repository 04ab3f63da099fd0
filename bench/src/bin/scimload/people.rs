//! Deterministic people: the same seed and index give the same bytes, in the shape that common identity providers send.

use std::io::Write as _;

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
const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/// One person of the load.
pub(crate) struct Person {
    seed: u64,
    index: usize,
    given: &'static str,
    family: &'static str,
    title: &'static str,
    department: &'static str,
    phone: (usize, usize),
    pub(crate) user_name: String,
}

impl Person {
    pub(crate) fn of(seed: u64, index: usize) -> Self {
        let mut random = Random::new(seed ^ mix(index as u64));
        let (given, family) = (GIVEN[random.below(24)], FAMILY[random.below(24)]);
        let (title, department) = (TITLES[random.below(8)], DEPARTMENTS[random.below(8)]);
        Self {
            seed,
            index,
            given,
            family,
            title,
            department,
            phone: (random.below(1000), random.below(10000)),
            user_name: format!("{}.{}.{index}", given.to_lowercase(), family.to_lowercase()),
        }
    }

    pub(crate) fn email(&self) -> String {
        format!("{}@example.com", self.user_name)
    }

    pub(crate) fn external_id(&self) -> String {
        format!("ext-{}-{}", self.seed, self.index)
    }

    /// The name that is shown; another one for each version but the first.
    pub(crate) fn display_name(&self, version: u64) -> String {
        match version {
            0 => format!("{} {}", self.given, self.family),
            _ => format!("{} {} v{version}", self.given, self.family),
        }
    }

    /// Core attributes, one e-mail address, one phone number and the enterprise extension, as JSON. No value needs escaping.
    pub(crate) fn write(&self, version: u64, out: &mut Vec<u8>) {
        let Self {
            given,
            family,
            title,
            department,
            user_name,
            ..
        } = self;
        let (external_id, display_name) = (self.external_id(), self.display_name(version));
        let (area, line) = self.phone;
        let number = 100_000 + self.index;
        // Writing into memory does not fail.
        let _ = write!(
            out,
            r#"{{"schemas":["{USER}","{ENTERPRISE}"],"externalId":"{external_id}","userName":"{user_name}","#
        );
        let _ = write!(
            out,
            r#""name":{{"givenName":"{given}","familyName":"{family}","formatted":"{given} {family}"}},"displayName":"{display_name}","#
        );
        let _ = write!(
            out,
            r#""title":"{title}","preferredLanguage":"en","active":true,"emails":[{{"value":"{user_name}@example.com","type":"work","primary":true}}],"#
        );
        let _ = write!(
            out,
            r#""phoneNumbers":[{{"value":"+1-555-{area:03}-{line:04}","type":"work"}}],"{ENTERPRISE}":{{"employeeNumber":"{number}","department":"{department}","organization":"Example Ltd"}}}}"#
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_is_json_and_always_the_same() {
        let text = |version| {
            let mut out = Vec::new();
            Person::of(1, 4711).write(version, &mut out);
            out
        };
        let value: serde_json::Value = serde_json::from_slice(&text(0)).expect("JSON");
        let person = Person::of(1, 4711);
        assert_eq!(value["userName"], person.user_name);
        assert_eq!(value["emails"][0]["value"], person.email());
        assert_eq!(value["externalId"], person.external_id());
        assert_eq!(value["displayName"], person.display_name(0));
        assert_eq!(text(7), text(7));
        assert_ne!(text(0), text(7));
    }
}
