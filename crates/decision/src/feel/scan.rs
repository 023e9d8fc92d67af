//! A look over an expression before it is parsed: bounds, open strings, impossible numbers, and
//! the names it seems to mention.
//!
//! The grammar of FEEL lets a name contain spaces, operators and even keywords, so a parser can
//! only tell names apart when it knows them. Where nobody declares them (the variables of a
//! procedure), a name is taken to be the longest run of words between operators and keywords.
//!
//! Invariants
//! - The text is read once and nothing recurses.
//! - What passes has a bounded tree: brackets, operators and keywords are counted.
//!
//! Must not know: what an expression means.

use crate::limit::{BRACKETS_MAX, DIGITS_MAX, EXPONENT_MAX, ITEMS_MAX, OPERATORS_MAX, TEXT_MAX};
use kernel::Error;
use std::collections::BTreeSet;

/// What was seen.
#[derive(Debug, Default)]
pub struct Scan {
    /// The text with a space after each keyword, which the parser insists on.
    pub text: String,
    /// Names the text seems to mention.
    pub names: BTreeSet<String>,
    /// How many words it has.
    pub words: usize,
    /// Types after which a keyword follows: the parser would take both for one name.
    pub types: BTreeSet<&'static str>,
}

const KEYWORDS: &[&str] = &[
    "if",
    "then",
    "else",
    "for",
    "in",
    "return",
    "some",
    "every",
    "satisfies",
    "between",
    "and",
    "or",
    "instance",
    "of",
];
/// Words of the names of types, which are never variables unless somebody declares them.
const TYPES: &[&str] = &[
    "Any", "Null", "boolean", "context", "date", "days", "duration", "function", "list", "months",
    "number", "range", "string", "time", "years",
];
/// Built-in functions with a keyword in their name.
const SPLIT: &[&[&str]] = &[
    &["date", "and", "time"],
    &["years", "and", "months", "duration"],
    &["day", "of", "week"],
    &["day", "of", "year"],
    &["month", "of", "year"],
    &["week", "of", "year"],
    &["index", "of"],
];

/// Names of types, the longer before those they begin with.
const TYPE_NAMES: &[&str] = &[
    "years and months duration",
    "days and time duration",
    "date and time",
    "Any",
    "Null",
    "boolean",
    "date",
    "number",
    "string",
    "time",
];

#[derive(Clone, Copy, PartialEq)]
enum Token<'a> {
    Word(&'a str),
    Open(char),
    Close(char),
    Sign(&'a str),
    Value,
}

/// Reads a text. Errors: what is wrong with it.
pub fn scan(text: &str) -> Result<Scan, Error> {
    if text.len() > TEXT_MAX {
        return Err(Error::invalid("feel.limit_text").arg("detail", TEXT_MAX));
    }
    if text.trim().is_empty() {
        return Err(Error::invalid("feel.empty"));
    }
    let mut lexer = Lexer { text, at: 0, out: String::with_capacity(text.len() + 16) };
    let mut tokens = Vec::new();
    while let Some(token) = lexer.next()? {
        tokens.push(token);
    }
    bounds(&tokens)?;
    let words = tokens.iter().filter(|token| matches!(token, Token::Word(_))).count();
    let (names, types) = (names(&tokens), types(&tokens));
    Ok(Scan { text: lexer.out, names, words, types })
}

/// A name as FEEL writes it: single spaces between words, none around signs.
pub fn name(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let (mut gap, mut sign) = (false, true);
    for c in text.trim().chars() {
        if is_space(c) {
            gap = true;
            continue;
        }
        let is_sign = matches!(c, '.' | '/' | '-' | '\'' | '+' | '*');
        if gap && !sign && !is_sign {
            out.push(' ');
        }
        out.push(c);
        (gap, sign) = (false, is_sign);
    }
    out
}

/// True for a text that can stand in an expression as a name.
pub fn is_name(text: &str) -> bool {
    let sign = |c: char| matches!(c, '.' | '/' | '-' | '\'' | '+' | '*');
    text.len() <= 500
        && text.trim().chars().next().is_some_and(starts_name)
        && text.trim().chars().all(|c| continues_name(c) || sign(c) || is_space(c))
}

struct Lexer<'a> {
    text: &'a str,
    at: usize,
    out: String,
}

impl<'a> Lexer<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// Moves over that many bytes, which are copied to the output.
    fn take(&mut self, bytes: usize) -> &'a str {
        let taken = self.rest().get(..bytes).unwrap_or_default();
        self.out.push_str(taken);
        self.at += bytes;
        taken
    }

    fn take_while(&mut self, test: impl Fn(char) -> bool) -> &'a str {
        let rest = self.rest();
        self.take(rest.find(|c| !test(c)).unwrap_or(rest.len()))
    }

    fn next(&mut self) -> Result<Option<Token<'a>>, Error> {
        self.blank()?;
        let rest = self.rest();
        let Some(first) = rest.chars().next() else { return Ok(None) };
        if starts_name(first) {
            let word = self.take_while(continues_name);
            if KEYWORDS.contains(&word) && self.rest().starts_with(['(', '[', '{', '"', '-', '@']) {
                self.out.push(' ');
            }
            return Ok(Some(Token::Word(word)));
        }
        let digit_next = rest.chars().nth(1).is_some_and(|c| c.is_ascii_digit());
        if first.is_ascii_digit() || (first == '.' && digit_next) {
            return self.number().map(Some);
        }
        match first {
            '"' => return self.string().map(Some),
            '(' | '[' | '{' => return Ok(Some(Token::Open(self.one(first)))),
            ')' | ']' | '}' => return Ok(Some(Token::Close(self.one(first)))),
            _ => {}
        }
        // The grammar takes `a == b` for `a = (= b)`, which is never true.
        if rest.starts_with("==") {
            return Err(Error::invalid("feel.syntax").arg("detail", "=="));
        }
        for two in ["..", "**", "!=", "<=", ">=", "->"] {
            if rest.starts_with(two) {
                return Ok(Some(Token::Sign(self.take(2))));
            }
        }
        if ".,:+-*/=<>@'".contains(first) {
            return Ok(Some(Token::Sign(self.take(1))));
        }
        Err(Error::invalid("feel.character").arg("detail", first.escape_debug()))
    }

    fn one(&mut self, c: char) -> char {
        self.take(c.len_utf8());
        c
    }

    /// Spaces and comments.
    fn blank(&mut self) -> Result<(), Error> {
        loop {
            self.take_while(is_space);
            let rest = self.rest();
            if rest.starts_with("//") {
                self.take(rest.find('\n').unwrap_or(rest.len()));
            } else if let Some(inside) = rest.strip_prefix("/*") {
                let end = inside.find("*/").ok_or_else(|| Error::invalid("feel.comment_open"))?;
                self.take(end + 4);
            } else {
                return Ok(());
            }
        }
    }

    fn string(&mut self) -> Result<Token<'a>, Error> {
        let mut escaped = false;
        for (at, c) in self.rest().char_indices().skip(1) {
            match c {
                '\n' | '\r' => break,
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                '"' => {
                    self.take(at + 1);
                    return Ok(Token::Value);
                }
                _ => {}
            }
        }
        Err(Error::invalid("feel.string_open"))
    }

    fn number(&mut self) -> Result<Token<'a>, Error> {
        let rest = self.rest();
        let mut end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let digits = |from: usize| {
            let tail = rest.get(from..).unwrap_or_default();
            from + tail.find(|c: char| !c.is_ascii_digit()).unwrap_or(tail.len())
        };
        // A second point belongs to a range: 1..2.
        if rest.get(end..).is_some_and(|tail| tail.starts_with('.')) && digits(end + 1) > end + 1 {
            end = digits(end + 1);
        }
        if let Some(tail) = rest.get(end..).and_then(|tail| tail.strip_prefix(['e', 'E'])) {
            let signed = usize::from(tail.starts_with(['+', '-']));
            end = digits(end + 1 + signed);
        }
        number(rest.get(..end).unwrap_or_default())?;
        self.take(end);
        Ok(Token::Value)
    }
}

/// Checks the digits of a decimal number. Errors: more than a decimal holds exactly.
pub fn number(text: &str) -> Result<(), Error> {
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    let fraction = mantissa.split_once('.').map_or(0, |(_, after)| after.len()) as i64;
    let kept = digits.trim_start_matches('0');
    let significant = kept.trim_end_matches('0').len();
    let exponent = exponent.parse::<i64>().ok().filter(|e| e.abs() <= EXPONENT_MAX);
    let size = exponent.map(|e| e - fraction + kept.len() as i64);
    let size_max = EXPONENT_MAX + DIGITS_MAX as i64;
    if significant > DIGITS_MAX || size.is_none_or(|size| size.abs() > size_max) {
        return Err(Error::invalid("feel.number_digits").arg("detail", DIGITS_MAX));
    }
    Ok(())
}

fn bounds(tokens: &[Token]) -> Result<(), Error> {
    let (mut depth, mut operators, mut items) = (0_usize, 0_usize, 0_usize);
    for token in tokens {
        match token {
            Token::Open(_) => depth += 1,
            Token::Close(_) => depth = depth.saturating_sub(1),
            Token::Sign(",") => items += 1,
            Token::Sign(sign) if *sign != ":" => operators += 1,
            Token::Word(word) if KEYWORDS.contains(word) || *word == "function" => operators += 1,
            _ => {}
        }
        if depth > BRACKETS_MAX || operators > OPERATORS_MAX {
            return Err(Error::invalid("feel.limit_depth").arg("detail", BRACKETS_MAX));
        }
        if items > ITEMS_MAX {
            return Err(Error::invalid("feel.limit_items").arg("detail", ITEMS_MAX));
        }
    }
    Ok(())
}

fn names(tokens: &[Token]) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        let Token::Word(word) = token else {
            at += 1;
            continue;
        };
        if let Some(length) = split_function(tokens, at) {
            at += length;
            continue;
        }
        if KEYWORDS.contains(word) {
            at += 1;
            continue;
        }
        let mut run = Vec::new();
        while let Some(Token::Word(word)) = tokens.get(at) {
            if KEYWORDS.contains(word) {
                break;
            }
            run.push(*word);
            at += 1;
        }
        let called = tokens.get(at) == Some(&Token::Open('('));
        let literal = matches!(run[..], ["true"] | ["false"] | ["null"] | ["not"]);
        if !called && !literal && !run.iter().all(|word| TYPES.contains(word)) {
            names.insert(run.join(" "));
        }
    }
    names
}

/// The types named after `instance of` that a keyword follows.
fn types(tokens: &[Token]) -> BTreeSet<&'static str> {
    let mut found = BTreeSet::new();
    for (at, pair) in tokens.windows(2).enumerate() {
        if pair != [Token::Word("instance"), Token::Word("of")] {
            continue;
        }
        let rest = tokens.get(at + 2..).unwrap_or_default();
        let begins = |name: &&&str| {
            let mut words = name.split(' ').zip(rest);
            words.all(|(word, token)| *token == Token::Word(word))
        };
        if let Some(name) = TYPE_NAMES.iter().find(begins)
            && matches!(rest.get(name.split(' ').count()), Some(Token::Word(_)))
        {
            found.insert(*name);
        }
    }
    found
}

/// How many words from here are a built-in function whose name holds a keyword.
fn split_function(tokens: &[Token], at: usize) -> Option<usize> {
    let found = SPLIT.iter().find(|words| {
        let same =
            |(ahead, word): (usize, &&str)| tokens.get(at + ahead) == Some(&Token::Word(word));
        words.iter().enumerate().all(same)
            && tokens.get(at + words.len()) == Some(&Token::Open('('))
    });
    found.map(|words| words.len())
}

fn starts_name(c: char) -> bool {
    matches!(c, '?' | 'A'..='Z' | '_' | 'a'..='z' | '\u{C0}'..='\u{D6}' | '\u{D8}'..='\u{F6}'
        | '\u{F8}'..='\u{2FF}' | '\u{370}'..='\u{37D}' | '\u{37F}'..='\u{1FFF}'
        | '\u{200C}'..='\u{200D}' | '\u{2070}'..='\u{218F}' | '\u{2C00}'..='\u{2FEF}'
        | '\u{3001}'..='\u{D7FF}' | '\u{F900}'..='\u{FDCF}' | '\u{FDF0}'..='\u{FFFD}'
        | '\u{10000}'..='\u{EFFFF}')
        && !is_space(c)
}

fn continues_name(c: char) -> bool {
    let extra = matches!(c, '\u{B7}' | '\u{300}'..='\u{36F}' | '\u{203F}'..='\u{2040}');
    starts_name(c) || c.is_ascii_digit() || extra
}

fn is_space(c: char) -> bool {
    matches!(c, '\t'..='\r' | ' ' | '\u{85}' | '\u{A0}' | '\u{1680}' | '\u{180E}'
        | '\u{2000}'..='\u{200B}' | '\u{2028}' | '\u{2029}' | '\u{202F}' | '\u{205F}'
        | '\u{3000}' | '\u{FEFF}')
}
