//! What holds only for clients of Wire's kind: rules for attributes (A5), rich info (A9), and how users are shown. Pure.

use scim::document::is_absent;
use scim::error::Error as ScimError;
use scim::patch::{Op, Operation};
use scim::schema::{USER_URN, WIRE_MAP_URN as MAP_URN, WIRE_PROFILE_URN as PROFILE_URN};
use scim::wire;
use serde_json::{Map, Value, json};

use crate::error::{Error, Refusal};
use crate::mail::EmailAddress;

/// What is shown of someone without a role.
const DEFAULT_ROLE: &str = "member";
const ROLES: [&str; 4] = ["owner", "admin", "member", "partner"];

/// What has to be looked at before the schemas' own rules: the password is refused, plain-string roles become objects, and
/// both forms of rich info become one, of at most so many characters.
pub(crate) fn before_accept(body: &mut Value, rich_info_limit: usize) -> Result<(), Error> {
    let Some(map) = body.as_object_mut() else { return Ok(()) };
    let named = |map: &Map<String, Value>, name: &str| map.keys().find(|key| key.eq_ignore_ascii_case(name)).cloned();
    if named(map, "password").is_some_and(|key| !is_absent(&map[&key])) {
        return Err(no_passwords().into());
    }
    if let Some(roles) = named(map, "roles").and_then(|key| map.get_mut(&key)) {
        *roles = wire::roles_to_objects(roles)?;
    }
    merge_rich_info(map, rich_info_limit)
}

fn no_passwords() -> ScimError {
    ScimError::invalid_value("password: passwords are not supported; the person signs in at the provider")
        .about("password")
}

/// One stored form: the versioned list under the profile URN.
fn merge_rich_info(map: &mut Map<String, Value>, limit: usize) -> Result<(), Error> {
    let take = |map: &mut Map<String, Value>, urn: &str| {
        let key = map.keys().find(|key| key.eq_ignore_ascii_case(urn)).cloned();
        key.and_then(|key| map.shift_remove(&key))
    };
    let (list, fields) = (take(map, PROFILE_URN), take(map, MAP_URN));
    if list.is_none() && fields.is_none() {
        return Ok(());
    }
    let merged = wire::merge(list.as_ref(), fields.as_ref())?;
    store_rich_info(map, &merged, limit)
}

/// The characters of all kinds and values together are limited (W-104).
fn store_rich_info(map: &mut Map<String, Value>, fields: &[(String, String)], limit: usize) -> Result<(), Error> {
    let size: usize = fields
        .iter()
        .map(|(kind, value)| kind.chars().count() + value.chars().count())
        .sum();
    if size > limit {
        return Err(ScimError {
            status: 413,
            ..ScimError::invalid_value(format!("rich info: {size} characters, at most {limit}"))
        }
        .into());
    }
    if fields.is_empty() {
        map.shift_remove(PROFILE_URN);
    } else {
        map.insert(PROFILE_URN.into(), wire::list_form(fields));
    }
    Ok(())
}

/// Wire's rules for the end state of a write (A5). `before` is what was there: roles that are left out stay as they were
/// (W-90), and a missing `active` means true.
pub(crate) fn check(
    attributes: &mut Map<String, Value>,
    external_id: Option<&str>,
    before: Option<&Map<String, Value>>,
) -> Result<(), Error> {
    // A PATCH may take the externalId away from someone who can be told by an address (A8.3).
    if external_id.is_none() && crate::user::rules::address(attributes).is_none() {
        return Err(Refusal::invalid("externalId", "is required of a person without an address in emails").into());
    }
    if !attributes.contains_key("active") {
        attributes.insert("active".into(), Value::Bool(true));
    }
    if !attributes.contains_key("roles")
        && let Some(roles) = before.and_then(|before| before.get("roles"))
    {
        attributes.insert("roles".into(), roles.clone());
    }
    let handle = attributes
        .get("userName")
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_lowercase();
    if !(2..=256).contains(&handle.len()) || !handle.chars().all(is_of_handle) {
        return Err(Refusal::invalid("userName", "2 to 256 of a-z, 0-9, `_`, `.` and `-`").into());
    }
    attributes.insert("userName".into(), handle.into());
    let text = |name: &str| attributes.get(name).and_then(Value::as_str);
    if text("displayName").is_some_and(|name| !(1..=128).contains(&name.chars().count())) {
        return Err(Refusal::invalid("displayName", "1 to 128 characters").into());
    }
    if text("preferredLanguage").is_some_and(|language| !is_language(language)) {
        let why = "a language tag that begins with two letters of ISO 639-1, such as `de` or `de-AT`";
        return Err(Refusal::invalid("preferredLanguage", why).into());
    }
    check_roles(attributes)?;
    if let Some(address) = crate::user::rules::address(attributes) {
        EmailAddress::parse(&address).map_err(|why| Refusal::invalid("emails", why))?;
    }
    Ok(())
}

/// Whether a userName of Wire's may have a character, in lower case.
pub(crate) fn is_of_handle(letter: char) -> bool {
    letter.is_ascii_lowercase() || letter.is_ascii_digit() || matches!(letter, '_' | '.' | '-')
}

/// Two letters, then subtags (BCP 47); the two letters must be lower-case as Wire has it.
fn is_language(tag: &str) -> bool {
    let mut parts = tag.split(['-', '_']);
    let first = parts.next().unwrap_or_default();
    ISO_639_1.split(' ').any(|known| known == first)
        && parts.all(|part| (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}

const ISO_639_1: &str = "aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu";

fn check_roles(attributes: &Map<String, Value>) -> Result<(), Error> {
    let roles: Vec<&str> = attributes
        .get("roles")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|role| role.get("value").and_then(Value::as_str))
        .collect();
    match roles.as_slice() {
        [] => Ok(()),
        [role] if ROLES.contains(role) => Ok(()),
        [role] => Err(Refusal::invalid(
            "roles",
            format!("`{role}` is unknown; known are owner, admin, member, partner"),
        )
        .into()),
        _ => Err(Refusal::invalid("roles", "at most one").into()),
    }
}

/// A PUT that repeats what was shown in the place of what is not there writes nothing of it (W-92).
pub(crate) fn forget_stand_ins(attributes: &mut Map<String, Value>, before: &Map<String, Value>, language: &str) {
    let external_id = before.get("externalId").and_then(Value::as_str);
    let shown = [
        ("displayName", stand_in_name(before, external_id).map(Value::from)),
        ("preferredLanguage", Some(language.into())),
        ("roles", Some(json!([{ "value": DEFAULT_ROLE }]))),
    ];
    for (name, shown) in shown {
        if !before.contains_key(name) && shown.is_some() && attributes.get(name) == shown.as_ref() {
            attributes.shift_remove(name);
        }
    }
}

/// Operations on rich info are applied here, on the one stored form; the others are left for the matrix of RFC 7644, with
/// roles as objects.
pub(crate) fn patch(
    operations: &[Operation],
    attributes: &mut Map<String, Value>,
    rich_info_limit: usize,
) -> Result<Vec<Operation>, Error> {
    let stored = attributes.get(PROFILE_URN).cloned();
    let mut fields = wire::merge(stored.as_ref(), None)?;
    let rest = wire::patch(operations, &mut fields)?;
    store_rich_info(attributes, &fields, rich_info_limit)?;
    let mut left = Vec::with_capacity(rest.len());
    for operation in rest {
        match_core(operation, &mut left)?;
    }
    Ok(left)
}

/// There is one role: adding one sets it, in whatever form it comes. A password is refused.
fn match_core(operation: Operation, into: &mut Vec<Operation>) -> Result<(), Error> {
    let whole = |path: &str, name: &str| {
        let bare = path.get(USER_URN.len()..).filter(|_| {
            let head = path.get(..USER_URN.len());
            head.is_some_and(|head| head.eq_ignore_ascii_case(USER_URN))
        });
        let bare = bare.and_then(|rest| rest.strip_prefix(':')).unwrap_or(path);
        bare.eq_ignore_ascii_case(name)
    };
    let set_roles = |value: &Value| -> Result<Operation, Error> {
        Ok(Operation {
            op: Op::Replace,
            path: Some("roles".into()),
            value: Some(wire::roles_to_objects(value)?),
        })
    };
    match (&operation.path, &operation.value) {
        (Some(path), Some(value)) if whole(path, "password") && operation.op != Op::Remove && !is_absent(value) => {
            return Err(no_passwords().into());
        }
        (Some(path), Some(value)) if whole(path, "roles") && operation.op != Op::Remove => {
            into.push(set_roles(value)?);
        }
        (None, Some(Value::Object(members))) if operation.op != Op::Remove => {
            if members
                .iter()
                .any(|(key, value)| whole(key, "password") && !is_absent(value))
            {
                return Err(no_passwords().into());
            }
            let roles = members.iter().find(|(key, _)| whole(key, "roles"));
            let roles = roles.map(|(_, value)| set_roles(value)).transpose()?;
            let mut others = members.clone();
            others.retain(|key, _| !whole(key, "roles"));
            into.push(Operation {
                value: Some(Value::Object(others)),
                ..operation
            });
            into.extend(roles);
        }
        _ => into.push(operation),
    }
    Ok(())
}

/// The attributes as clients see them: rich info is for Wire's clients only, and those get what Wire always shows.
pub(crate) fn shown(
    attributes: &mut Map<String, Value>,
    to_wire: bool,
    language: &str,
    stand_in_name: impl FnOnce() -> Option<String>,
) {
    let rich_info = attributes.shift_remove(PROFILE_URN);
    attributes.shift_remove(MAP_URN);
    if let Some(Value::Array(schemas)) = attributes.get_mut("schemas") {
        schemas.retain(|urn| urn.as_str() != Some(PROFILE_URN) && urn.as_str() != Some(MAP_URN));
    }
    if !to_wire {
        return;
    }
    let fields = wire::merge(rich_info.as_ref(), None).unwrap_or_default();
    if let Some(Value::Array(schemas)) = attributes.get_mut("schemas") {
        schemas.extend([json!(PROFILE_URN), json!(MAP_URN)]);
    }
    attributes.insert(PROFILE_URN.into(), wire::list_form(&fields));
    attributes.insert(MAP_URN.into(), wire::map_form(&fields));
    if !attributes.contains_key("displayName")
        && let Some(name) = stand_in_name()
    {
        attributes.insert("displayName".into(), name.into());
    }
    if !attributes.contains_key("preferredLanguage") {
        attributes.insert("preferredLanguage".into(), language.into());
    }
    if !attributes.contains_key("active") {
        attributes.insert("active".into(), true.into());
    }
    let roles = attributes.get("roles").and_then(Value::as_array);
    let role = roles
        .and_then(|roles| roles.first())
        .and_then(|role| role.get("value"))
        .cloned();
    attributes.insert(
        "roles".into(),
        Value::Array(vec![role.unwrap_or_else(|| json!(DEFAULT_ROLE))]),
    );
}

/// What is shown where there is no displayName: the address, else the externalId.
pub(crate) fn stand_in_name(attributes: &Map<String, Value>, external_id: Option<&str>) -> Option<String> {
    crate::user::rules::address(attributes).or_else(|| external_id.map(str::to_owned))
}
