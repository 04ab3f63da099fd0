//! In which order the writes of a bulk request are done, and what is answered.

use std::collections::{BTreeSet, HashMap};

use serde_json::{Map, Value, json};

use super::references::{self, Cut, Made};
use super::{BULK_RESPONSE_URN, BulkOperation, BulkRequest, Method, Write};
use crate::error::Error;

/// A write to be done now.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// Whose operation it is, by its place in the request.
    pub index: usize,
    /// The write, with all references filled in.
    pub write: Write,
}

/// How a write went.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outcome {
    /// The HTTP status it would have been answered with.
    pub status: u16,
    /// The resource's id.
    pub id: Option<String>,
    /// The resource's URL.
    pub location: Option<String>,
    /// Its version after the write.
    pub version: Option<String>,
    /// The body of an error.
    pub response: Option<Value>,
}

impl Outcome {
    /// A write that was refused.
    pub fn refused(error: &Error) -> Self {
        Self {
            status: error.status,
            response: Some(error.to_json()),
            ..Self::default()
        }
    }

    fn is_error(&self) -> bool {
        !(200..300).contains(&self.status)
    }
}

/// Where an operation stands.
#[derive(Debug)]
enum State {
    /// It waits for so many others.
    Waiting(usize),
    /// It can be done.
    Ready,
    /// Its resource is there, without the references that were cut out; it waits for so many others.
    Partial {
        made: Made,
        outcome: Outcome,
        cut: Cut,
        open: usize,
    },
    /// It has an answer.
    Done(Outcome),
}

/// What is being done.
#[derive(Debug)]
enum Running {
    Write { index: usize, id: Option<String>, cut: Cut },
    Completion { index: usize, made: Made, outcome: Outcome },
    Undo { index: usize, error: Outcome },
}

/// A bulk request on its way.
#[derive(Debug)]
pub struct BulkPlan {
    operations: Vec<BulkOperation>,
    base: String,
    fail_on_errors: Option<usize>,
    states: Vec<State>,
    /// The bulkIds each refers to.
    references: Vec<Vec<String>>,
    /// Who waits for a bulkId.
    dependents: HashMap<String, Vec<usize>>,
    /// Which operation makes a bulkId.
    makers: HashMap<String, usize>,
    made: HashMap<String, Made>,
    /// What can be done, or be given up.
    ready: BTreeSet<usize>,
    /// Why operations cannot be done, found before their turn.
    lost: HashMap<usize, Error>,
    running: Option<Running>,
    errors: usize,
}

impl BulkPlan {
    /// A plan for a request; `base` is the URL of the SCIM face, without a slash at the end.
    pub fn new(request: BulkRequest, base: &str) -> Self {
        let BulkRequest {
            fail_on_errors,
            operations,
        } = request;
        let mut plan = Self {
            states: operations.iter().map(|_| State::Ready).collect(),
            references: operations
                .iter()
                .map(|operation| operation.write.as_ref().map(references::of).unwrap_or_default())
                .collect(),
            operations,
            base: base.to_owned(),
            fail_on_errors,
            dependents: HashMap::new(),
            makers: HashMap::new(),
            made: HashMap::new(),
            ready: BTreeSet::new(),
            lost: HashMap::new(),
            running: None,
            errors: 0,
        };
        for (index, operation) in plan.operations.iter().enumerate() {
            if let Err(error) = &operation.write {
                plan.lost.insert(index, error.clone());
            }
            let Some(bulk_id) = &operation.bulk_id else { continue };
            if plan.makers.contains_key(bulk_id) {
                plan.lost
                    .insert(index, Error::invalid_value(format!("bulkId: {bulk_id} is there twice")));
            } else {
                plan.makers.insert(bulk_id.clone(), index);
            }
        }
        for index in 0..plan.operations.len() {
            plan.await_references(index);
        }
        plan
    }

    fn await_references(&mut self, index: usize) {
        if !self.lost.contains_key(&index) {
            for bulk_id in &self.references[index] {
                if !self.makers.contains_key(bulk_id) {
                    self.lost.insert(
                        index,
                        conflict(&format!("bulkId:{bulk_id} is of no operation in this request")),
                    );
                }
                self.dependents.entry(bulk_id.clone()).or_default().push(index);
            }
        }
        if self.references[index].is_empty() || self.lost.contains_key(&index) {
            self.ready.insert(index);
        } else {
            self.states[index] = State::Waiting(self.references[index].len());
        }
    }

    /// The next write; none when all is done, or so many errors have happened that nothing more is to be.
    pub fn next_step(&mut self) -> Option<Step> {
        loop {
            if self.fail_on_errors.is_some_and(|most| self.errors >= most) {
                return self.undo_any();
            }
            let Some(index) = self.ready.pop_first() else {
                self.break_circle()?;
                continue;
            };
            if let Some(step) = self.start(index) {
                return Some(step);
            }
        }
    }

    fn start(&mut self, index: usize) -> Option<Step> {
        let lost = self.lost.remove(&index);
        match (&self.states[index], lost) {
            (State::Done(_), _) => None,
            (State::Partial { .. }, lost) => self.complete(index, lost),
            (State::Ready | State::Waiting(_), Some(error)) => {
                self.settle(index, Outcome::refused(&error));
                None
            }
            (State::Ready | State::Waiting(_), None) => {
                let mut write = self.operations[index].write.clone().ok()?;
                references::fill(&mut write, &self.made);
                // Only where a circle is broken is anything still open.
                let cut = references::cut(&mut write.data, &|bulk_id| !self.made.contains_key(bulk_id));
                self.running = Some(Running::Write {
                    index,
                    id: write.id.clone(),
                    cut,
                });
                Some(Step { index, write })
            }
        }
    }

    /// Puts in what was cut out, or takes the resource back if that can never be.
    fn complete(&mut self, index: usize, lost: Option<Error>) -> Option<Step> {
        let State::Partial { made, outcome, cut, .. } = std::mem::replace(&mut self.states[index], State::Ready) else {
            return None;
        };
        if let Some(error) = lost {
            return Some(self.undo(index, &made, Outcome::refused(&error)));
        }
        let write = cut.into_write(self.endpoint(index), &made, &self.made);
        self.running = Some(Running::Completion { index, made, outcome });
        Some(Step { index, write })
    }

    fn undo(&mut self, index: usize, made: &Made, error: Outcome) -> Step {
        let endpoint = self.endpoint(index).to_owned();
        self.running = Some(Running::Undo { index, error });
        Step {
            index,
            write: Write {
                method: Method::Delete,
                endpoint,
                id: Some(made.id.clone()),
                version: None,
                data: Value::Null,
            },
        }
    }

    /// After the last error that is allowed nothing stays half done.
    fn undo_any(&mut self) -> Option<Step> {
        let index = self
            .states
            .iter()
            .position(|state| matches!(state, State::Partial { .. }))?;
        let State::Partial { made, .. } = std::mem::replace(&mut self.states[index], State::Ready) else {
            return None;
        };
        Some(self.undo(
            index,
            &made,
            Outcome::refused(&conflict("stopped before all references could be set")),
        ))
    }

    fn endpoint(&self, index: usize) -> &str {
        self.operations[index]
            .write
            .as_ref()
            .map_or("", |write| &write.endpoint)
    }

    /// Takes what became of the last step.
    pub fn done(&mut self, outcome: Outcome) {
        match self.running.take() {
            None => {}
            Some(Running::Write { index, id, cut }) => self.written(index, id, outcome, cut),
            Some(Running::Completion {
                index,
                made,
                outcome: created,
            }) => {
                if outcome.is_error() {
                    // It is taken back by the next step.
                    self.lost.insert(index, conflict("the references could not be set"));
                    self.states[index] = State::Partial {
                        made,
                        outcome: created,
                        cut: Cut::default(),
                        open: 0,
                    };
                    self.ready.insert(index);
                } else {
                    self.settle(
                        index,
                        Outcome {
                            version: outcome.version.or(created.version.clone()),
                            ..created
                        },
                    );
                }
            }
            Some(Running::Undo { index, error }) => self.settle(index, error),
        }
    }

    fn written(&mut self, index: usize, id: Option<String>, outcome: Outcome, cut: Cut) {
        let (Some(id), false) = (outcome.id.clone().or(id), outcome.is_error()) else {
            return self.settle(index, outcome);
        };
        let made = Made {
            id,
            location: outcome.location.clone(),
        };
        if let Some(bulk_id) = self.bulk_id(index).map(str::to_owned) {
            self.made.insert(bulk_id, made.clone());
        }
        if cut.operations.is_empty() {
            self.states[index] = State::Done(outcome);
        } else {
            let open = self.references[index]
                .iter()
                .filter(|bulk_id| !self.made.contains_key(*bulk_id))
                .count();
            self.states[index] = State::Partial {
                made,
                outcome,
                cut,
                open,
            };
            if open == 0 {
                self.ready.insert(index);
            }
        }
        for dependent in self.dependents(index) {
            if let State::Waiting(open) | State::Partial { open, .. } = &mut self.states[dependent] {
                *open = open.saturating_sub(usize::from(dependent != index));
                if *open == 0 {
                    self.ready.insert(dependent);
                }
            }
        }
    }

    /// An operation has its last answer.
    fn settle(&mut self, index: usize, outcome: Outcome) {
        let failed = outcome.is_error();
        self.states[index] = State::Done(outcome);
        if !failed {
            return;
        }
        self.errors += 1;
        let Some(bulk_id) = self.bulk_id(index).map(str::to_owned) else {
            return;
        };
        self.made.remove(&bulk_id);
        for dependent in self.dependents(index) {
            if matches!(
                self.states[dependent],
                State::Waiting(_) | State::Ready | State::Partial { .. }
            ) {
                self.lost
                    .insert(dependent, conflict(&format!("bulkId:{bulk_id} could not be written")));
                self.ready.insert(dependent);
            }
        }
    }

    /// The name that others know an operation by.
    fn bulk_id(&self, index: usize) -> Option<&str> {
        self.operations[index]
            .bulk_id
            .as_deref()
            .filter(|bulk_id| self.makers.get(*bulk_id) == Some(&index))
    }

    fn dependents(&self, index: usize) -> Vec<usize> {
        self.bulk_id(index)
            .and_then(|bulk_id| self.dependents.get(bulk_id))
            .cloned()
            .unwrap_or_default()
    }

    /// All that is left waits for each other: one resource of a circle is created without what it refers to.
    fn break_circle(&mut self) -> Option<()> {
        let circle = self.circle()?;
        let breakable = |index: &usize| {
            self.operations[*index]
                .write
                .as_ref()
                .is_ok_and(|write| write.method == Method::Post)
        };
        let Some(index) = circle.iter().copied().filter(breakable).min() else {
            for index in circle {
                self.lost
                    .insert(index, conflict("these operations wait for each other"));
                self.ready.insert(index);
            }
            return Some(());
        };
        self.ready.insert(index);
        self.states[index] = State::Ready;
        Some(())
    }

    /// Follows what each waits for until one comes up again.
    fn circle(&self) -> Option<Vec<usize>> {
        let mut at = self
            .states
            .iter()
            .position(|state| matches!(state, State::Waiting(_)))?;
        let mut walked: Vec<usize> = Vec::new();
        let mut places: HashMap<usize, usize> = HashMap::new();
        loop {
            if let Some(start) = places.insert(at, walked.len()) {
                return Some(walked.split_off(start));
            }
            walked.push(at);
            let waits_for = self.references[at].iter().find_map(|bulk_id| {
                let maker = *self.makers.get(bulk_id)?;
                matches!(self.states[maker], State::Waiting(_)).then_some(maker)
            });
            at = waits_for?;
        }
    }

    /// The BulkResponse: what was done, in the order of the request.
    pub fn response(&self) -> Value {
        let answers: Vec<Value> = self
            .operations
            .iter()
            .zip(&self.states)
            .filter_map(|(operation, state)| match state {
                State::Done(outcome) => Some(self.answer(operation, outcome)),
                State::Waiting(_) | State::Ready | State::Partial { .. } => None,
            })
            .collect();
        json!({ "schemas": [BULK_RESPONSE_URN], "Operations": answers })
    }

    fn answer(&self, operation: &BulkOperation, outcome: &Outcome) -> Value {
        let mut answer = Map::new();
        answer.insert("method".into(), operation.method.as_str().into());
        if let Some(bulk_id) = &operation.bulk_id {
            answer.insert("bulkId".into(), bulk_id.as_str().into());
        }
        if let Some(version) = &outcome.version {
            answer.insert("version".into(), version.as_str().into());
        }
        let location = outcome.location.clone().or_else(|| self.location(operation));
        if let Some(location) = location {
            answer.insert("location".into(), location.into());
        }
        answer.insert("status".into(), outcome.status.to_string().into());
        if let Some(response) = outcome.response.as_ref().filter(|_| outcome.is_error()) {
            answer.insert("response".into(), response.clone());
        }
        Value::Object(answer)
    }

    /// The URL of what an operation names by its path.
    fn location(&self, operation: &BulkOperation) -> Option<String> {
        let write = operation.write.as_ref().ok()?;
        let id = match references::in_path(write) {
            Some(bulk_id) => &self.made.get(bulk_id)?.id,
            None => write.id.as_ref()?,
        };
        Some(format!("{}{}/{id}", self.base, write.endpoint))
    }
}

fn conflict(why: &str) -> Error {
    Error::with_status(409, why)
}
