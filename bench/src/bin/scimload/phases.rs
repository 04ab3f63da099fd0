//! What a phase sends, and what the answer must be.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use crate::Load;
use crate::people::{Random, user};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// POST of users until there are so many.
    Create,
    /// GET of users by id, in no order.
    Get,
}

/// The users that are there: index to id.
#[derive(Default)]
pub(crate) struct World {
    ids: Mutex<BTreeMap<usize, String>>,
}

/// One request.
pub(crate) struct Op {
    pub(crate) request: Vec<u8>,
    /// The one good status.
    pub(crate) status: u16,
    expected: Expected,
}

enum Expected {
    Created { index: usize, user_name: String },
    Id(String),
}

/// The operations of a phase, by their number. None: there is no more to do.
pub(crate) type Make = dyn Fn(&mut Random, usize) -> Option<Op> + Send + Sync;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Resource<'a> {
    #[serde(borrow)]
    id: Option<Cow<'a, str>>,
    #[serde(borrow)]
    user_name: Option<Cow<'a, str>>,
}

impl Phase {
    pub(crate) fn parse(word: &str) -> Result<Self> {
        match word {
            "create" => Ok(Self::Create),
            "get" => Ok(Self::Get),
            _ => bail!("there is no phase {word}"),
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Get => "get",
        }
    }

    /// Whether it ends with its work rather than with its time.
    pub(crate) fn runs_to_its_end(self) -> bool {
        self == Self::Create
    }

    pub(crate) fn operations(self, load: &Load, world: &World) -> Box<Make> {
        let load = load.clone();
        let there = world.ids.lock().unwrap_or_else(PoisonError::into_inner).clone();
        match self {
            Self::Create => {
                let missing: Vec<usize> = (0..load.users).filter(|index| !there.contains_key(index)).collect();
                Box::new(move |_, number| {
                    let index = *missing.get(number)?;
                    let body = user(load.seed, index);
                    let user_name = body["userName"].as_str().unwrap_or_default().to_owned();
                    Some(Op {
                        request: load.request("POST", "/Users", Some(&body)),
                        status: 201,
                        expected: Expected::Created { index, user_name },
                    })
                })
            }
            Self::Get => {
                let ids: Vec<String> = there.into_values().collect();
                Box::new(move |random, _| {
                    let id = ids.get(random.below(ids.len()))?;
                    Some(Op {
                        request: load.request("GET", &format!("/Users/{id}"), None),
                        status: 200,
                        expected: Expected::Id(id.clone()),
                    })
                })
            }
        }
    }
}

impl Op {
    /// Whether the body is the right answer; what is created is noted.
    pub(crate) fn check(&self, body: &[u8], world: &World) -> Result<()> {
        let resource: Resource<'_> = serde_json::from_slice(body).context("the answer is no resource")?;
        match (&self.expected, resource.id) {
            (Expected::Created { index, user_name }, Some(id)) if resource.user_name.as_deref() == Some(user_name) => {
                world
                    .ids
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .insert(*index, id.into_owned());
                Ok(())
            }
            (Expected::Id(expected), Some(id)) if *expected == id => Ok(()),
            (_, id) => bail!("not what was asked for: id {id:?}, userName {:?}", resource.user_name),
        }
    }
}

impl World {
    pub(crate) fn read(file: Option<&Path>) -> Result<Self> {
        let world = Self::default();
        let Some(file) = file.filter(|file| file.exists()) else {
            return Ok(world);
        };
        let text = std::fs::read_to_string(file).with_context(|| format!("reading {}", file.display()))?;
        let lines = text.lines().filter_map(|line| line.split_once('\t'));
        let ids = lines
            .filter_map(|(index, id)| Some((index.parse().ok()?, id.to_owned())))
            .collect();
        Ok(Self { ids: Mutex::new(ids) })
    }

    pub(crate) fn write(&self, file: Option<&Path>) -> Result<()> {
        let Some(file) = file else { return Ok(()) };
        let ids = self.ids.lock().unwrap_or_else(PoisonError::into_inner);
        let text: String = ids.iter().map(|(index, id)| format!("{index}\t{id}\n")).collect();
        std::fs::write(file, text).with_context(|| format!("writing {}", file.display()))
    }
}
