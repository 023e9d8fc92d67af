//! Several statements as one message to PostgreSQL: common tables that change rows.
//!
//! The server carries all of them out over one snapshot and in no promised order, so that none may
//! read or change what another changes; whoever puts them together sees to that.
//!
//! Must not know: transactions, contexts.

use crate::Value;

/// A statement with its values.
pub(crate) type Asked = (String, Vec<Value>);

/// One statement that carries out all of them and answers what the last answers. None for none.
pub(crate) fn together(asked: Vec<Asked>) -> Option<Asked> {
    let mut asked = asked.into_iter();
    let (mut last, mut values) = asked.next()?;
    let mut before = String::new();
    for (at, (sql, more)) in asked.enumerate() {
        before.push_str(if at == 0 { "WITH " } else { ", " });
        before.push_str(&format!("together{at} AS ({last})"));
        last = shifted(&sql, values.len());
        values.extend(more);
    }
    if !before.is_empty() {
        last = format!("{before} {last}");
    }
    Some((last, values))
}

/// A statement whose places are counted from further on: `$1` as `$4` when shifted by 3.
fn shifted(sql: &str, by: usize) -> String {
    let mut out = String::with_capacity(sql.len() + 16);
    let (mut quoted, mut rest) = (false, sql);
    while let Some(at) = rest.find(['$', '\'']) {
        let (head, tail) = rest.split_at(at);
        out.push_str(head);
        let digits = tail.get(1..).unwrap_or_default();
        let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
        match digits.get(..end).and_then(|number| number.parse::<usize>().ok()) {
            Some(number) if !quoted && tail.starts_with('$') => {
                out.push_str(&format!("${}", number + by));
                rest = digits.get(end..).unwrap_or_default();
            }
            _ => {
                quoted ^= tail.starts_with('\'');
                out.push_str(tail.get(..1).unwrap_or_default());
                rest = digits;
            }
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_move_outside_of_texts() {
        assert_eq!(
            shifted("a = $2 AND b = '$1''$3' OR c = $10", 3),
            "a = $5 AND b = '$1''$3' OR c = $13"
        );
        assert_eq!(shifted("办 = $1", 1), "办 = $2");
    }

    #[test]
    fn the_last_of_several_answers() {
        let one = |sql: &str, value: i64| (sql.to_owned(), vec![Value::from(value)]);
        assert!(together(Vec::new()).is_none());
        let (sql, values) = together(vec![one("DELETE FROM a WHERE id = $1", 1)]).unwrap();
        assert_eq!((sql.as_str(), values.len()), ("DELETE FROM a WHERE id = $1", 1));
        let all = vec![
            one("DELETE FROM a WHERE id = $1", 1),
            one("DELETE FROM b WHERE id = $1", 2),
            one("UPDATE c SET n = $1 RETURNING n", 3),
        ];
        let (sql, values) = together(all).unwrap();
        assert_eq!(
            sql,
            "WITH together0 AS (DELETE FROM a WHERE id = $1), together1 AS (DELETE FROM b WHERE \
             id = $2) UPDATE c SET n = $3 RETURNING n"
        );
        assert_eq!(values.len(), 3);
    }
}
