//! What each promise of a step rests on: `cargo xtask test --step 1.7`.

use std::time::Instant;

use anyhow::{Result, bail};

use crate::suite::Surroundings;
use crate::{shell, test, tidy, usage};

/// One promise: its number, its sentence, and what shows that it holds.
struct Promise {
    number: &'static str,
    goal: &'static str,
    proofs: &'static [Proof],
}

enum Proof {
    /// Tests whose path names this module, `step_1_3` or `step_1_3_and_what`, in any crate. At least one must be there.
    Tests(&'static str),
    /// The same with this in their environment, which says how large they are.
    Sized(&'static str, &'static str, &'static str),
    /// Tests of these modules of one member, which belong to the promise without being named after it.
    Modules {
        package: &'static str,
        modules: &'static [&'static str],
    },
    /// The whole of `cargo xtask test`.
    Everything,
    /// The rules of the tree.
    Tidy,
    /// `cargo doc` without a warning.
    Doc,
}

const PROMISES: [Promise; 31] = [
    Promise {
        number: "1.1",
        goal: "what quickstart prints, pasted as it stands, ends with an invited user who accepted and is active",
        proofs: &[
            Proof::Tests("step_1_1"),
            Proof::Modules {
                package: "usher",
                modules: &["documents::the_journey_of_the_readme"],
            },
        ],
    },
    Promise {
        number: "1.2",
        goal: "`cargo xtask test` passes on a bare machine; directory and faces run on SQLite and on a real PostgreSQL",
        proofs: &[Proof::Everything],
    },
    Promise {
        number: "1.3",
        goal: "scim2 test, fresh realm, generic client: 0 errors, nothing skipped, at least 130 successes, both engines",
        proofs: &[Proof::Tests("step_1_3")],
    },
    Promise {
        number: "1.4",
        goal: "scim2-cli with a token from /oauth/token: create, query, replace, modify, search, delete a user and a group",
        proofs: &[Proof::Tests("step_1_4")],
    },
    Promise {
        number: "1.5",
        goal: "the request sequences of Entra, Okta, SailPoint, authentik and hscim are exchange tests and pass",
        proofs: &[Proof::Tests("step_1_5")],
    },
    Promise {
        number: "1.6",
        goal: "Wire: section F 1 to 12, H-1 to H-12, W-1 to W-109; Canaille: section 14 and section 6 row by row",
        proofs: &[Proof::Tests("step_1_6")],
    },
    Promise {
        number: "1.7",
        goal: "of 200 acceptances of a link and 64 POSTs of a userName one succeeds; a fault in a group commit loses nothing",
        proofs: &[
            Proof::Tests("step_1_7"),
            Proof::Modules {
                package: "db",
                modules: &["faults::", "groups::"],
            },
        ],
    },
    Promise {
        number: "1.8",
        goal: "20 rounds of kill -9 on each engine: acknowledged writes are there, no half change, the chain verifies, no mail lost",
        proofs: &[Proof::Tests("step_1_8")],
    },
    Promise {
        number: "1.9",
        goal: "a walk over all routes with foreign, expired, revoked, narrow and no tokens: never data, never a change",
        proofs: &[Proof::Tests("step_1_9")],
    },
    Promise {
        number: "1.10",
        goal: "ARCHITECTURE.md leads to the file in one step, cargo doc has no warning, dependencies point one way",
        proofs: &[Proof::Tidy, Proof::Doc],
    },
    Promise {
        number: "2.3",
        goal: "rounds of kill -9 on each engine, every tenth on PostgreSQL kills that: lost 0, duplicated 0, half 0 (all: crash --rounds 500); disk, database, mail server and clock fail",
        proofs: &[
            Proof::Modules {
                package: "usher",
                modules: &["step_1_8_crash::"],
            },
            Proof::Modules {
                package: "db",
                modules: &["durability::", "faults::", "groups::", "postgres::"],
            },
            Proof::Tests("step_2_3"),
        ],
    },
    Promise {
        number: "2.4",
        goal: "what was ever found to matter to the five fuzz targets holds (all: fuzz --minutes 60)",
        proofs: &[Proof::Tests("step_2_4")],
    },
    Promise {
        number: "2.5",
        goal: "a backup under write load, restored elsewhere: every answered write is there, a second backup is equal row for row",
        proofs: &[Proof::Tests("step_2_5")],
    },
    Promise {
        number: "2.6",
        goal: "people from CSV: plan, approve, apply, kill -9 and resume; lost 0, twice 0, mails 0, below 100 MiB (all: import --people 100000)",
        proofs: &[
            Proof::Tests("step_2_6"),
            Proof::Modules {
                package: "directory",
                modules: &["plans::"],
            },
        ],
    },
    Promise {
        number: "2.7",
        goal: "the image and the Debian package serve on a clean root, the unit is sound and its ExecStart runs as its user; a TLS certificate is exchanged under load with 0 failed requests",
        proofs: &[Proof::Tests("step_2_7")],
    },
    Promise {
        number: "2.8",
        goal: "24 mistakes of operators, each answered by one line that says what to do, and its exit code",
        proofs: &[Proof::Tests("step_2_8")],
    },
    Promise {
        number: "3.1",
        goal: "the 68 acceptance tests of group management, both engines, with a real OpenID provider and a real mail server, the clock moved",
        proofs: &[Proof::Tests("step_3_1")],
    },
    Promise {
        number: "3.2",
        goal: "a test for each defect D-01 to D-45 of the predecessor that fails on its behaviour",
        proofs: &[Proof::Tests("step_3_2")],
    },
    Promise {
        number: "3.3",
        goal: "all 68 rows of group management and the other spellings, as one table that is run",
        proofs: &[Proof::Tests("step_3_3")],
    },
    Promise {
        number: "3.4",
        goal: "the walk over all routes with tokens of the provider: of another realm, another audience, somebody suspended, who administers a sibling group, also where a request mixes groups, and none; and with tokens of Usher that act as a person, of one scope, or of somebody who is out",
        proofs: &[Proof::Tests("step_3_4"), Proof::Tests("step_1_9")],
    },
    Promise {
        number: "3.5",
        goal: "random sequences: no membership outlives its effective end, nothing is had that nobody granted, no suspension is lifted by the suspended",
        proofs: &[Proof::Tests("step_3_5")],
    },
    Promise {
        number: "3.6",
        goal: "what preview says of a year is what a year of moved clock then does, on 2,000 people and 300 groups made at random",
        proofs: &[Proof::Sized("step_3_6", "USHER_TEST_PEOPLE", "2000")],
    },
    Promise {
        number: "3.7",
        goal: "many memberships due in one night end with bounded transactions and memory; a kill resumes; no mail twice but those in flight (all: night --memberships 100000; what each costs: bench --only expiry)",
        proofs: &[
            Proof::Tests("step_3_7"),
            // Who takes up what the dead were at.
            Proof::Modules {
                package: "directory",
                modules: &["jobs::", "deliveries::", "clock::"],
            },
            Proof::Modules {
                package: "usher",
                modules: &["wiring::lock::"],
            },
        ],
    },
    Promise {
        number: "3.8",
        goal: "the guides for group managers and operators, and behind the provider's host name: every command is run",
        proofs: &[Proof::Modules {
            package: "usher",
            modules: &["documents::"],
        }],
    },
    Promise {
        number: "4.1",
        goal: "journeys in Chromium, with scripts, without and by keyboard alone, with a real OpenID provider and real mail: \
               invited, refused, asking, approving, renewing, leaving, looking after a group",
        proofs: &[Proof::Tests("step_4_1")],
    },
    Promise {
        number: "4.2",
        goal: "every link of every mail template, in all its forms and both languages, opens a page (200) that names what the mail is about",
        proofs: &[Proof::Tests("step_4_2")],
    },
    Promise {
        number: "4.3",
        goal: "no violation that axe knows on any page of the journeys in light and dark, all of them by keyboard alone, nothing lost at \
               320 px or with letters twice as large",
        proofs: &[Proof::Tests("step_4_1"), Proof::Tests("step_4_4")],
    },
    Promise {
        number: "4.4",
        goal: "pictures of every page with believable data and with none, by `cargo xtask screenshots`: telephone and desktop, light and \
               dark, both languages (here each kind once)",
        proofs: &[Proof::Tests("step_4_4")],
    },
    Promise {
        number: "4.5",
        goal: "a walk over all pages as a stranger, a member, an administrator of another group and somebody suspended: nothing is \
               given away or changed; forms of other sites are refused",
        proofs: &[Proof::Tests("step_4_5")],
    },
    Promise {
        number: "4.6",
        goal: "lists, search and the review queue of the pages say what they must in a larger realm, and cost at most 1.5 times their time among 100 \
               groups and members (at full size: pages --members 100000)",
        proofs: &[Proof::Tests("step_4_6")],
    },
    Promise {
        number: "4.7",
        goal: "the guide to the pages names what stands on them; accept 2 steps, renew 2, approve 2, invite 3, counted in the journeys",
        proofs: &[Proof::Tests("step_4_7"), Proof::Tests("step_4_1")],
    },
];

/// Runs what the named promises rest on; `1` names all of step 1.
pub(crate) fn main(wanted: &[&str]) -> Result<()> {
    let mut chosen: Vec<&Promise> = Vec::new();
    for name in wanted {
        let named: Vec<&Promise> = PROMISES.iter().filter(|promise| promise.is_named(name)).collect();
        if named.is_empty() {
            return Err(usage(&format!("there is no promise {name}")));
        }
        chosen.extend(named);
    }
    let mut runner = Runner::default();
    let mut broken = Vec::new();
    for promise in chosen {
        println!("== {} goal: {}", promise.number, promise.goal);
        let start = Instant::now();
        let mut holds = true;
        for proof in promise.proofs {
            if let Err(error) = runner.show(proof) {
                println!("{error:#}");
                holds = false;
            }
        }
        let word = if holds { "holds" } else { "DOES NOT HOLD" };
        println!("== {} {word} ({:.1} s)", promise.number, start.elapsed().as_secs_f64());
        if !holds {
            broken.push(promise.number);
        }
    }
    if broken.is_empty() {
        return Ok(());
    }
    bail!("does not hold: {}", broken.join(", "));
}

impl Promise {
    fn is_named(&self, name: &str) -> bool {
        self.number == name || self.number.split_once('.').is_some_and(|(step, _)| step == name)
    }
}

/// Keeps the surroundings of tests between promises.
#[derive(Default)]
struct Runner {
    surroundings: Option<Surroundings>,
}

impl Runner {
    fn show(&mut self, proof: &Proof) -> Result<()> {
        match proof {
            Proof::Tests(module) => self.named(module, &[]),
            Proof::Sized(module, variable, size) => self.named(module, &[(variable, size)]),
            Proof::Modules { package, modules } => self.tests(Some(package), package, modules, &[]),
            Proof::Everything => test::all(),
            Proof::Tidy => tidy::main(),
            Proof::Doc => {
                let mut doc = shell::cargo(&["doc", "--workspace", "--no-deps", "--locked", "-q"]);
                shell::run(doc.env("RUSTDOCFLAGS", "-D warnings"))?;
                println!("figure: cargo doc, 0 warnings");
                Ok(())
            }
        }
    }

    /// Runs the tests that are named after a step, in all members.
    fn named(&mut self, module: &str, variables: &[(&str, &str)]) -> Result<()> {
        // `step_1_1` alone would also find `step_1_10`.
        let (with_topic, alone) = (format!("{module}_"), format!("{module}::"));
        self.tests(None, module, &[&with_topic, &alone], variables)
    }

    /// Runs the tests whose path contains one of these texts, in one member or in all.
    fn tests(&mut self, package: Option<&str>, name: &str, filters: &[&str], variables: &[(&str, &str)]) -> Result<()> {
        if self.surroundings.is_none() {
            shell::run(&mut shell::cargo(&[
                "build",
                "--workspace",
                "--all-targets",
                "--locked",
                "-q",
            ]))?;
            self.surroundings = Some(Surroundings::prepare()?);
        }
        let Some(surroundings) = &self.surroundings else {
            bail!("there are no components")
        };
        let mut said = Vec::new();
        let mut args = vec!["-q", "--tests", "--", "--show-output"];
        args.extend(filters);
        let members = package.map_or_else(|| vec!["--workspace"], |package| vec!["-p", package]);
        let outcome = surroundings.test(&members, &args, variables, |line| said.push(line.to_owned()))?;
        if !outcome.good() {
            for line in &said {
                println!("{line}");
            }
        }
        for line in said.iter().filter(|line| line.starts_with("figure: ")) {
            println!("{line}");
        }
        println!(
            "figure: {} tests, {} failed",
            outcome.passed + outcome.failed,
            outcome.failed
        );
        if !outcome.good() {
            bail!("tests of {name} failed");
        }
        if outcome.passed == 0 {
            bail!("no test is named after {name}");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_names_all_its_promises_and_a_number_one() {
        let named = |name: &str| PROMISES.iter().filter(|promise| promise.is_named(name)).count();
        assert_eq!(
            (
                named("1"),
                named("1.1"),
                named("1.10"),
                named("2"),
                named("3"),
                named("1.11")
            ),
            (10, 1, 1, 6, 8, 0)
        );
    }
}
