//! Names of realms and of the hosts they are served on. Pure.

/// Whether a text can be a realm's name: it stands in paths.
pub(crate) fn is_name(name: &str) -> bool {
    let letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    !name.is_empty() && name.len() <= 63 && name.bytes().all(letter)
}

/// A Host header or setting as it is compared: lower case, without port and final dot; none when it is no host name.
pub(crate) fn host_key(host: &str) -> Option<String> {
    let host = host.trim();
    let name = match host.strip_prefix('[') {
        // An address of IPv6 stands in brackets.
        Some(rest) => rest.split_once(']').map(|(address, _)| address)?,
        None => host.split_once(':').map_or(host, |(name, _)| name),
    };
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b':' | b'_');
    (!name.is_empty() && name.len() <= 253 && name.bytes().all(fits)).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::{host_key, is_name};

    #[test]
    fn a_host_is_compared_without_port_case_and_final_dot() {
        for host in ["id.example.org", "ID.Example.ORG:8443", "id.example.org."] {
            assert_eq!(host_key(host).as_deref(), Some("id.example.org"), "{host}");
        }
        assert_eq!(host_key("[::1]:8080").as_deref(), Some("::1"));
        for host in ["", ":80", "a b", "a/b", "[::1", "é.example"] {
            assert_eq!(host_key(host), None, "{host}");
        }
    }

    #[test]
    fn a_realm_is_named_by_what_may_stand_in_a_path() {
        assert!(is_name("acme-2"));
        for name in ["", "Acme", "a/b", "a.b", "ä", &"a".repeat(64)] {
            assert!(!is_name(name), "{name}");
        }
    }
}
