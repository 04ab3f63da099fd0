//! In English.

use super::rules::{Days, Sentences, listed};
use super::{Administers, Block, Eligible, End, EndedBy, Explanation, Given, Who};

pub(super) const SENTENCES: Sentences = Sentences {
    member: |of, since| {
        format!(
            "{} has been a member of {} since {since}{}.",
            of.name,
            of.path,
            roles(of)
        )
    },
    begins: |of, from| {
        format!(
            "{} will be a member of {} from {from} on{}.",
            of.name,
            of.path,
            roles(of)
        )
    },
    suspended: |of, since| {
        format!(
            "{} has a membership of {} since {since}{}, which is suspended.",
            of.name,
            of.path,
            roles(of)
        )
    },
    given,
    ends: |day, imposed_by| match imposed_by {
        None => format!("It lasts until {day}."),
        Some(above) => format!("It lasts until {day}, because the membership of {above} ends then."),
    },
    endless: "It has no end.",
    never: |of| format!("{} was never a member of {}.", of.name, of.path),
    over: |of, end, days| format!("{} is no member of {}: {}.", of.name, of.path, ended(end, days)),
    expired: |of, end, days| {
        format!(
            "{} is no member of {} any more: {}; until its grace is over it may be renewed.",
            of.name,
            of.path,
            ended(end, days)
        )
    },
    barred: |of, end, days| {
        format!(
            "{} is no member of {}: {}, and nobody brings it back while the person is kept out.",
            of.name,
            of.path,
            ended(end, days)
        )
    },
    blocked: |of, block, days| blocked(of, block, days),
    asks: |of, day| format!("{} asked to join on {day}; that waits for an answer.", of.name),
    administers: |of, one, days| administers(of, one, days),
    eligible,
    removing,
};

fn roles(of: &Explanation) -> String {
    match of.roles.as_slice() {
        [] => String::new(),
        [one] => format!(", with the role {one}"),
        all => format!(", with the roles {}", listed(all, "and")),
    }
}

fn who(who: &Who) -> String {
    match who {
        Who::Themselves => "the person".to_owned(),
        Who::Person(name) => name.clone(),
        Who::Program(name) => format!("the program {name}"),
        Who::Operator => "the operator".to_owned(),
        Who::Usher => "Usher".to_owned(),
    }
}

fn given(of: &Explanation, given: &Given, days: &Days<'_>) -> Option<String> {
    let way = of
        .way
        .as_ref()
        .map_or_else(String::new, |way| format!(" by the way “{way}”"));
    Some(match given {
        Given::Request { asked_at, by } => {
            let verb = if *by == Who::Themselves {
                "approved their own"
            } else {
                "approved the"
            };
            let by = if *by == Who::Themselves {
                of.name.clone()
            } else {
                capital(&who(by))
            };
            format!("{by} {verb} request of {}{way}.", days.of(*asked_at))
        }
        Given::Freely => format!("They joined{way}, for which nobody is asked."),
        Given::Invitation => format!("They accepted an invitation{way}."),
        Given::Source { name, plan } => {
            let name = name
                .as_ref()
                .map_or_else(|| "A source".to_owned(), |name| format!("The source {name}"));
            let plan = plan.map_or_else(String::new, |plan| format!(", by the plan {plan}"));
            format!("{name} gave it{plan}.")
        }
        Given::Themselves { why } => {
            let why = why.as_ref().map_or_else(String::new, |why| format!(": “{why}”"));
            format!("They made themselves a member for some hours, as they may{why}.")
        }
        Given::Somebody(Who::Usher) => return None,
        Given::Somebody(Who::Themselves) => format!("They joined{way}."),
        Given::Somebody(by) => format!("{} gave it{way}.", capital(&who(by))),
    })
}

fn eligible(of: &Explanation, eligible: &Eligible, days: &Days<'_>) -> String {
    let until = eligible
        .until
        .map_or_else(String::new, |end| format!(", until {}", days.last(end)));
    let (name, hours) = (&of.name, eligible.hours);
    format!("{name} may make themselves a member for {hours} h at most at a time{until}.")
}

fn ended(end: Option<&End>, days: &Days<'_>) -> String {
    let Some(end) = end else {
        return "the membership is over".to_owned();
    };
    match &end.by {
        EndedBy::Time => format!("the membership expired after {}", days.last(end.at)),
        EndedBy::Terms => format!(
            "it ended on {}, because its terms were no longer accepted",
            days.of(end.at)
        ),
        EndedBy::Above => format!("it ended on {} with a membership above", days.of(end.at)),
        EndedBy::Review { name, why } => {
            let review = name.as_ref().map_or_else(
                || "an access review".to_owned(),
                |name| format!("the access review “{name}”"),
            );
            let why = why.as_ref().map_or_else(String::new, |why| format!(": “{why}”"));
            format!("{review} ended the membership on {}{why}", days.of(end.at))
        }
        EndedBy::Somebody(Who::Themselves) => format!("they left on {}", days.of(end.at)),
        EndedBy::Somebody(by) => format!("{} ended the membership on {}", who(by), days.of(end.at)),
    }
}

fn blocked(of: &Explanation, block: &Block, days: &Days<'_>) -> String {
    let why = block.why.as_ref().map_or_else(String::new, |why| format!(": “{why}”"));
    let path = &block.path;
    format!(
        "{} has kept {} out of {path} since {}{why}.",
        capital(&who(&block.by)),
        of.name,
        days.of(block.at)
    )
}

fn administers(of: &Explanation, one: &Administers, days: &Days<'_>) -> String {
    let by = one
        .by_group
        .as_ref()
        .map_or_else(String::new, |path| format!(", as everybody in {path}"));
    let from = one.inherited_from.as_ref();
    let from = from.map_or_else(String::new, |path| format!(", inherited from {path}"));
    let until = one
        .until
        .map_or_else(String::new, |end| format!(", until {}", days.last(end)));
    format!("{} administers it as {}{from}{by}{until}.", of.name, one.capabilities)
}

fn removing(below: &[(&str, usize)], more: usize, entitlements: usize) -> String {
    let mut named: Vec<String> = below
        .iter()
        .map(|(path, roles)| match roles {
            0 => (*path).to_owned(),
            1 => format!("{path} (1 role)"),
            roles => format!("{path} ({roles} roles)"),
        })
        .collect();
    if more > 0 {
        named.push(format!("{more} more"));
    }
    let ends = (!named.is_empty()).then(|| format!("also ends {}", listed(&named, "and")));
    let takes = match entitlements {
        0 => None,
        1 => Some("takes 1 entitlement".to_owned()),
        many => Some(format!("takes {many} entitlements")),
    };
    let both: Vec<String> = [ends, takes].into_iter().flatten().collect();
    format!("Removing it {}.", both.join(" and "))
}

fn capital(text: &str) -> String {
    match text.strip_prefix("the ") {
        Some(rest) => format!("The {rest}"),
        None => text.to_owned(),
    }
}
