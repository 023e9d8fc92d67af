//! The functions and filters templates may call. One set per language, so that a macro needs not
//! be told which language it speaks.

use super::asset;
use super::format::{self, When};
use super::lang::Sentences;
use kernel::Lang;
use minijinja::value::{Kwargs, Rest};
use minijinja::{Environment, Error, ErrorKind, Value};
use pack::definition::article_en;
use std::sync::Arc;

fn fault(text: impl Into<String>) -> Error {
    Error::new(ErrorKind::InvalidOperation, text.into())
}

/// Registers everything for one language.
pub(super) fn register(env: &mut Environment<'static>, lang: Lang, sentences: &Arc<Sentences>) {
    let known = Arc::clone(sentences);
    env.add_function("t", move |key: String, args: Kwargs| translate(&known, lang, &key, &args));
    env.add_function("pick", move |text: Value| pick(&text, lang));
    env.add_filter("pick", move |text: Value| pick(&text, lang));
    env.add_function("has", has);
    env.add_function("icon", icon);
    env.add_function("asset", |path: String| {
        asset::address(&path).ok_or_else(|| fault(format!("no asset {path}")))
    });
    env.add_function("svg", |name: String| {
        let text = asset::svg(&name).ok_or_else(|| fault(format!("no drawing {name}")))?;
        Ok::<_, Error>(Value::from_safe_string(text.to_owned()))
    });
    env.add_function("concat", |parts: Rest<String>| parts.concat());
    env.add_filter("unique_id", unique_id);
    env.add_filter("article", move |text: String| article(text, lang));
    dates(env, lang);
    numbers(env, lang);
}

fn dates(env: &mut Environment<'static>, lang: Lang) {
    env.add_filter("date", move |at: Value| Ok::<_, Error>(when(&at)?.day(lang)));
    env.add_filter("date_long", move |at: Value| Ok::<_, Error>(when(&at)?.long_day(lang)));
    env.add_filter("datetime", move |at: Value| {
        let at = when(&at)?;
        Ok::<_, Error>(format!("{} {}", at.day(lang), at.time()))
    });
    env.add_filter("datetime_long", move |at: Value| {
        let at = when(&at)?;
        Ok::<_, Error>(format!("{} {}", at.long_day(lang), at.time()))
    });
    env.add_filter("end", move |at: Value| Ok::<_, Error>(when(&at)?.end(lang, false)));
    env.add_filter("end_long", move |at: Value| Ok::<_, Error>(when(&at)?.end(lang, true)));
    env.add_filter("time_short", |at: Value| Ok::<_, Error>(when(&at)?.time()));
    env.add_filter("written", move |text: Value| match text.as_str() {
        Some(text) => Value::from(format::written(text, lang)),
        None => text,
    });
    env.add_filter("weekday", move |at: Value| Ok::<_, Error>(when(&at)?.weekday(lang)));
    env.add_filter("iso", |at: Value| Ok::<_, Error>(when(&at)?.machine()));
}

fn numbers(env: &mut Environment<'static>, lang: Lang) {
    env.add_filter("group4", |text: Value| format::group4(&text.to_string()));
    env.add_filter("mask_id", |text: String| format::mask_id(&text));
    env.add_filter("mask_name", |text: String| format::mask_name(&text));
    env.add_filter("money", move |fen: i64| format::money(fen, lang));
    env.add_filter("number", |number: Value, decimals: Option<usize>| {
        if decimals.is_none() && number.is_integer() {
            return Ok(format::whole(i64::try_from(number)?));
        }
        Ok::<_, Error>(format::decimal(f64::try_from(number)?, decimals.unwrap_or(1)))
    });
    env.add_filter("percent", |ratio: f64, decimals: Option<usize>| {
        format!("{}%", format::decimal(ratio * 100.0, decimals.unwrap_or(1)))
    });
}

/// `t("key", name=value)`. An unknown key is an error: it is found by tests and by the check.
fn translate(sentences: &Sentences, lang: Lang, key: &str, args: &Kwargs) -> Result<String, Error> {
    let mut values = Vec::new();
    for name in args.args() {
        let value: Value = args.peek(name)?;
        if value.is_undefined() || value.is_none() {
            return Err(fault(format!("t({key}): argument {name} is missing")));
        }
        values.push((name, value.to_string()));
    }
    sentences.say(lang, key, &values).ok_or_else(|| fault(format!("no sentence for {key}")))
}

/// The article of a basis in the reader's language: `第二十三条` is `Article 23`.
fn article(text: String, lang: Lang) -> String {
    match lang {
        Lang::Zh => text,
        Lang::En => article_en(&text),
    }
}

/// The language's side of `{zh, en}`; a plain string is itself.
fn pick(text: &Value, lang: Lang) -> Result<String, Error> {
    if let Some(plain) = text.as_str() {
        return Ok(plain.to_owned());
    }
    let side = match lang {
        Lang::Zh => text.get_attr("zh")?,
        Lang::En => text.get_attr("en")?,
    };
    side.as_str().map(str::to_owned).ok_or_else(|| fault("pick: not a text of two languages"))
}

/// True when the map has the key with something in it: the way macros ask for optional keys, since
/// reading an undefined value is an error.
fn has(map: &Value, key: &str) -> bool {
    map.get_attr(key)
        .is_ok_and(|value| !value.is_undefined() && !value.is_none() && value.is_true())
}

/// An icon beside text: hidden from assistive technology.
fn icon(name: String, class: Option<String>) -> Result<Value, Error> {
    let inner = asset::icon(&name).ok_or_else(|| fault(format!("no icon {name}")))?;
    let class = class.map(|class| format!(" {class}")).unwrap_or_default();
    if !class.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_ ".contains(&b)) {
        return Err(fault("icon: not a class"));
    }
    Ok(Value::from_safe_string(format!(
        "<svg class=\"icon{class}\" viewBox=\"0 0 24 24\" aria-hidden=\"true\" focusable=\"false\">{inner}</svg>"
    )))
}

/// Turns a name into an element id: letters, digits, `-` and `_` stay, the rest becomes `-`.
fn unique_id(name: String) -> String {
    name.chars()
        .map(|c| if c.is_ascii_alphanumeric() || c == '-' || c == '_' { c } else { '-' })
        .collect()
}

fn when(at: &Value) -> Result<When, Error> {
    if at.is_integer() {
        return Ok(When::from_micros(i64::try_from(at.clone())?));
    }
    at.as_str()
        .and_then(When::parse)
        .ok_or_else(|| fault(format!("not a date or an instant: {at}")))
}
