//! The project's one runner: `cargo xtask COMMAND`. It needs nothing but cargo.

mod bench;
mod components;
mod crash;
mod deny;
mod fuzz;
mod generate;
mod migration;
mod package;
mod postgres;
mod scale;
mod screenshots;
mod shell;
mod steps;
mod suite;
mod test;
mod tidy;

use std::process::ExitCode;

const USAGE: &str = "\
cargo xtask test                     all that is checked: fmt, clippy, tidy, doc, generated references, tests
cargo xtask test --step 1.7 …        what one promise rests on; --step 1: all of step 1
cargo xtask crash [--rounds N]       rounds of kill -9 under writes; --engine sqlite or postgres
cargo xtask fuzz [TARGET] [--minutes N]  entry, filter, patch, bulk, configuration; --keep renews the corpus
cargo xtask bench [--only create,get] [--full]   Usher beside its yardsticks, goals and figures; --quick to try it out
cargo xtask import [--people N]      100,000 people from CSV, killed in the middle and resumed; --engine, --usher FILE
cargo xtask night [--memberships N]  100,000 memberships that end in one night, killed in the middle; --engine, --usher FILE
cargo xtask pages [--members N]      pages among 100,000 members and 10,000 groups, against 100 of each; --engine, --usher FILE
cargo xtask screenshots [FOLDER]     every page, on telephone and desktop, light and dark, in both languages
cargo xtask tidy                     the rules of the tree alone
cargo xtask postgres [--durable]     a throwaway PostgreSQL until Ctrl-C; prints its URL
cargo xtask image [--usher FILE] [--out FILE]    an OCI image in a file, of the dist profile or that binary
cargo xtask deb [--usher FILE] [--out DIR]       a Debian package; --quick leaves it unpacked
cargo xtask debian                   a clean Debian below the target folder, for trying packages
cargo xtask migration NAME           the next numbered migration
cargo xtask generate                 the generated references
cargo xtask deny                     licences, banned crates, sources
";

/// Ends the run with this exit code instead of 1.
#[derive(Debug)]
pub(crate) struct Refused {
    pub(crate) code: u8,
    pub(crate) why: String,
}

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.why)
    }
}

impl std::error::Error for Refused {}

/// A wrong command line: exit code 2.
pub(crate) fn usage(why: &str) -> anyhow::Error {
    let why = format!("{why}\n\n{USAGE}");
    Refused { code: 2, why }.into()
}

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    let done = match words.split_first() {
        Some((&"test", rest)) => test::main(rest),
        Some((&"crash", rest)) => crash::main(rest),
        Some((&"fuzz", rest)) => fuzz::main(rest),
        Some((&"import", rest)) => scale::main(&scale::IMPORT, rest),
        Some((&"night", rest)) => scale::main(&scale::NIGHT, rest),
        Some((&"pages", rest)) => scale::main(&scale::PAGES, rest),
        Some((&"bench", rest)) => bench::main(rest),
        Some((&"screenshots", rest)) => screenshots::main(rest),
        Some((&"tidy", [])) => tidy::main(),
        Some((&"postgres", rest)) => postgres::main(rest),
        Some((&"image", rest)) => package::image(rest),
        Some((&"deb", rest)) => package::deb(rest),
        Some((&"debian", rest)) => package::debian(rest),
        Some((&"migration", [name])) => migration::main(name),
        Some((&"generate", [])) => generate::main(),
        Some((&"deny", [])) => deny::main(),
        Some((&("help" | "-h" | "--help"), _)) => {
            print!("{USAGE}");
            Ok(())
        }
        Some((word, _)) => Err(usage(&format!("not understood: {word}"))),
        None => Err(usage("which command?")),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::from(error.downcast_ref::<Refused>().map_or(1, |refused| refused.code))
        }
    }
}
