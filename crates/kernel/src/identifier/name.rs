//! Names of natural persons: 2–50 characters of any script GB 18030 holds, rare ideographs and
//! those still in the private use area included, with the middle dot of names from other languages.
//!
//! Invariant: no control, bidirectional or invisible character, so that what an officer reads is
//! what is stored, and one spelling of the middle dot, so that names compare.

use super::chars::narrow;
use crate::{Error, Result};

/// The middle dot between the parts of a name.
const DOT: char = '\u{00B7}';

/// A well-formed name of a person.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PersonName(String);

impl PersonName {
    /// Shortest name, in characters.
    pub const CHARS_MIN: usize = 2;
    /// Longest name, in characters.
    pub const CHARS_MAX: usize = 50;

    /// Reads a name: outer spaces are dropped, inner ones become one, and none stays beside an
    /// ideograph; every dot-like character becomes `·`. Errors: `identifier.name.length` (args
    /// `min`, `max`), `.character` (arg `char`, its code point), `.dot` for a dot at an end or two
    /// in a row.
    pub fn parse(input: &str) -> Result<PersonName> {
        // Before the length, so that a hidden character is named rather than counted.
        let mut name = String::with_capacity(input.len().min(256));
        for (index, c) in input.trim().chars().enumerate() {
            if index > 4 * Self::CHARS_MAX {
                return Err(length());
            }
            let c = if is_dot(c) { DOT } else { narrow(c) };
            let space_twice = c == ' ' && name.ends_with(' ');
            let after_ideograph = c == ' ' && name.chars().last().is_some_and(is_ideograph);
            if space_twice || after_ideograph {
                continue;
            }
            if is_ideograph(c) && name.ends_with(' ') {
                name.pop();
            }
            if !is_allowed(c, name.chars().last()) {
                let point = format!("U+{:04X}", u32::from(c));
                return Err(Error::invalid("identifier.name.character").arg("char", point));
            }
            name.push(c);
        }
        let name = name.trim_end();
        if !(Self::CHARS_MIN..=Self::CHARS_MAX).contains(&name.chars().count()) {
            return Err(length());
        }
        let doubled = name.split(DOT).any(|part| part.trim().is_empty());
        if doubled {
            return Err(Error::invalid("identifier.name.dot"));
        }
        Ok(PersonName(name.to_owned()))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// True when a character is in the private use area: shown only with the right font, so a
    /// person should look at the case.
    pub fn has_private_use(&self) -> bool {
        self.0.chars().any(|c| matches!(c, '\u{E000}'..='\u{F8FF}'))
    }

    /// First character, then a star for each other: `张**`.
    pub fn masked(&self) -> String {
        let stars = self.0.chars().count().saturating_sub(1);
        self.0.chars().take(1).chain(std::iter::repeat_n('*', stars)).collect()
    }
}

text_form!(PersonName);
masked_debug!(PersonName);

fn length() -> Error {
    Error::invalid("identifier.name.length")
        .arg("min", PersonName::CHARS_MIN)
        .arg("max", PersonName::CHARS_MAX)
}

/// Characters people type for the middle dot.
fn is_dot(c: char) -> bool {
    matches!(
        c,
        '\u{00B7}'
            | '\u{2022}'
            | '\u{2027}'
            | '\u{2219}'
            | '\u{22C5}'
            | '\u{30FB}'
            | '\u{FF65}'
            | '\u{FF0E}'
    )
}

fn is_ideograph(c: char) -> bool {
    matches!(
        c,
        '\u{3007}' | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{E000}'..='\u{FAFF}'
            | '\u{20000}'..='\u{3FFFD}'
    )
}

/// True for what a name may hold after the character before it.
fn is_allowed(c: char, before: Option<char>) -> bool {
    match c {
        DOT | ' ' | '\'' | '\u{2019}' | '-' => before.is_some(),
        // Abbreviated given names of other languages, and the Tibetan syllable mark.
        '.' | '\u{0F0B}' => before.is_some_and(char::is_alphabetic),
        // Ideographs to come in these planes need no change here.
        _ if is_ideograph(c) || c.is_alphabetic() => true,
        // Marks of Tibetan, Uyghur, Mongolian and other scripts that are not alphabetic.
        '\u{0F00}'..='\u{0FBC}' | '\u{0300}'..='\u{036F}' | '\u{180B}'..='\u{180D}' => {
            before.is_some() && !c.is_numeric()
        }
        // Chooses the glyph of the ideograph before it.
        '\u{FE00}'..='\u{FE0F}' | '\u{E0100}'..='\u{E01EF}' => before.is_some_and(is_ideograph),
        _ => false,
    }
}
