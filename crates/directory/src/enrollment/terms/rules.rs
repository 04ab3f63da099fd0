//! What counts as accepted, and until when. Pure.

use super::super::configuration::read_url;
use super::super::last_day;
use super::super::rule::rules::MOST_DAYS;
use super::super::written;
use super::{Channel, Terms};
use crate::clock::Timestamp;
use crate::denial::Denial;
use crate::error::Refusal;
use crate::membership::{OnLapse, TermsStanding};
use crate::zone::Zone;

/// Terms as somebody writes them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TermsDraft {
    /// Where they stand.
    pub url: String,
    /// Of what stands there.
    pub digest: Option<String>,
    /// An acceptance counts for so many days; none = for good.
    pub valid_days: Option<u32>,
    /// What happens to members then.
    pub on_lapse: OnLapse,
    /// Members have to accept them, though they accepted earlier ones.
    pub ask_again: bool,
}

impl TermsDraft {
    /// Those in place of these of which only the address is said: all else that was said of these stays. Where the address is
    /// another one, so is the text, and members are asked for it.
    pub fn moved(&self, url: &str) -> Self {
        let is_same = url.trim() == self.url;
        Self {
            url: url.to_owned(),
            digest: self.digest.clone().filter(|_| is_same),
            ask_again: !is_same,
            ..self.clone()
        }
    }

    /// Terms of which only the address is said: once accepted, that counts for good.
    pub fn at(url: &str) -> Self {
        Self {
            url: url.to_owned(),
            digest: None,
            valid_days: None,
            on_lapse: OnLapse::Remind,
            ask_again: false,
        }
    }

    /// Reads it.
    ///
    /// # Errors
    /// `Invalid`: the address is none, or the time of an acceptance is too long or nothing.
    pub fn read(&self) -> Result<Self, Refusal> {
        if self.valid_days.is_some_and(|days| !(1..=MOST_DAYS).contains(&days)) {
            let why = format!("a number of days from 1 to {MOST_DAYS}");
            return Err(Refusal::invalid("valid_days", why));
        }
        Ok(Self {
            url: read_url(&self.url)?,
            digest: written::read("digest", self.digest.as_deref(), written::LABEL)?,
            ..self.clone()
        })
    }

    /// Whether these are other terms than those in force, so that they are a version of their own.
    pub fn differs_from(&self, in_force: &Terms) -> bool {
        let same_text = self.url == in_force.url && self.digest == in_force.digest;
        let same_conditions = self.valid_days == in_force.valid_days && self.on_lapse == in_force.on_lapse;
        // Members are asked once about one version.
        let asks = self.ask_again && !in_force.ask_again;
        asks || !(same_text && same_conditions)
    }
}

/// Those in force, said again: members have been asked for them.
impl From<&Terms> for TermsDraft {
    fn from(terms: &Terms) -> Self {
        Self {
            url: terms.url.clone(),
            digest: terms.digest.clone(),
            valid_days: terms.valid_days,
            on_lapse: terms.on_lapse,
            ask_again: false,
        }
    }
}

/// What somebody says about the terms when they ask to join.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TermsGiven {
    /// They accept them.
    pub accepted: bool,
    /// Which version they have read: its number or its id; none = the one in force.
    pub version: Option<String>,
    /// By what means they say so.
    pub channel: Channel,
    /// From where.
    pub address: Option<String>,
}

impl TermsGiven {
    /// Whether that accepts the terms in force.
    ///
    /// # Errors
    /// [`Denial::TermsNotAccepted`].
    pub fn check(given: Option<&Self>, in_force: &Terms) -> Result<(), Denial> {
        let Some(given) = given else {
            return Err(Denial::TermsNotAccepted);
        };
        if given.accepted && given.is_about(in_force) {
            Ok(())
        } else {
            Err(Denial::TermsNotAccepted)
        }
    }

    /// The same of a member who accepts them again.
    ///
    /// # Errors
    /// [`Denial::TermsNotAccepted`], or [`Denial::TermsChanged`] where they read another version.
    pub fn check_again(&self, in_force: &Terms) -> Result<(), Denial> {
        if !self.accepted {
            Err(Denial::TermsNotAccepted)
        } else if !self.is_about(in_force) {
            let number = in_force.number;
            Err(Denial::TermsChanged { number })
        } else {
            Ok(())
        }
    }

    fn is_about(&self, terms: &Terms) -> bool {
        let names = |version: &str| version == terms.number.to_string() || version == terms.id.to_string();
        self.version.as_deref().is_none_or(names)
    }
}

/// The first instant at which an acceptance no longer counts; none = it counts for good.
pub fn counts_until(terms: &Terms, accepted_at: Timestamp, zone: &Zone) -> Option<Timestamp> {
    let days = terms.valid_days?;
    Some(zone.end_of(last_day(zone.day(accepted_at), days)))
}

/// How a membership stands that rests on an acceptance.
pub fn standing(terms: &Terms, accepted_at: Timestamp, zone: &Zone) -> TermsStanding {
    TermsStanding {
        version: terms.id.uuid(),
        accepted_at,
        until: counts_until(terms, accepted_at, zone),
        on_lapse: terms.on_lapse,
        reminded: None,
        lapsed: false,
    }
}

/// How a membership stands whose person accepted an earlier version and is asked for the one in force: by that instant, or by the
/// one until which the acceptance counts anyway. What has lapsed gets that time anew. None where the membership is over by it.
pub fn asked(standing: TermsStanding, in_force: &Terms, by: Timestamp, now: Timestamp) -> Option<TermsStanding> {
    let is_over = standing.lapsed || standing.until.is_some_and(|until| until <= now);
    if is_over && standing.on_lapse == OnLapse::End {
        return None;
    }
    let until = standing.until.filter(|_| !is_over);
    Some(TermsStanding {
        until: Some(until.map_or(by, |until| until.min(by))),
        on_lapse: in_force.on_lapse,
        reminded: None,
        lapsed: false,
        ..standing
    })
}

/// The instant by which somebody is to accept who is asked now and has so many days.
pub fn to_accept_by(days: u32, now: Timestamp, zone: &Zone) -> Timestamp {
    zone.end_of(last_day(zone.day(now), days))
}

/// Whether terms are to be accepted now: that is over, or will be in so many days.
pub fn is_due(standing: &TermsStanding, days: u32, now: Timestamp, zone: &Zone) -> bool {
    let is_near = |until: Timestamp| zone.last_day(until).plus_days(-i64::from(days)) <= zone.day(now);
    standing.lapsed || standing.until.is_some_and(is_near)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::{Channel, OnLapse, Terms, TermsDraft, TermsGiven, counts_until, standing};
    use crate::clock::Timestamp;
    use crate::id::Id;
    use crate::zone::Zone;

    fn terms() -> Terms {
        Terms {
            id: Id::new(Uuid::from_u128(9)),
            configuration: Id::new(Uuid::from_u128(1)),
            number: 2,
            url: "https://example.org/terms".into(),
            digest: Some("abc".into()),
            valid_days: Some(365),
            on_lapse: OnLapse::Withhold,
            ask_again: true,
            made_at: Timestamp::from_millis(0),
            made_by: "operator".into(),
        }
    }

    #[test]
    fn a_tick_accepts_the_terms_in_force_and_no_others() {
        let given = |accepted, version: Option<&str>| TermsGiven {
            accepted,
            version: version.map(str::to_owned),
            channel: Channel::Agm,
            address: None,
        };
        let id = terms().id.to_string();
        let table = [
            (None, false),
            (Some(given(true, None)), true),
            (Some(given(false, None)), false),
            (Some(given(false, Some("2"))), false),
            (Some(given(true, Some("2"))), true),
            (Some(given(true, Some("1"))), false),
            (Some(given(true, Some("3"))), false),
            (Some(given(true, Some(id.as_str()))), true),
            (Some(given(false, Some(id.as_str()))), false),
            (Some(given(true, Some(""))), false),
        ];
        for (given, accepted) in table {
            assert_eq!(
                TermsGiven::check(given.as_ref(), &terms()).is_ok(),
                accepted,
                "{given:?}"
            );
        }
    }

    #[test]
    fn other_text_or_conditions_are_another_version() {
        let full = TermsDraft {
            url: terms().url,
            digest: Some("abc".into()),
            valid_days: Some(365),
            on_lapse: OnLapse::Withhold,
            ask_again: false,
        };
        assert!(!full.differs_from(&terms()));
        let others = [
            TermsDraft::at(&terms().url),
            TermsDraft::at("https://example.org/terms-2"),
            TermsDraft {
                digest: Some("abd".into()),
                ..full.clone()
            },
            TermsDraft {
                valid_days: None,
                ..full.clone()
            },
            TermsDraft {
                on_lapse: OnLapse::End,
                ..full.clone()
            },
        ];
        for other in others {
            assert!(other.differs_from(&terms()), "{other:?}");
        }
        // Asking members anew makes a version once.
        let asking = TermsDraft {
            ask_again: true,
            ..full
        };
        assert!(!asking.differs_from(&terms()));
        let unasked = Terms {
            ask_again: false,
            ..terms()
        };
        assert!(asking.differs_from(&unasked));
    }

    #[test]
    fn whoever_says_the_address_alone_changes_nothing_else() {
        let said = TermsDraft::from(&terms());
        assert!(!said.differs_from(&terms()));
        let same = said.moved(" https://example.org/terms ");
        assert!(!same.read().expect("it is read").differs_from(&terms()));
        let other = said.moved("https://example.org/terms-2");
        let kept = (other.valid_days, other.on_lapse);
        assert_eq!(kept, (Some(365), OnLapse::Withhold));
        assert!(other.ask_again && other.digest.is_none() && other.differs_from(&terms()));
    }

    #[test]
    fn an_acceptance_counts_to_the_end_of_its_last_day() {
        let at = |text| Timestamp::parse(text).expect("an instant");
        let accepted = at("2030-01-07T08:00:00Z");
        let zone = Zone::default();
        assert_eq!(
            counts_until(&terms(), accepted, &zone),
            Some(at("2031-01-08T00:00:00Z"))
        );
        let for_good = Terms {
            valid_days: None,
            ..terms()
        };
        assert_eq!(counts_until(&for_good, accepted, &zone), None);
        let stands = standing(&terms(), accepted, &zone);
        assert_eq!(
            (stands.version, stands.on_lapse),
            (Uuid::from_u128(9), OnLapse::Withhold)
        );
    }

    #[test]
    fn terms_stand_somewhere_and_count_for_some_days() {
        let read = |url: &str, days| {
            TermsDraft {
                valid_days: days,
                ..TermsDraft::at(url)
            }
            .read()
            .is_ok()
        };
        assert!(read(" https://example.org/terms ", Some(1)));
        assert!(!read("https://example.org/terms", Some(0)));
        assert!(!read("https://example.org/terms", Some(40_000)));
        assert!(!read("terms.pdf", None));
    }
}
