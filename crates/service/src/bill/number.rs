//! Numbers of bills and receipts: pure.
//!
//! Invariant: the last digit of a payment number finds every single wrong digit and every swap of
//! two neighbours but a few (ISO 7064 MOD 11,10).

/// The check digit of a number.
fn check_digit(digits: &str) -> u32 {
    let product = digits.chars().filter_map(|c| c.to_digit(10)).fold(10, |product, digit| {
        let sum = (product + digit) % 10;
        (if sum == 0 { 10 } else { sum }) * 2 % 11
    });
    (11 - product) % 10
}

/// A payment number: division, year, running number, check digit; twenty digits.
pub(super) fn payment(division: &str, year: i16, sequence: i64) -> String {
    let digits: String = division.chars().filter(char::is_ascii_digit).take(6).collect();
    let body = format!("{digits:0<6}{year:04}{sequence:09}");
    let check = check_digit(&body);
    format!("{body}{check}")
}

/// True for a number as [`payment`] makes it.
pub(super) fn is_payment(number: &str) -> bool {
    let plain = number.len() == 20 && number.bytes().all(|b| b.is_ascii_digit());
    plain && number.ends_with(&check_digit(&number[..19]).to_string())
}

/// The code of receipts: the province, the class of receipt, the year; eight digits.
pub(super) fn receipt_code(division: &str, class: &str, year: i16) -> String {
    let province: String = division.chars().take(2).collect();
    format!("{province}{class:0<4}{:02}", year.rem_euclid(100))
}

/// An amount as banks write it, in fen: `1234.5` is 123450.
pub(super) fn fen(text: &str) -> Option<i64> {
    let (whole, part) = text.trim().split_once('.').unwrap_or((text.trim(), ""));
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || whole.len() > 12 || part.len() > 2 || !digits(whole) || !digits(part) {
        return None;
    }
    let part = format!("{part:0<2}");
    Some(whole.parse::<i64>().ok()? * 100 + part.parse::<i64>().ok()?)
}

/// An amount in yuan, as it is printed.
pub(super) fn yuan(fen: i64) -> String {
    let sign = if fen < 0 { "-" } else { "" };
    format!("{sign}{}.{:02}", fen.abs() / 100, fen.abs() % 100)
}
