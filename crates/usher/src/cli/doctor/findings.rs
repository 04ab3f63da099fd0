//! What was found, each in one line, with what to do.

/// How it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Good,
    /// It works, and should not stay so.
    Warning,
    Problem,
}

impl State {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Good => "ok",
            Self::Warning => "warning",
            Self::Problem => "problem",
        }
    }
}

/// One thing that was looked at.
#[derive(Debug)]
pub(super) struct Finding {
    pub(super) check: &'static str,
    pub(super) state: State,
    pub(super) text: String,
    pub(super) advice: String,
}

/// All that was found, in the order of looking.
#[derive(Debug, Default)]
pub(super) struct Findings(Vec<Finding>);

impl Findings {
    pub(super) fn good(&mut self, check: &'static str, text: impl Into<String>) {
        self.add(check, State::Good, text.into(), String::new());
    }

    pub(super) fn warning(&mut self, check: &'static str, text: impl Into<String>, advice: impl Into<String>) {
        self.add(check, State::Warning, text.into(), advice.into());
    }

    pub(super) fn bad(&mut self, check: &'static str, text: impl Into<String>, advice: impl Into<String>) {
        self.add(check, State::Problem, text.into(), advice.into());
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Finding> {
        self.0.iter()
    }

    fn add(&mut self, check: &'static str, state: State, text: String, advice: String) {
        self.0.push(Finding {
            check,
            state,
            text,
            advice,
        });
    }
}
