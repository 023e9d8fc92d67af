//! How dates, numbers and identifiers are written for a reader, per language (DESIGN §6).
//!
//! Invariants: pure; China Standard Time; a value that cannot be read is an error, never blank.

use jiff::civil::{Date, DateTime};
use kernel::{Lang, Text, Timestamp};

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// The last day of a limit that has run out at the instant, in both languages, as messages say it.
pub fn last_day(due: Timestamp) -> Text {
    let last = When::from_micros(due.plus_us(-1).0);
    Text::new(last.long_day(Lang::Zh), last.long_day(Lang::En))
}

/// A civil date, with its time where one is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct When {
    /// The day.
    pub date: Date,
    /// The instant within the day; `None` for a plain date.
    pub at: Option<DateTime>,
}

impl When {
    /// From microseconds since 1970 (UTC), shown in China Standard Time.
    pub fn from_micros(micros: i64) -> When {
        let at = Timestamp(micros).civil();
        When { date: at.date(), at: Some(at) }
    }

    /// From `2026-09-15`, `2026-09-15T10:21[:00]` or the same with an offset or `Z`.
    pub fn parse(text: &str) -> Option<When> {
        if text.len() > 40 {
            return None;
        }
        if let Ok(instant) = text.parse::<jiff::Timestamp>() {
            return Some(When::from_micros(instant.as_microsecond()));
        }
        if text.len() > 10 {
            let at: DateTime = text.parse().ok()?;
            return Some(When { date: at.date(), at: Some(at) });
        }
        Some(When { date: text.parse().ok()?, at: None })
    }

    /// `9月15日` / `15 Sep`.
    pub fn day(self, lang: Lang) -> String {
        let (month, day) = (self.date.month(), self.date.day());
        match lang {
            Lang::Zh => format!("{month}月{day}日"),
            Lang::En => format!("{day} {}", month_name(month)),
        }
    }

    /// `2026年9月15日` / `15 Sep 2026`.
    pub fn long_day(self, lang: Lang) -> String {
        let year = self.date.year();
        match lang {
            Lang::Zh => format!("{year}年{}", self.day(lang)),
            Lang::En => format!("{} {year}", self.day(lang)),
        }
    }

    /// The end of a time limit in words: its last day when it ends with a day, else day and time.
    pub fn end(self, lang: Lang, long: bool) -> String {
        let day = |when: When| if long { when.long_day(lang) } else { when.day(lang) };
        // A limit ends when its last day is over, which is the midnight that begins the next.
        let midnight = self.at.filter(|at| at.time() == jiff::civil::Time::midnight());
        match midnight.and_then(|_| self.date.yesterday().ok()) {
            Some(last) => day(When { date: last, at: None }),
            None if self.at.is_none() => day(self),
            None => format!("{} {}", day(self), self.time()),
        }
    }

    /// `10:21`; `00:00` for a plain date.
    pub fn time(self) -> String {
        match self.at {
            Some(at) => format!("{:02}:{:02}", at.hour(), at.minute()),
            None => "00:00".to_owned(),
        }
    }

    /// `星期四` / `Thursday`.
    pub fn weekday(self, lang: Lang) -> &'static str {
        const NAMES: [(&str, &str); 7] = [
            ("星期一", "Monday"),
            ("星期二", "Tuesday"),
            ("星期三", "Wednesday"),
            ("星期四", "Thursday"),
            ("星期五", "Friday"),
            ("星期六", "Saturday"),
            ("星期日", "Sunday"),
        ];
        let at = self.date.weekday().to_monday_zero_offset();
        let (zh, en) = NAMES.get(usize::from(at.unsigned_abs())).copied().unwrap_or(("", ""));
        match lang {
            Lang::Zh => zh,
            Lang::En => en,
        }
    }

    /// For the `datetime` attribute of `<time>`.
    pub fn machine(self) -> String {
        match self.at {
            Some(at) => format!("{}T{}+08:00", self.date, self.time_seconds(at)),
            None => self.date.to_string(),
        }
    }

    fn time_seconds(self, at: DateTime) -> String {
        format!("{:02}:{:02}:{:02}", at.hour(), at.minute(), at.second())
    }
}

fn month_name(month: i8) -> &'static str {
    let at = usize::from(month.unsigned_abs()).wrapping_sub(1);
    MONTHS.get(at).copied().unwrap_or("")
}

/// A value as the language writes it: a day or a moment in its words, any other text as it is.
pub fn written(text: &str, lang: Lang) -> String {
    let day = text.as_bytes().get(4) == Some(&b'-');
    match When::parse(text).filter(|_| day) {
        Some(when @ When { at: Some(_), .. }) => format!("{} {}", when.long_day(lang), when.time()),
        Some(when) => when.long_day(lang),
        None => text.to_owned(),
    }
}

/// Digits in groups of four, as case numbers are read out: `9900 2609 0700 4182`.
pub fn group4(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 4);
    for (at, c) in text.chars().enumerate() {
        if at > 0 && at % 4 == 0 {
            out.push(' ');
        }
        out.push(c);
    }
    out
}

/// An identity number with only its first two and last four characters left. Short numbers are
/// hidden whole.
pub fn mask_id(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    if chars.len() < 8 {
        return "*".repeat(chars.len());
    }
    let tail = chars.len() - 4;
    chars.iter().enumerate().map(|(at, c)| if at < 2 || at >= tail { *c } else { '*' }).collect()
}

/// A name with only its first and last character left: `许*梅`, `尹*`; words of Latin script keep
/// their initials.
pub fn mask_name(text: &str) -> String {
    let name = text.trim();
    if name.contains(' ') {
        let initial = |word: &str| word.chars().take(1).collect::<String>() + "*";
        return name.split_whitespace().map(initial).collect::<Vec<_>>().join(" ");
    }
    let chars: Vec<char> = name.chars().collect();
    match chars.as_slice() {
        [] => String::new(),
        [_] => "*".to_owned(),
        [first, _] => format!("{first}*"),
        [first, middle @ .., last] => format!("{first}{}{last}", "*".repeat(middle.len().min(6))),
    }
}

/// A whole number with thousands apart: `12,846`.
pub fn whole(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3 + 1);
    if number < 0 {
        out.push('-');
    }
    for (at, c) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    out
}

/// A number with thousands apart and that many decimals (at most 6).
pub fn decimal(number: f64, decimals: usize) -> String {
    let text = format!("{:.*}", decimals.min(6), number.abs());
    let (int, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let sign =
        if number < 0.0 && text.bytes().any(|b| (b'1'..=b'9').contains(&b)) { "-" } else { "" };
    let int = int.parse::<i64>().map(whole).unwrap_or_else(|_| int.to_owned());
    if fraction.is_empty() { format!("{sign}{int}") } else { format!("{sign}{int}.{fraction}") }
}

/// Fen as yuan: `1,234.50 元` / `CNY 1,234.50`; whole yuan lose their decimals.
pub fn money(fen: i64, lang: Lang) -> String {
    let sign = if fen < 0 { "-" } else { "" };
    let yuan = i64::try_from(fen.unsigned_abs() / 100).unwrap_or(i64::MAX);
    let rest = fen.unsigned_abs() % 100;
    let amount = match rest {
        0 => format!("{sign}{}", whole(yuan)),
        _ => format!("{sign}{}.{rest:02}", whole(yuan)),
    };
    match lang {
        Lang::Zh => format!("{amount} 元"),
        Lang::En => format!("CNY {amount}"),
    }
}
