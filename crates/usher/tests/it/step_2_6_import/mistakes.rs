//! What is refused, and what is said of it.

use db::Engine;

use super::{file, id, import, imported, path};
use crate::support::{Place, output_of};

fn refused(place: &Place, name: &str, bytes: &[u8], words: &[&str]) -> (String, i32) {
    let file = place.folder().join(name);
    std::fs::write(&file, bytes).expect("it is written");
    let mut all = vec!["user", "import", path(&file)];
    all.extend(words);
    place.attempt_code(&all)
}

#[test]
fn a_file_that_does_not_fit_is_told_in_one_line() {
    let place = Place::on(Engine::Sqlite);
    let cases: [(&[u8], &str, i32); 9] = [
        (
            b"userName,emial\nann,a\n",
            "there is no column `emial`; the nearest is `email`",
            2,
        ),
        (b"email\na@b\n", "there is no column `userName`", 2),
        (
            b"userName,user_name\na,b\n",
            "the columns `userName` and `user_name` are the same",
            2,
        ),
        (b"userName,id\na,b\n", "the column `id` is not the source's to say", 2),
        (
            b"userName,emails[type ne \"work\"].value\na,b\n",
            "there is no column `emails[type ne \"work\"].value`",
            2,
        ),
        (b"", "is empty", 1),
        (b"userName\n", "there is no row below the header", 1),
        (b"\xff\xfeu\0", "save it as CSV in UTF-8", 1),
        (b"userName\n\"ann\nbob\n", "", 1),
    ];
    for (bytes, why, code) in cases {
        let (said, ended) = refused(&place, "people.csv", bytes, &["--yes"]);
        assert!(said.contains(why), "{said}");
        assert_eq!(ended, code, "{said}");
    }
    let (said, code) = refused(&place, "people.csv", b"userName\nann\n", &["--source", "HR!"]);
    assert!(said.contains("--source: `HR!` is no name of a source"), "{said}");
    assert_eq!(code, 2);
    let (said, code) = place.attempt_code(&["user", "import", "nowhere.csv"]);
    assert!(said.contains("cannot read nowhere.csv"), "{said}");
    assert_eq!(code, 1);
    assert_eq!(place.run(&["plan", "list", "--state", "ready", "--quiet"]), "");
}

#[test]
fn bad_rows_are_named_and_the_others_are_imported() {
    let place = Place::on(Engine::Sqlite);
    let text = "userName,active,email\nann,true,ann@example.org\nbob,perhaps,b@example.org\n,true,c@example.org\ndan,true\nANN,true,x@example.org\neve,true,eve@example.org\n";
    let file = file(&place, "people.csv", text);
    let (said, code) = place.attempt_code(&["user", "import", path(&file), "--yes"]);
    assert!(said.contains("4 rows could not be used"), "{said}");
    assert_eq!(code, 1);
    let plan = place.run(&["plan", "list", "--quiet"]);
    let shown = place.json(&["plan", "show", &plan, "--action", "refused"]);
    let why = |index: usize| {
        let item = &shown["listed"][index];
        format!(
            "{}: {}",
            item["place"].as_str().unwrap_or_default(),
            item["reason"].as_str().unwrap_or_default()
        )
    };
    assert_eq!(why(0), "line 3: active: is true or false, not this text");
    assert_eq!(why(1), "line 4: userName is missing");
    assert_eq!(why(2), "line 5: 2 cells, where the header has 3");
    assert_eq!(why(3), "line 6: the same person as line 2");
    let there: Vec<String> = names(&place);
    assert_eq!(there, ["ann", "eve"]);
}

fn names(place: &Place) -> Vec<String> {
    let people = place.json(&["user", "list"]);
    let name = |person: &serde_json::Value| person["userName"].as_str().unwrap_or_default().to_owned();
    people.as_array().expect("a list").iter().map(name).collect()
}

#[test]
fn what_takes_away_many_is_held_back_with_exit_code_3() {
    let place = Place::on(Engine::Sqlite);
    let many: Vec<String> = (0..20).map(|index| format!("p{index}")).collect();
    let many = many.join("\n");
    imported(&place, "all.csv", &format!("userName\n{many}"), &["--source", "hr"]);
    let some = file(&place, "some.csv", "userName\np0\n");
    let words = [
        "user",
        "import",
        path(&some),
        "--source",
        "hr",
        "--missing",
        "remove",
        "--yes",
    ];
    let (said, code) = place.attempt_code(&words);
    assert!(
        said.contains("is held back") && said.contains("19 of the 20") && said.contains("--release"),
        "{said}"
    );
    assert_eq!(code, 3);
    assert_eq!(names(&place).len(), 20, "nothing was done");
    let plan = place.run(&["plan", "list", "--state", "held", "--quiet"]);
    assert_eq!(place.attempt_code(&["plan", "approve", &plan]).1, 3);
    let (said, code) = place.attempt_code(&["plan", "apply", &plan]);
    assert!(said.contains("has to be approved first"), "{said}");
    assert_eq!(code, 1);
    place.run(&["plan", "approve", &plan, "--release"]);
    place.run(&["plan", "apply", &plan]);
    assert_eq!(names(&place), ["p0"]);
}

#[test]
fn a_plan_is_not_applied_where_the_world_has_moved() {
    let place = Place::on(Engine::Sqlite);
    let people = "userName,title\nann,Dr\nbob,Dr\n";
    imported(&place, "hr.csv", people, &[]);
    let plan = import(&place, "hr.csv", "userName,title\nann,Prof\nbob,Prof\ncid,Prof\n", &[]);
    assert_eq!(
        (&plan["counts"]["change"], &plan["counts"]["create"]),
        (&2.into(), &1.into())
    );
    let plan = id(&plan);
    place.run(&["user", "set", "ann", "nickName=A"]);
    place.run(&["plan", "approve", &plan]);
    let (said, code) = place.attempt_code(&["plan", "apply", &plan]);
    assert!(said.contains("ann (line 2): changed since"), "{said}");
    assert!(
        said.contains("user import hr.csv --source hr") && said.contains("--rest"),
        "{said}"
    );
    assert_eq!(code, 1);
    assert_eq!(names(&place), ["ann", "bob"]);
    let (said, code) = place.attempt_code(&["plan", "apply", &plan, "--rest"]);
    assert!(said.contains("1 items could not be applied"), "{said}");
    assert_eq!(code, 1);
    assert_eq!(place.json(&["user", "show", "ann"])["title"], "Dr");
    assert_eq!(place.json(&["user", "show", "bob"])["title"], "Prof");
    assert_eq!(names(&place), ["ann", "bob", "cid"]);
    let shown = place.run(&["plan", "show", &plan, "--action", "change"]);
    assert!(
        shown.contains("title: Dr -> Prof") && shown.contains("has been changed since this was planned"),
        "{shown}"
    );
}

#[test]
fn standard_input_needs_a_source_and_a_plan_can_be_put_aside() {
    let place = Place::on(Engine::Sqlite);
    place.run(&["migrate"]);
    let (said, code) = place.attempt_code(&["user", "import", "-"]);
    assert!(said.contains("--source NAME is needed"), "{said}");
    assert_eq!(code, 2);
    let mut command = place.command(&["user", "import", "-", "--source", "hr", "--quiet"]);
    let plan = output_of(&mut command, "userName\tgiven_name\nann\tAnn\n")
        .trim()
        .to_owned();
    place.run(&["plan", "discard", &plan]);
    let (said, code) = place.attempt_code(&["plan", "approve", &plan]);
    assert!(said.contains("the plan is discarded already"), "{said}");
    assert_eq!(code, 1);
    assert_eq!(place.attempt_code(&["plan", "show", "x"]).1, 2);
}
