//! Fills a form of a page that is already written: pure.
//!
//! It reads what our own templates write, and changes nothing but the state of controls: values of
//! fields, marks of boxes and choices, and that the parts which hold the form are unfolded. Hidden
//! fields and tokens stay as the page has them.
//!
//! Must not know: where the page comes from.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;

/// A tag as it stands in the page.
struct Tag<'a> {
    at: Range<usize>,
    name: &'a str,
    text: &'a str,
}

/// A form of the page.
#[derive(Default)]
struct Found {
    /// From behind its first tag to before its last.
    within: Range<usize>,
    /// Where folded parts that hold it are unfolded.
    unfold: Vec<usize>,
    /// Hidden fields that say what was sent.
    alike: usize,
}

/// The page with the form of this action filled; none when no form has a place for every field.
pub(super) fn fill(html: &str, action: &str, fields: &[(String, String)]) -> Option<String> {
    let forms = forms(html, action, fields);
    let best = forms.iter().map(|form| form.alike).max()?;
    let form = forms.into_iter().find(|form| form.alike == best)?;
    let mut out = String::with_capacity(html.len() + 1024);
    let mut from = 0;
    for at in &form.unfold {
        out.push_str(&html[from..*at]);
        out.push_str(" open");
        from = *at;
    }
    out.push_str(&html[from..form.within.start]);
    out.push_str(&controls(&html[form.within.clone()], fields)?);
    out.push_str(&html[form.within.end..]);
    Some(out)
}

/// Forms that are sent to this path, by themselves or by one of their buttons.
fn forms(html: &str, action: &str, fields: &[(String, String)]) -> Vec<Found> {
    let (mut found, mut folded) = (Vec::new(), Vec::new());
    let mut open: Option<(bool, Found)> = None;
    let sent_to = |tag: &Tag<'_>, name: &str| {
        attribute(tag.text, name).is_some_and(|to| to.split('?').next() == Some(action))
    };
    for tag in tags(html) {
        match tag.name {
            "details" => folded.push((tag.at.end - 1, attribute(tag.text, "open").is_none())),
            "/details" => drop(folded.pop()),
            "form" => {
                let unfold = folded.iter().filter(|(_, closed)| *closed).map(|(at, _)| *at);
                let form = Found {
                    within: tag.at.end..tag.at.end,
                    unfold: unfold.collect(),
                    ..Found::default()
                };
                open = Some((sent_to(&tag, "action"), form));
            }
            "/form" => {
                if let Some((true, mut form)) = open.take() {
                    form.within.end = tag.at.start;
                    found.push(form);
                }
            }
            "button" => {
                if let Some((fits, _)) = &mut open {
                    *fits |= sent_to(&tag, "formaction");
                }
            }
            "input" => {
                if let Some((_, form)) = &mut open
                    && attribute(tag.text, "type").as_deref() == Some("hidden")
                    && has(fields, &tag)
                {
                    form.alike += 1;
                }
            }
            _ => {}
        }
    }
    found
}

/// True when the control's own name and value are among what was sent.
fn has(fields: &[(String, String)], tag: &Tag<'_>) -> bool {
    let name = attribute(tag.text, "name").unwrap_or_default();
    let value = attribute(tag.text, "value").unwrap_or(Cow::Borrowed("on"));
    fields.iter().any(|(sent, text)| *sent == *name && *text == *value)
}

/// The inside of a form with its controls filled; none when something sent has no control.
fn controls(html: &str, fields: &[(String, String)]) -> Option<String> {
    let mut left: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (name, value) in fields.iter().rev() {
        left.entry(name).or_default().push(value);
    }
    let mut known: Vec<String> = Vec::new();
    let (mut out, mut from) = (String::with_capacity(html.len()), 0);
    let mut select = String::new();
    let mut all = tags(html).into_iter().peekable();
    while let Some(tag) = all.next() {
        let name = attribute(tag.text, "name").unwrap_or_default().into_owned();
        let mut write = |upto: Range<usize>, text: &str| {
            out.push_str(&html[from..upto.start]);
            out.push_str(text);
            from = upto.end;
        };
        match tag.name {
            "input" => match attribute(tag.text, "type").as_deref().unwrap_or("text") {
                "hidden" | "submit" | "button" | "image" | "reset" | "file" | "password" => {}
                "checkbox" | "radio" => {
                    write(tag.at.clone(), &marked(tag.text, "checked", has(fields, &tag)));
                }
                _ => {
                    if let Some(value) = left.get_mut(name.as_str()).and_then(Vec::pop) {
                        write(tag.at.clone(), &valued(tag.text, value));
                    }
                }
            },
            "textarea" => {
                let end = all.peek().map(|end| end.at.start);
                let value = left.get_mut(name.as_str()).and_then(Vec::pop);
                if let (Some(end), Some(value)) = (end, value) {
                    write(tag.at.end..end, &format!("\n{}", escape(value)));
                }
            }
            "select" => select.clone_from(&name),
            "/select" => select.clear(),
            "option" if left.contains_key(select.as_str()) => {
                let value = attribute(tag.text, "value").unwrap_or_default();
                let sent = fields.iter().any(|(name, text)| *name == select && *text == *value);
                write(tag.at.clone(), &marked(tag.text, "selected", sent));
            }
            _ => {}
        }
        if matches!(tag.name, "input" | "textarea" | "select" | "button") {
            known.push(name);
        }
    }
    out.push_str(&html[from..]);
    let placed = |(name, value): &(String, String)| value.is_empty() || known.contains(name);
    fields.iter().all(placed).then_some(out)
}

/// Every tag, those of closing with their stroke, in order. What stands in a text area is text.
fn tags(html: &str) -> Vec<Tag<'_>> {
    let (mut tags, mut from) = (Vec::new(), 0);
    while let Some(start) = html[from..].find('<').map(|at| from + at) {
        if html[start..].starts_with("<!--") {
            from = html[start..].find("-->").map_or(html.len(), |at| start + at + 3);
            continue;
        }
        let Some(end) = end_of(html, start) else { break };
        let text = &html[start..end];
        let name = text[1..].split([' ', '\n', '\t', '>']).next().unwrap_or_default();
        tags.push(Tag { at: start..end, name, text });
        from = match name {
            "textarea" => html[end..].find("</textarea").map_or(html.len(), |at| end + at),
            _ => end,
        };
    }
    tags
}

/// Behind the `>` that ends the tag: one within quotes does not.
fn end_of(html: &str, start: usize) -> Option<usize> {
    let mut quoted = false;
    html[start..].char_indices().find_map(|(at, c)| {
        quoted ^= c == '"';
        (c == '>' && !quoted).then_some(start + at + 1)
    })
}

/// Where an attribute stands, with the blank before it, and its value as written.
fn place<'a>(tag: &'a str, name: &str) -> Option<(Range<usize>, &'a str)> {
    let (mut quoted, mut start) = (false, None);
    let end = tag.len() - 1;
    for (at, c) in tag.char_indices() {
        quoted ^= c == '"';
        if quoted || !(c.is_whitespace() || at == end) {
            continue;
        }
        if let Some(start) = start.replace(at) {
            let text = tag[start..at].trim();
            let (own, value) = text.split_once('=').unwrap_or((text, ""));
            if own == name {
                return Some((start..at, value.trim_matches('"')));
            }
        }
    }
    None
}

fn attribute<'a>(tag: &'a str, name: &str) -> Option<Cow<'a, str>> {
    place(tag, name).map(|(_, value)| unescape(value))
}

/// The tag with this attribute or without it.
fn marked(tag: &str, name: &str, is: bool) -> String {
    match (place(tag, name), is) {
        (Some((at, _)), false) => format!("{}{}", &tag[..at.start], &tag[at.end..]),
        (None, true) => format!("{} {name}>", &tag[..tag.len() - 1]),
        _ => tag.to_owned(),
    }
}

/// The tag with this value.
fn valued(tag: &str, value: &str) -> String {
    let bare = marked(tag, "value", false);
    format!("{} value=\"{}\">", &bare[..bare.len() - 1], escape(value))
}

fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            c => out.push(c),
        }
    }
    out
}

/// Text as templates escape it, read back.
fn unescape(text: &str) -> Cow<'_, str> {
    if !text.contains('&') {
        return Cow::Borrowed(text);
    }
    let signs = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#x27;", "'"),
        ("&#x2f;", "/"),
        ("&amp;", "&"),
    ];
    let plain = signs.iter().fold(text.to_owned(), |text, (sign, c)| text.replace(sign, c));
    Cow::Owned(plain)
}

#[cfg(test)]
mod tests {
    use super::{fill, unescape};

    const PAGE: &str = r#"<p>1 < 2 in text</p><form action="/other"><input name="note" value="x"></form>
<details class="c"><summary>More</summary><form method="post" action="/a&#x2f;b?x=1">
<input type="hidden" name="_csrf" value="fresh"><input type="hidden" name="revision" value="7">
<input name="title" type="text" value="old"><input name="title" value="">
<input type="checkbox" name="box" value="1" checked><input type="checkbox" name="box" value="2">
<input type="password" name="code" value=""><input type="file" name="paper">
<select name="kind"><option value="">–</option><option value="k1" selected>1</option><option value="k2">2</option></select>
<textarea name="why" rows="4">
before <b></textarea><button name="answer" value="yes">Go</button></form></details>"#;

    fn sent(fields: &[(&str, &str)]) -> Vec<(String, String)> {
        fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn a_form_gets_back_what_was_filled_in_and_keeps_its_own_tokens() {
        let typed = "</textarea><script>\"&amp;";
        let fields = sent(&[
            ("revision", "6"),
            ("title", "一 \"two\""),
            ("title", "three"),
            ("box", "2"),
            ("kind", "k2"),
            ("why", typed),
            ("answer", "yes"),
        ]);
        let html = fill(PAGE, "/a/b", &fields).unwrap();
        assert!(html.contains("<details class=\"c\" open>"), "{html}");
        assert!(html.contains("value=\"fresh\"") && html.contains("value=\"7\""), "{html}");
        assert!(html.contains("type=\"text\" value=\"一 &quot;two&quot;\">"), "{html}");
        assert!(html.contains("<input name=\"title\" value=\"three\">"), "{html}");
        assert!(html.contains("value=\"1\">") && html.contains("value=\"2\" checked>"), "{html}");
        assert!(html.contains("value=\"k1\">1") && html.contains("value=\"k2\" selected>2"));
        assert!(html.contains(">\n&lt;/textarea&gt;&lt;script&gt;&quot;&amp;amp;</textarea>"));
        assert!(html.contains("action=\"/other\"><input name=\"note\" value=\"x\">"), "{html}");
        assert!(!html.contains("<script>") && !html.contains("before"), "{html}");
    }

    #[test]
    fn of_forms_alike_the_one_with_the_same_hidden_fields_is_filled() {
        let one = |id: &str| {
            format!(
                "<form action=\"/a\"><input type=\"hidden\" name=\"id\" value=\"{id}\"><input name=\"t\"></form>"
            )
        };
        let html = fill(&(one("1") + &one("2")), "/a", &sent(&[("id", "2"), ("t", "x")])).unwrap();
        assert_eq!(html, one("1") + &one("2").replace("name=\"t\"", "name=\"t\" value=\"x\""));
    }

    #[test]
    fn what_has_no_place_is_told() {
        assert!(fill(PAGE, "/a/b", &sent(&[("gone", "typed")])).is_none());
        assert!(fill(PAGE, "/nowhere", &sent(&[("title", "typed")])).is_none());
        assert!(fill(PAGE, "/a/b", &sent(&[("gone", ""), ("title", "t")])).is_some());
        assert_eq!(unescape("&amp;lt;"), "&lt;");
    }
}
