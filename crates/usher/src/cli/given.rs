//! Flags of what may be unset: absent they leave it as it is, an empty text unsets it.

use std::convert::Infallible;
use std::str::FromStr;

use directory::zone::Day;

/// What a flag says that is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Given<T> {
    Value(T),
    Nothing,
}

impl<T> From<Given<T>> for Option<T> {
    fn from(given: Given<T>) -> Self {
        match given {
            Given::Value(value) => Some(value),
            Given::Nothing => None,
        }
    }
}

/// Sets what a flag says, if it is there.
pub(crate) fn put<T>(into: &mut Option<T>, given: Option<Given<T>>) {
    if let Some(given) = given {
        *into = given.into();
    }
}

/// The same of a list, which is unset when it is empty.
pub(crate) fn put_all<T>(into: &mut Vec<T>, given: Option<Given<Vec<T>>>) {
    if let Some(given) = given {
        *into = Option::from(given).unwrap_or_default();
    }
}

/// Reads a text.
#[expect(clippy::unnecessary_wraps, reason = "a parser of the command line may fail")]
pub(crate) fn text(text: &str) -> Result<Given<String>, Infallible> {
    Ok(match text {
        "" => Given::Nothing,
        text => Given::Value(text.to_owned()),
    })
}

/// Reads a number.
pub(crate) fn number<T: FromStr>(text: &str) -> Result<Given<T>, String> {
    if text.is_empty() {
        return Ok(Given::Nothing);
    }
    let number = text.parse().map(Given::Value);
    number.map_err(|_| format!("`{text}` is no whole number in range; an empty text unsets it"))
}

/// Reads numbers with commas between them.
pub(crate) fn numbers<T: FromStr>(text: &str) -> Result<Given<Vec<T>>, String> {
    if text.is_empty() {
        return Ok(Given::Nothing);
    }
    let numbers: Result<Vec<T>, _> = text.split(',').map(|number| number.trim().parse()).collect();
    let numbers = numbers.map(Given::Value);
    numbers.map_err(|_| format!("`{text}` is no list of whole numbers such as 30,7,1; an empty text unsets it"))
}

/// A day.
pub(crate) fn a_day(text: &str) -> Result<Day, String> {
    Day::parse(text).map_err(|error| error.to_string())
}

/// Reads a day.
pub(crate) fn day(text: &str) -> Result<Given<Day>, String> {
    if text.is_empty() {
        return Ok(Given::Nothing);
    }
    a_day(text).map(Given::Value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_said_by_an_empty_text() {
        let mut days = Some(7_u16);
        put(&mut days, None);
        assert_eq!(days, Some(7));
        put(&mut days, number("").ok());
        assert_eq!(days, None);
        put(&mut days, number("21").ok());
        assert_eq!(days, Some(21));
        assert!(number::<u16>("x").is_err() && number::<u16>("70000").is_err());
        let mut list = vec![7_u16];
        put_all(&mut list, None);
        assert_eq!(list, [7]);
        put_all(&mut list, numbers("").ok());
        assert!(list.is_empty());
        assert_eq!(numbers("30, 7,1"), Ok(Given::Value(vec![30_u16, 7, 1])));
        assert_eq!(numbers::<u16>(""), Ok(Given::Nothing));
        assert!(numbers::<u16>("30,,1").is_err() && numbers::<u16>("30;7").is_err());
        assert_eq!(text(""), Ok(Given::Nothing));
    }
}
