//! `… IN (?4, ?5, …)`: statements that ask for many at once, in few sizes, so that the engines keep them prepared.

use db::Value;

const SIZES: [usize; 4] = [1, 8, 64, 256];

/// The statements that ask for all of `wanted`, each with its parameters: those of `fixed` first. `head` ends with `IN`; in
/// each list the last value is repeated.
pub(crate) fn in_lists(head: &str, fixed: &[Value], wanted: &[Value]) -> Vec<(String, Vec<Value>)> {
    let list = |slice: &[Value]| {
        let size = SIZES
            .into_iter()
            .find(|size| *size >= slice.len())
            .unwrap_or(slice.len());
        let first = fixed.len() + 1;
        let places: Vec<String> = (first..first + size).map(|place| format!("?{place}")).collect();
        let last = slice.last().cloned().unwrap_or(Value::Null);
        let mut params = fixed.to_vec();
        params.extend(slice.iter().cloned());
        params.resize(fixed.len() + size, last);
        (format!("{head} ({})", places.join(", ")), params)
    };
    wanted.chunks(SIZES[SIZES.len() - 1]).map(list).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_come_in_few_sizes_and_repeat_their_last_value() {
        let wanted: Vec<Value> = (0..3).map(Value::from).collect();
        let lists = in_lists("x IN", &[Value::from(true)], &wanted);
        assert_eq!(lists.len(), 1);
        assert_eq!(lists[0].0, "x IN (?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)");
        assert_eq!(lists[0].1.len(), 9);
        assert_eq!(lists[0].1[8], Value::from(2));
        let many: Vec<Value> = (0..300).map(Value::from).collect();
        assert_eq!(in_lists("x IN", &[], &many).len(), 2);
        assert!(in_lists("x IN", &[], &[]).is_empty());
    }
}
