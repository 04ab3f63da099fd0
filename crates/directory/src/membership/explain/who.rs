//! What people and programs are called that facts name, each asked for once.

use std::collections::HashMap;

use super::Who;
use crate::Directory;
use crate::client::{self, Client};
use crate::error::Error;
use crate::id::Id;
use crate::realm::RealmId;
use crate::user::{self, User};

/// What they are called in one realm.
pub(crate) struct Called<'a> {
    directory: &'a Directory,
    realm: RealmId,
    /// Whom everything is about, if it is about one.
    about: Option<Id<User>>,
    known: HashMap<String, Who>,
}

impl<'a> Called<'a> {
    pub(crate) fn new(directory: &'a Directory, realm: RealmId, about: Option<Id<User>>) -> Self {
        Self {
            directory,
            realm,
            about,
            known: HashMap::new(),
        }
    }

    /// Whoever has that label in facts.
    pub(crate) async fn who(&mut self, label: &str) -> Result<Who, Error> {
        if let Some(known) = self.known.get(label) {
            return Ok(known.clone());
        }
        let who = match label.split_once(':') {
            Some(("user", id)) => self.person(id).await?,
            Some(("client", id)) => self.program(id).await?,
            _ if label == "operator" => Who::Operator,
            _ => Who::Usher,
        };
        self.known.insert(label.to_owned(), who.clone());
        Ok(who)
    }

    async fn person(&self, id: &str) -> Result<Who, Error> {
        let Some(id) = Id::<User>::parse(id) else {
            return Ok(Who::Usher);
        };
        if Some(id) == self.about {
            return Ok(Who::Themselves);
        }
        let person = user::table::by_id(self.directory.db(), self.realm, id).await?;
        Ok(person.map_or(Who::Usher, |person| Who::Person(person.called())))
    }

    async fn program(&self, id: &str) -> Result<Who, Error> {
        let Some(id) = Id::<Client>::parse(id) else {
            return Ok(Who::Usher);
        };
        let program = client::table::by_id(self.directory.db(), self.realm, id).await?;
        Ok(program.map_or(Who::Usher, |program| Who::Program(program.name)))
    }
}
