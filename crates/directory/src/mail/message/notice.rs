//! What a mail about a group may consist of, and how it is put together: one template renders them all.

use minijinja::context;
use minijinja::value::Serde;
use serde::Serialize;

use super::{Body, Rendering, fill, short};
use crate::mail::catalog::{Say, Words};
use crate::mail::content::{GroupRef, PersonRef, Who};
use crate::mail::{EmailAddress, text};

/// Longest text that people typed, in characters.
const MAX_QUOTE: usize = 2000;
/// Most lines of one.
const MAX_LINES: usize = 60;
/// Most lines of a list; the rest is counted.
const MAX_LISTED: usize = 50;
/// Longest path in a sentence, in characters.
const MAX_PATH: usize = 60;
/// Longest line of a fact or a list, in characters.
const MAX_LINE: usize = 300;

/// A mail as data, in the order in which it is shown.
#[derive(Debug, Default)]
pub(super) struct Notice {
    subject: String,
    intro: String,
    facts: Vec<Fact>,
    lists: Vec<List>,
    quotes: Vec<Quote>,
    todo: Vec<String>,
    button: Option<&'static str>,
    link: Option<String>,
    /// Until when the link works.
    link_until: Option<String>,
    /// What it means to whoever expects nothing.
    unexpected: Option<&'static str>,
}

#[derive(Debug, Serialize)]
struct Fact {
    label: &'static str,
    value: String,
}

#[derive(Debug, Serialize)]
struct List {
    label: String,
    entries: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Quote {
    label: &'static str,
    lines: Vec<String>,
}

impl Notice {
    pub(super) fn fact(mut self, label: &'static str, value: impl Into<String>) -> Self {
        let value = value.into();
        self.facts.push(Fact { label, value });
        self
    }

    /// Names, one after the other, and how many more there are; nothing without any.
    pub(super) fn names(self, words: &Words, label: &'static str, names: &[String]) -> Self {
        if names.is_empty() {
            return self;
        }
        let shown: Vec<String> = names.iter().take(MAX_LISTED).map(|name| short(name)).collect();
        let mut line = shown.join(", ");
        if names.len() > MAX_LISTED {
            let count = (names.len() - MAX_LISTED).to_string();
            line.push_str(&fill(words.and_more, &[("count", &count)]));
        }
        self.fact(label, line)
    }

    /// Lines below a label; nothing without any. `more` says how many are left out.
    pub(super) fn list(mut self, label: String, lines: &[String], more: impl FnOnce(usize) -> String) -> Self {
        let mut entries: Vec<String> = lines.iter().take(MAX_LISTED).map(|line| cut(line)).collect();
        if lines.len() > MAX_LISTED {
            entries.push(more(lines.len() - MAX_LISTED));
        }
        if !entries.is_empty() {
            let label = cut(&label);
            self.lists.push(List { label, entries });
        }
        self
    }

    /// What somebody typed: one block, of which no link is made; nothing without text.
    pub(super) fn quote(mut self, label: &'static str, typed: Option<&str>) -> Self {
        let kept: String = typed.unwrap_or_default().chars().take(MAX_QUOTE).collect();
        let lines = kept.lines().map(|line| text::unlinked(&text::one_line(line)));
        let mut lines: Vec<String> = lines.skip_while(String::is_empty).take(MAX_LINES).collect();
        while lines.last().is_some_and(String::is_empty) {
            lines.pop();
        }
        if !lines.is_empty() {
            self.quotes.push(Quote { label, lines });
        }
        self
    }

    /// One more sentence of what to do, behind the others.
    pub(super) fn todo(mut self, sentence: impl Into<String>) -> Self {
        self.todo.push(sentence.into());
        self
    }

    /// Nothing that the reader could do.
    pub(super) fn nothing_to_do(mut self) -> Self {
        self.todo.clear();
        self
    }

    /// One more sentence of what happened, behind the others.
    pub(super) fn also(mut self, sentence: &str) -> Self {
        self.intro.push(' ');
        self.intro.push_str(sentence);
        self
    }

    /// What the button says, where that is not what it usually does.
    pub(super) fn button(self, button: Option<&'static str>) -> Self {
        Self { button, ..self }
    }

    /// Where the button leads.
    pub(super) fn link(mut self, link: String) -> Self {
        self.link = Some(link);
        self
    }

    /// Where the button of an offer leads, and until when.
    pub(super) fn offer(self, link: String, until: String, unexpected: &'static str) -> Self {
        Self {
            link_until: Some(until),
            unexpected: Some(unexpected),
            ..self.link(link)
        }
    }
}

impl Rendering<'_> {
    /// A notice about a group that says this.
    pub(super) fn notice(&self, say: &Say, group: &GroupRef, values: &[(&str, &str)]) -> Notice {
        let path = text::one_line(&group.path);
        let shown = path_in_sentence(&path);
        let mut notice = self.notice_of(say, &[values, &[("group", shown.as_str())]].concat());
        if shown != path {
            notice = notice.fact(self.catalog.words.group, cut(&path));
        }
        notice
    }

    /// A notice that says this of no single group.
    pub(super) fn notice_of(&self, say: &Say, values: &[(&str, &str)]) -> Notice {
        Notice {
            subject: self.say(say.subject, values),
            intro: self.say(say.intro, values),
            todo: say.todo.iter().map(|todo| self.say(todo, values)).collect(),
            button: say.button,
            ..Notice::default()
        }
    }

    /// What the template is filled with.
    pub(super) fn written(&self, notice: Notice) -> Body {
        let words = &self.catalog.words;
        let signature = self.realm.settings.entitlements.signature.as_deref();
        let signature = signature.map(short).filter(|signature| !signature.is_empty());
        Body {
            values: context! {
                intro => notice.intro,
                facts => Serde(&notice.facts),
                lists => Serde(&notice.lists),
                quotes => Serde(&notice.quotes),
                todo => notice.todo.join(" "),
                // A button without a place to lead to is none.
                button => notice.link.is_some().then_some(notice.button).flatten(),
                link => notice.button.is_some().then_some(notice.link).flatten(),
                link_copy => self.catalog.frame.link_copy,
                link_until => notice.link_until,
                unexpected => notice.unexpected,
                signature => signature.unwrap_or_else(|| words.signature.to_owned()),
            },
            subject: capitalised(&notice.subject),
        }
    }

    /// Somebody, as others see them: their name and `@userName`, whichever can be shown.
    pub(super) fn person(&self, person: &PersonRef) -> String {
        let name = person.name.as_deref().and_then(text::greeting_name);
        let user_name = text::one_line(&person.user_name);
        let harmless = text::greeting_name(&user_name).is_some() || EmailAddress::parse(&user_name).is_ok();
        // An address is known as a name of somebody without a mark.
        let mark = if user_name.contains('@') { "" } else { "@" };
        let user_name = harmless.then(|| format!("{mark}{}", short(&user_name)));
        match (name, user_name) {
            (Some(name), Some(user_name)) => format!("{name} ({user_name})"),
            (Some(name), None) => name,
            (None, Some(user_name)) => user_name,
            (None, None) => self.catalog.words.somebody.to_owned(),
        }
    }

    /// Who did it.
    pub(super) fn who(&self, who: &Who) -> String {
        let words = &self.catalog.words;
        match who {
            Who::Person(person) => self.person(person),
            Who::Program(name) => fill(words.program, &[("program", &short(name))]),
            Who::Administration => self.say(words.administration, &[]),
        }
    }
}

/// A path as it stands within a sentence: its end tells more than its beginning. Nothing in it is a link.
pub(super) fn path_in_sentence(path: &str) -> String {
    let count = path.chars().count();
    if count <= MAX_PATH {
        return text::unlinked(path);
    }
    let end: String = path.chars().skip(count - MAX_PATH + 1).collect();
    format!("…{}", text::unlinked(&end))
}

/// A subject begins with a capital letter, whoever it is about. An address stays as it is.
fn capitalised(subject: &str) -> String {
    if subject.split(' ').next().is_some_and(|word| word.contains('@')) {
        return subject.to_owned();
    }
    let mut letters = subject.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(letters).collect()
}

fn cut(line: &str) -> String {
    let line = text::one_line(line);
    if line.chars().count() <= MAX_LINE {
        return text::unlinked(&line);
    }
    let beginning: String = line.chars().take(MAX_LINE - 1).collect();
    format!("{}…", text::unlinked(&beginning))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::Language;
    use crate::mail::catalog::Catalog;

    #[test]
    fn what_people_typed_is_cut_and_has_no_blank_ends() {
        let quoted = |typed: &str| Notice::default().quote("x", Some(typed)).quotes;
        assert!(quoted(" \n\r\n\t").is_empty());
        let lines = quoted("\n\na\r\n\n b\u{202e} \n\n").remove(0).lines;
        assert_eq!(lines, ["a", "", "b"]);
        let long = quoted(&"ä".repeat(3000)).remove(0).lines;
        assert_eq!(long[0].chars().count(), MAX_QUOTE);
        assert_eq!(quoted(&"x\n".repeat(500)).remove(0).lines.len(), MAX_LINES);
    }

    #[test]
    fn of_a_long_list_the_rest_is_counted() {
        let lines: Vec<String> = (0..70).map(|count| format!("/a/{count}")).collect();
        let list = Notice::default()
            .list("x".into(), &lines, |count| format!("{count} more"))
            .lists
            .remove(0);
        assert_eq!(list.entries.len(), MAX_LISTED + 1);
        assert_eq!(list.entries.last().map(String::as_str), Some("20 more"));
        assert!(
            Notice::default()
                .list("x".into(), &[], |_| String::new())
                .lists
                .is_empty()
        );
    }

    #[test]
    fn of_many_names_the_rest_is_counted() {
        let words = &Catalog::of(Language::En).words;
        let line = |count: usize| {
            let names: Vec<String> = (0..count).map(|number| format!("r{number}")).collect();
            Notice::default().names(words, "x", &names).facts.remove(0).value
        };
        assert_eq!(line(2), "r0, r1");
        assert!(line(50).ends_with(", r49"), "{}", line(50));
        assert!(line(53).ends_with(", r49 and 3 more"), "{}", line(53));
    }

    #[test]
    fn no_path_is_a_link() {
        assert_eq!(path_in_sentence("/a/www.evil.example"), "/a/www[.]evil[.]example");
        let long = format!("/{}/www.evil.example", "a".repeat(100));
        assert!(path_in_sentence(&long).ends_with("www[.]evil[.]example"));
        assert_eq!(cut("see http://evil.example/x"), "see http[:]//evil[.]example/x");
    }

    #[test]
    fn of_a_long_path_the_end_is_shown() {
        let path = format!("/{}/night", "a".repeat(100));
        let shown = path_in_sentence(&path);
        assert!(shown.starts_with('…') && shown.ends_with("/night"));
        assert_eq!(shown.chars().count(), MAX_PATH);
        assert_eq!(path_in_sentence("/acme"), "/acme");
    }
}
