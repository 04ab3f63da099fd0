//! Filters by property: printing and parsing are inverse, nothing panics, and another implementation agrees on the grammar.

use proptest::prelude::*;
use scim::filter::{CompareOp, Filter, Literal};
use scim::path::AttrPath;
use serde_json::Number;

use crate::user_type;

fn name() -> impl Strategy<Value = String> {
    // Words of the grammar are names as well.
    prop_oneof![
        "[a-zA-Z][a-zA-Z0-9_-]{0,8}",
        Just("and".into()),
        Just("pr".into()),
        Just("eq".into())
    ]
    .prop_filter("`not` begins a negation", |name: &String| {
        !name.eq_ignore_ascii_case("not")
    })
}

fn path() -> impl Strategy<Value = AttrPath> {
    let urn = prop_oneof![
        Just(None),
        Just(Some(
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User".to_owned()
        ))
    ];
    (urn, name(), proptest::option::of(name())).prop_map(|(urn, name, sub)| AttrPath { urn, name, sub })
}

fn literal() -> impl Strategy<Value = Literal> {
    prop_oneof![
        any::<String>().prop_map(Literal::String),
        any::<bool>().prop_map(Literal::Bool),
        any::<i64>().prop_map(|number| Literal::Number(number.into())),
        any::<f64>()
            .prop_filter_map("JSON has no infinity", Number::from_f64)
            .prop_map(Literal::Number),
        Just(Literal::Null),
    ]
}

fn op() -> impl Strategy<Value = CompareOp> {
    use CompareOp::{Co, Eq, Ew, Ge, Gt, Le, Lt, Ne, Sw};
    proptest::sample::select(vec![Eq, Ne, Co, Sw, Ew, Gt, Ge, Lt, Le])
}

fn term(path: impl Strategy<Value = AttrPath> + Clone + 'static) -> impl Strategy<Value = Filter> {
    prop_oneof![
        (path.clone(), op(), literal()).prop_map(|(path, op, value)| Filter::Compare { path, op, value }),
        path.prop_map(Filter::Present),
    ]
}

fn tree(leaf: BoxedStrategy<Filter>) -> BoxedStrategy<Filter> {
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 2..4).prop_map(Filter::And),
            proptest::collection::vec(inner.clone(), 2..4).prop_map(Filter::Or),
            inner.prop_map(|filter| Filter::Not(Box::new(filter))),
        ]
    })
    .boxed()
}

fn filter() -> BoxedStrategy<Filter> {
    let element = tree(term(name().prop_map(AttrPath::new).boxed()).boxed());
    let has = (path(), element).prop_map(|(path, filter)| Filter::Has {
        path: AttrPath { sub: None, ..path },
        filter: Box::new(filter),
    });
    tree(prop_oneof![3 => term(path().boxed()), 1 => has].boxed())
}

/// Pieces of filters in any order: some of them are filters.
fn soup() -> impl Strategy<Value = String> {
    let words = vec![
        "userName",
        "emails",
        "name.givenName",
        "urn:x:2.0:U:a",
        " eq ",
        " co ",
        " pr",
        " and ",
        " or ",
        "not ",
        "not",
        "(",
        ")",
        "[",
        "]",
        "\"a\"",
        "\"\\\"\"",
        "1",
        "-1.5e3",
        "true",
        "null",
        " ",
        ".value",
        "type",
        "'",
    ];
    proptest::collection::vec(proptest::sample::select(words), 0..12).prop_map(|words| words.concat())
}

/// Chains of one operator have no brackets of their own there.
fn flat(filter: Filter) -> Filter {
    fn parts(list: Vec<Filter>, same: fn(Filter) -> Result<Vec<Filter>, Filter>) -> Vec<Filter> {
        list.into_iter()
            .map(flat)
            .flat_map(|part| same(part).unwrap_or_else(|part| vec![part]))
            .collect()
    }
    match filter {
        Filter::And(list) => Filter::And(parts(list, |part| match part {
            Filter::And(parts) => Ok(parts),
            other => Err(other),
        })),
        Filter::Or(list) => Filter::Or(parts(list, |part| match part {
            Filter::Or(parts) => Ok(parts),
            other => Err(other),
        })),
        Filter::Not(filter) => Filter::Not(Box::new(flat(*filter))),
        Filter::Has { path, filter } => Filter::Has {
            path,
            filter: Box::new(flat(*filter)),
        },
        other => other,
    }
}

proptest! {
    #[test]
    fn parsing_what_is_printed_gives_the_same_filter(filter in filter()) {
        let printed = filter.to_string();
        prop_assume!(printed.len() <= scim::filter::MAX_BYTES);
        let parsed: Filter = printed.parse().map_err(|error| TestCaseError::fail(format!("{printed}: {error}")))?;
        prop_assert_eq!(&parsed, &filter);
        prop_assert_eq!(parsed.to_string(), printed);
    }

    #[test]
    fn what_is_printed_means_the_same_to_another_implementation(filter in filter()) {
        let printed = filter.to_string();
        prop_assume!(printed.len() <= scim::filter::MAX_BYTES);
        let theirs: scim_v2::filter::Filter =
            printed.parse().map_err(|error| TestCaseError::fail(format!("{printed}: {error:?}")))?;
        let back: Filter = theirs.to_string().parse().map_err(|error| TestCaseError::fail(format!("{theirs}: {error}")))?;
        prop_assert_eq!(flat(back), flat(filter));
    }

    #[test]
    fn what_another_implementation_accepts_is_accepted(text in soup()) {
        let dotted_in_brackets = text.contains('[') && (text.contains("name.") || text.contains("urn:"));
        if text.parse::<scim_v2::filter::Filter>().is_ok() && !dotted_in_brackets {
            prop_assert!(text.parse::<Filter>().is_ok(), "{}", text);
        }
    }

    #[test]
    fn no_text_panics(text in any::<String>(), words in soup()) {
        for text in [text, words] {
            if let Ok(filter) = text.parse::<Filter>() {
                if let Ok(resolved) = filter.resolve(&user_type()) {
                    resolved.matches(&serde_json::Map::new());
                }
                prop_assert_eq!(filter.to_string().parse::<Filter>().ok(), Some(filter));
            }
            if let Ok(path) = text.parse::<AttrPath>() {
                prop_assert_eq!(path.to_string(), text);
            }
        }
    }
}
