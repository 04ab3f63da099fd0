//! `usher explain`: why somebody is in a group, or why not.

use anyhow::Result;
use clap::Args;
use directory::Timestamp;
use directory::mail::Language;
use directory::membership::explain::{Administers, Block, Explanation, Who};
use directory::zone::Zone;
use serde_json::{Value, json};

use super::context::Context;
use super::{Common, InRealm, group, user};
use crate::output::{self, Format, Item, item};

const EXAMPLES: &str = "\
Examples:
  usher explain ann /acme/ops
  usher explain ann /acme/ops --language de
  usher explain ann /acme/ops --output json";

/// Say why somebody is in a group or not: by whom, until when, what keeps them out, and what would end with it
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Explain {
    #[command(flatten)]
    realm: InRealm,
    /// The person: id, userName or mail address
    user: String,
    /// The group: path, id or displayName
    group: String,
    /// In which language: en or de [default: the realm's]
    #[arg(long, value_name = "LANGUAGE", value_parser = language)]
    language: Option<Language>,
}

impl Explain {
    pub(crate) async fn run(self, common: &Common) -> Result<()> {
        Context::with(common, &self.realm, async |context| self.tell(context).await).await
    }

    async fn tell(&self, context: &Context) -> Result<()> {
        let out = context.out;
        let person = user::find(context, &self.user).await?.0;
        let group = group::find(context, &self.group).await?;
        // What has happened a moment ago belongs to it.
        context.place_events().await?;
        let explanation = context.directory.explain(&context.operator, person, group).await?;
        let language = self
            .language
            .unwrap_or_else(|| Language::choose(None, context.realm.settings.language()));
        let zone = group::zone(context);
        let sentences = explanation.sentences(language, &zone);
        if out.quiet || out.format == Format::Json {
            let mut shown = shown(&explanation, &zone);
            shown.insert("sentences".into(), sentences.into());
            out.one("status", &shown)?;
            return Ok(());
        }
        for sentence in sentences {
            output::line(&output::text(Some(&Value::String(sentence))))?;
        }
        Ok(())
    }
}

fn shown(of: &Explanation, zone: &Zone) -> Item {
    let membership = of.membership.as_ref();
    let instant = |at: Option<Timestamp>| at.map(|at| at.to_string());
    let last = membership.and_then(|one| one.effective.at.or(one.expires_at));
    let block = |block: &Block| json!({ "group": block.path, "by": who(&block.by), "at": block.at.to_string(), "why": block.why });
    let administers = |one: &Administers| {
        json!({
            "capabilities": one.capabilities,
            "inherited_from": one.inherited_from,
            "by_group": one.by_group,
            "until": instant(one.until),
        })
    };
    let below: Vec<Value> = of
        .below
        .iter()
        .map(|below| json!({ "group": below.path, "roles": below.roles }))
        .collect();
    let history: Vec<Value> = of
        .history
        .iter()
        .map(|fact| json!({ "at": fact.at.to_string(), "kind": fact.kind, "by": who(&fact.by), "cause": fact.cause }))
        .collect();
    item(json!({
        "status": of.status().map_or("never", directory::membership::Status::name),
        "user": { "id": of.user.to_string(), "name": of.name },
        "group": { "id": of.group.to_string(), "path": of.path },
        "membership": membership.map(|one| one.id.to_string()),
        "roles": of.roles,
        "way": of.way,
        "valid_from": membership.and_then(|one| instant(one.valid_from)),
        "expires_at": membership.and_then(|one| instant(one.expires_at)),
        "effective_at": membership.and_then(|one| instant(one.effective.at)),
        "last_day": last.map(|at| zone.last_day(at).to_string()),
        "imposed_by": of.imposed_by,
        "blocks": of.blocks.iter().map(block).collect::<Vec<_>>(),
        "asks_since": instant(of.asks_since),
        "administers": of.administers.iter().map(administers).collect::<Vec<_>>(),
        "entitlements": of.entitlements,
        "removing": { "memberships": below, "entitlements": of.entitlements.len() + of.entitlements_below },
        "history": history,
    }))
}

fn who(who: &Who) -> String {
    match who {
        Who::Themselves => "themselves".to_owned(),
        Who::Person(name) | Who::Program(name) => name.clone(),
        Who::Operator => "operator".to_owned(),
        Who::Usher => "usher".to_owned(),
    }
}

fn language(text: &str) -> Result<Language, String> {
    let known = Language::ALL.into_iter().find(|language| language.tag() == text);
    known.ok_or_else(|| {
        format!(
            "`{text}` is unknown; known are {}",
            Language::ALL.map(Language::tag).join(", ")
        )
    })
}
