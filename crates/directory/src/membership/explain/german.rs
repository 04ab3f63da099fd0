//! In German.

use super::rules::{Days, Sentences, listed};
use super::{Administers, Block, Eligible, End, EndedBy, Explanation, Given, Who};

pub(super) const SENTENCES: Sentences = Sentences {
    member: |of, since| format!("{} ist seit {since} Mitglied von {}{}.", of.name, of.path, roles(of)),
    begins: |of, from| format!("{} wird ab {from} Mitglied von {} sein{}.", of.name, of.path, roles(of)),
    suspended: |of, since| {
        format!(
            "{} hat seit {since} eine Mitgliedschaft in {}{}; sie ist ausgesetzt.",
            of.name,
            of.path,
            roles(of)
        )
    },
    given,
    ends: |day, imposed_by| match imposed_by {
        None => format!("Sie gilt bis {day}."),
        Some(above) => format!("Sie gilt bis {day}, weil dann die Mitgliedschaft in {above} endet."),
    },
    endless: "Sie hat kein Ende.",
    never: |of| format!("{} war nie Mitglied von {}.", of.name, of.path),
    over: |of, end, days| format!("{} ist kein Mitglied von {}: {}.", of.name, of.path, ended(end, days)),
    expired: |of, end, days| {
        format!(
            "{} ist nicht mehr Mitglied von {}: {}; bis zum Ende der Frist kann sie verlängert werden.",
            of.name,
            of.path,
            ended(end, days)
        )
    },
    barred: |of, end, days| {
        format!(
            "{} ist kein Mitglied von {}: {}; solange die Sperre besteht, kommt sie nicht zurück.",
            of.name,
            of.path,
            ended(end, days)
        )
    },
    blocked: |of, block, days| blocked(of, block, days),
    asks: |of, day| format!("{} hat am {day} um Aufnahme gebeten; eine Antwort steht aus.", of.name),
    administers: |of, one, days| administers(of, one, days),
    eligible,
    removing,
};

fn roles(of: &Explanation) -> String {
    match of.roles.as_slice() {
        [] => String::new(),
        [one] => format!(", mit der Rolle {one}"),
        all => format!(", mit den Rollen {}", listed(all, "und")),
    }
}

fn who(who: &Who) -> String {
    match who {
        Who::Themselves => "die Person selbst".to_owned(),
        Who::Person(name) => name.clone(),
        Who::Program(name) => format!("das Programm {name}"),
        Who::Operator => "der Betrieb".to_owned(),
        Who::Usher => "Usher".to_owned(),
    }
}

fn given(of: &Explanation, given: &Given, days: &Days<'_>) -> Option<String> {
    let way = of.way.as_ref().map_or_else(String::new, |way| format!(" über „{way}“"));
    Some(match given {
        Given::Request { asked_at, by } => {
            let (by, which) = match by {
                Who::Themselves => (of.name.clone(), "den eigenen Antrag"),
                by => (capital(&who(by)), "den Antrag"),
            };
            format!("{by} hat {which} vom {}{way} angenommen.", days.of(*asked_at))
        }
        Given::Freely => format!("Der Beitritt geschah{way}; dafür wird niemand gefragt."),
        Given::Invitation => format!("Eine Einladung{way} wurde angenommen."),
        Given::Source { name, plan } => {
            let name = name
                .as_ref()
                .map_or_else(|| "Eine Quelle".to_owned(), |name| format!("Die Quelle {name}"));
            let plan = plan.map_or_else(String::new, |plan| format!(" mit dem Plan {plan}"));
            format!("{name} hat sie{plan} gegeben.")
        }
        Given::Themselves { why } => {
            let why = why.as_ref().map_or_else(String::new, |why| format!(": „{why}“"));
            format!(
                "{} hat sich für einige Stunden selbst aufgenommen, wie es erlaubt ist{why}.",
                of.name
            )
        }
        Given::Somebody(Who::Usher) => return None,
        Given::Somebody(Who::Themselves) => format!("Der Beitritt geschah{way}."),
        Given::Somebody(by) => format!("{} hat sie{way} gegeben.", capital(&who(by))),
    })
}

fn eligible(of: &Explanation, eligible: &Eligible, days: &Days<'_>) -> String {
    let until = eligible
        .until
        .map_or_else(String::new, |end| format!(", bis {}", days.last(end)));
    let (name, hours) = (&of.name, eligible.hours);
    format!("{name} kann sich jedes Mal für höchstens {hours} h selbst aufnehmen{until}.")
}

fn ended(end: Option<&End>, days: &Days<'_>) -> String {
    let Some(end) = end else {
        return "die Mitgliedschaft ist vorbei".to_owned();
    };
    match &end.by {
        EndedBy::Time => format!("die Mitgliedschaft ist nach dem {} abgelaufen", days.last(end.at)),
        EndedBy::Terms => {
            let day = days.of(end.at);
            format!("die Mitgliedschaft endete am {day}, weil die Bedingungen nicht mehr angenommen waren")
        }
        EndedBy::Above => format!("die Mitgliedschaft endete am {} mit einer darüber", days.of(end.at)),
        EndedBy::Review { name, why } => {
            let review = name.as_ref().map_or_else(
                || "eine Überprüfung".to_owned(),
                |name| format!("die Überprüfung „{name}“"),
            );
            let why = why.as_ref().map_or_else(String::new, |why| format!(": „{why}“"));
            format!("{review} hat die Mitgliedschaft am {} beendet{why}", days.of(end.at))
        }
        EndedBy::Somebody(Who::Themselves) => format!("Austritt am {}", days.of(end.at)),
        EndedBy::Somebody(by) => format!("{} hat die Mitgliedschaft am {} beendet", who(by), days.of(end.at)),
    }
}

fn blocked(of: &Explanation, block: &Block, days: &Days<'_>) -> String {
    let why = block.why.as_ref().map_or_else(String::new, |why| format!(": „{why}“"));
    format!(
        "{} hat {} am {} für {} gesperrt{why}.",
        capital(&who(&block.by)),
        of.name,
        days.of(block.at),
        block.path
    )
}

fn administers(of: &Explanation, one: &Administers, days: &Days<'_>) -> String {
    let by = one
        .by_group
        .as_ref()
        .map_or_else(String::new, |path| format!(", wie alle in {path}"));
    let from = one.inherited_from.as_ref();
    let from = from.map_or_else(String::new, |path| format!(", geerbt von {path}"));
    let until = one
        .until
        .map_or_else(String::new, |end| format!(", bis {}", days.last(end)));
    format!(
        "{} verwaltet die Gruppe als {}{from}{by}{until}.",
        of.name, one.capabilities
    )
}

fn removing(below: &[(&str, usize)], more: usize, entitlements: usize) -> String {
    let mut named: Vec<String> = below
        .iter()
        .map(|(path, roles)| match roles {
            0 => (*path).to_owned(),
            1 => format!("{path} (1 Rolle)"),
            roles => format!("{path} ({roles} Rollen)"),
        })
        .collect();
    if more > 0 {
        named.push(format!("{more} weitere"));
    }
    let ends = (!named.is_empty()).then(|| format!("beendet auch {}", listed(&named, "und")));
    let takes = match entitlements {
        0 => None,
        1 => Some("nimmt 1 Berechtigung".to_owned()),
        many => Some(format!("nimmt {many} Berechtigungen")),
    };
    let both: Vec<String> = [ends, takes].into_iter().flatten().collect();
    format!("Sie zu beenden, {}.", both.join(" und "))
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    match letters.next() {
        Some(first) if ["der ", "die ", "das "].iter().any(|article| text.starts_with(article)) => {
            first.to_uppercase().chain(letters).collect()
        }
        _ => text.to_owned(),
    }
}
