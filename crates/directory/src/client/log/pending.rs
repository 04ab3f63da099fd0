//! What is noted of programs' requests and not written down yet.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use super::{KEPT_REQUESTS, NotedRequest};
use crate::client::Client;
use crate::id::Id;
use crate::realm::RealmId;

/// So many requests of all programs are held between two writings; what comes beyond is not noted. Some 6 MB.
const HELD: usize = 20_000;

type Key = (RealmId, Id<Client>);

type Noted = Arc<dyn NotedRequest>;

/// The requests of each program since the last writing.
#[derive(Debug, Default)]
pub(crate) struct Pending(Mutex<Held>);

#[derive(Debug, Default)]
struct Held {
    programs: HashMap<Key, VecDeque<Noted>>,
    /// How many requests there are in all.
    count: usize,
}

impl Pending {
    pub(super) fn note(&self, realm: RealmId, client: Id<Client>, request: Noted) {
        let pushed_out = self.lock().note((realm, client), request);
        // Freed when nobody waits for the lock any more.
        drop(pushed_out);
    }

    /// Takes all there is, in the order of the programs, so that servers that write at once do not wait in a circle.
    pub(super) fn take(&self) -> Vec<(Key, Vec<Noted>)> {
        let held = std::mem::take(&mut *self.lock());
        let mut taken: Vec<_> = held
            .programs
            .into_iter()
            .map(|(key, requests)| (key, Vec::from(requests)))
            .collect();
        taken.sort_unstable_by_key(|((realm, client), _)| (realm.number(), client.uuid()));
        taken
    }

    /// Takes back what could not be written; it is older than what came meanwhile.
    pub(super) fn give_back(&self, taken: impl Iterator<Item = (Key, Vec<Noted>)>) {
        let mut held = self.lock();
        for (key, older) in taken {
            let newer = held.programs.remove(&key).unwrap_or_default();
            held.count -= newer.len();
            for request in older.into_iter().chain(newer) {
                held.note(key, request);
            }
        }
    }

    /// What is held of one program.
    pub(super) fn of(&self, realm: RealmId, client: Id<Client>) -> Vec<Noted> {
        let held = self.lock();
        let requests = held.programs.get(&(realm, client));
        requests
            .map(|requests| requests.iter().cloned().collect())
            .unwrap_or_default()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Held> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Held {
    /// Notes a request, and returns the one that has to go for it.
    fn note(&mut self, key: Key, request: Noted) -> Option<Noted> {
        if let Some(requests) = self.programs.get_mut(&key)
            && requests.len() >= KEPT_REQUESTS
        {
            let oldest = requests.pop_front();
            requests.push_back(request);
            return oldest;
        }
        if self.count < HELD {
            self.programs.entry(key).or_default().push_back(request);
            self.count += 1;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::super::LoggedRequest;
    use super::*;

    #[derive(Debug)]
    struct Numbered(i64);

    impl NotedRequest for Numbered {
        fn logged(&self) -> LoggedRequest {
            LoggedRequest {
                at: self.0,
                method: "GET".into(),
                path: "/".into(),
                route: None,
                status: 200,
                code: None,
                refusal: None,
                took_us: 1,
                request_id: self.0.to_string(),
                address: None,
            }
        }
    }

    fn request(number: i64) -> Noted {
        Arc::new(Numbered(number))
    }

    fn client(number: u128) -> Id<Client> {
        Id::new(uuid::Uuid::from_u128(number))
    }

    #[test]
    fn of_a_program_the_last_are_held_and_of_all_so_many() {
        let (pending, realm) = (Pending::default(), RealmId::INSTALLATION);
        for number in 0..300 {
            pending.note(realm, client(0), request(number));
        }
        let held = pending.of(realm, client(0));
        assert_eq!(
            (held.len(), held.first().map(|first| first.logged().at)),
            (KEPT_REQUESTS, Some(100))
        );
        for program in 1..50_000 {
            pending.note(realm, client(program), request(0));
        }
        let taken = pending.take();
        let count: usize = taken.iter().map(|(_, requests)| requests.len()).sum();
        assert_eq!(count, HELD);
        assert!(pending.take().is_empty());
    }

    #[test]
    fn what_could_not_be_written_comes_back_before_what_is_newer() {
        let (pending, realm) = (Pending::default(), RealmId::INSTALLATION);
        for number in 0..150 {
            pending.note(realm, client(0), request(number));
        }
        let taken = pending.take();
        for number in 150..250 {
            pending.note(realm, client(0), request(number));
        }
        pending.give_back(taken.into_iter());
        let held: Vec<i64> = pending
            .of(realm, client(0))
            .iter()
            .map(|request| request.logged().at)
            .collect();
        assert_eq!(held, (50..250).collect::<Vec<_>>());
        assert_eq!(pending.lock().count, KEPT_REQUESTS);
    }
}
