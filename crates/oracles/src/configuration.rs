//! Configuration: what is refused names its place, what is read is shown without secrets as a file that says the same, and a
//! schema that is accepted is written as itself.

use scim::schema::Schema;

use crate::same;

pub(crate) fn holds(case: &[u8]) -> Result<(), String> {
    let Ok(text) = std::str::from_utf8(case) else {
        return Ok(());
    };
    if text.starts_with('{') {
        return schema(text);
    }
    // Settings may name files, and some of the system's never end.
    if text.contains("/dev/") || text.contains("/proc/") || text.contains("\\u") {
        return Ok(());
    }
    usher::configuration_holds(text)
}

fn schema(text: &str) -> Result<(), String> {
    let Ok(value) = serde_json::from_str(text) else {
        return Ok(());
    };
    let Ok(schema) = Schema::from_json(&value) else {
        return Ok(());
    };
    let written = schema.to_json("https://example.org/Schemas/x");
    let again = Schema::from_json(&written).map_err(|error| format!("{error}: {written}"))?;
    same(
        "a schema is written as itself",
        &again.to_json("https://example.org/Schemas/x"),
        &written,
    )
}
