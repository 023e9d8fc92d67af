//! Sentences, formats, and every template of this crate rendered in both languages.

use super::format::{self, When, written};
use super::*;
use proptest::prelude::*;
use serde_json::json;

fn views() -> Views {
    Views::new(vec![]).unwrap()
}

fn page(lang: Lang) -> PageContext {
    PageContext {
        lang,
        path: "/x?a=1".to_owned(),
        csrf: "csrf-token".to_owned(),
        once: "once-token".to_owned(),
        ..PageContext::default()
    }
}

/// What the content security policy and the style guide ask of every page.
fn clean(html: &str) {
    assert!(!html.contains(" style=") && !html.contains("<style"), "inline style");
    assert!(!html.contains("onclick=") && !html.contains("javascript:"), "inline script");
    for script in html.split("<script").skip(1) {
        assert!(script.starts_with(" type=\"module\" src=\"/assets/"), "script {script:.60}");
        assert!(script.split("</script>").next().unwrap().ends_with('>'), "script with a body");
    }
    assert_eq!(html.matches("<h1").count(), 1, "one h1");
    let mut ids: Vec<&str> =
        html.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    let all = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), all, "an id twice");
    for target in html.split("aria-describedby=\"").skip(1) {
        for id in target.split('"').next().unwrap().split(' ') {
            assert!(ids.binary_search(&id).is_ok(), "described by {id}, which is not there");
        }
    }
    for label in html.split(" for=\"").skip(1) {
        let id = label.split('"').next().unwrap();
        assert!(ids.binary_search(&id).is_ok(), "label for {id}, which is not there");
    }
}

/// Writes a page to the folder YIPAN_GALLERY, if set, to be looked at beside a copy of assets/.
fn keep(name: &str, html: &str) {
    if let Ok(folder) = std::env::var("YIPAN_GALLERY") {
        let path = format!("{folder}/{name}.html");
        std::fs::write(path, html.replace("/assets/", "assets/")).unwrap();
    }
}

fn demo() -> Option<Demo> {
    Some(Demo { now: Timestamp(1_789_000_000_000_000), banner: "演示".to_owned() })
}

use kernel::{Text, Timestamp};

#[test]
fn the_gallery_renders_in_every_mode_and_language() {
    let views = views();
    for (lang, elder, contrast) in [
        (Lang::Zh, false, false),
        (Lang::En, false, false),
        (Lang::Zh, true, false),
        (Lang::En, true, true),
    ] {
        let actor = PageActor { name: "顾宁".into(), roles: vec![], kind: "citizen".into() };
        let context = PageContext {
            elder,
            contrast,
            demo: demo(),
            actor: Some(actor),
            flash: Some(Flash { kind: "ok".into(), text: "ok".into() }),
            ..page(lang)
        };
        let html = gallery::render(&views, lang, context).unwrap();
        clean(&html);
        assert!(html.contains(&format!("<html lang=\"{}\"", lang.tag())));
        assert_eq!(html.contains("data-mode=\"elder\""), elder);
        assert_eq!(html.contains("data-contrast=\"high\""), contrast);
        assert!(html.contains("name=\"_csrf\" value=\"csrf-token\""));
        keep(&format!("gallery-{}-{elder}-{contrast}", lang.tag()), &html);
    }
}

#[test]
fn error_pages_say_what_to_do_in_both_languages() {
    let views = views();
    for status in [401, 403, 404, 409, 413, 422, 429, 500, 503, 418, 502] {
        for (lang, word) in [(Lang::Zh, "状态码"), (Lang::En, "Status")] {
            let context = json!({"status": status, "message": null, "reference": "E-7F3A21"});
            let html = views.render("webkit/error.html", lang, page(lang), context).unwrap();
            clean(&html);
            assert!(html.contains(word) && html.contains("E-7F3A21"), "{status}");
            keep("error", &html);
        }
    }
}

#[test]
fn the_simplified_home_renders() {
    let views = views();
    let tasks =
        json!([{"href": "/a", "icon": "money", "title": "查养老金", "note": "每月发了多少"}]);
    for mine in [json!([]), json!([{"href": "/b", "title": "高龄津贴", "note": "正在办"}])] {
        let context = json!({"tasks": tasks, "mine": mine});
        let page = PageContext { elder: true, ..page(Lang::Zh) };
        let html = views.render("webkit/elder_home.html", Lang::Zh, page, context).unwrap();
        clean(&html);
        keep("elder", &html);
    }
}

#[test]
fn every_layout_renders_by_itself() {
    let views = views();
    let link = RailLink {
        href: "/work".into(),
        label: "待办".into(),
        icon: "inbox".into(),
        count: Some(63),
        current: true,
    };
    for lang in [Lang::Zh, Lang::En] {
        for name in ["form_base", "staff_base", "cockpit_base", "base"] {
            let context = PageContext {
                demo: demo(),
                now: Some(Timestamp(1_789_000_000_000_000)),
                actor: Some(PageActor { name: "周明远".into(), ..PageActor::default() }),
                rail: vec![RailGroup { title: "办件".into(), links: vec![link.clone()] }],
                messages: 4,
                ..page(lang)
            };
            let form = json!({"form": {"title": "新生儿出生", "exit": "/drafts"}});
            let html = views.render(&format!("webkit/{name}.html"), lang, context, form).unwrap();
            assert!(html.contains("id=\"main\"") && html.contains("c-skip"), "{name}");
            assert!(!html.contains(" style="), "{name}");
            keep(&format!("{name}-{}", lang.tag()), &html);
        }
    }
}

#[test]
fn no_sentence_is_missing_unused_or_untranslated() {
    assert_eq!(
        views().check(&["error.", "notice.", "demo.banner", "webkit.list", "webkit.crumb.home"]),
        vec![]
    );
}

#[test]
fn the_check_finds_each_kind_of_fault() {
    let mut sentences = Sentences::default();
    sentences
        .add("x", "a: { zh: 甲, en: A }\nb: { zh: '{n} 件', en: many }\nc: { zh: 丙 }\ns.one: { zh: 一, en: one }\n")
        .unwrap();
    let used = check::uses(
        r#"{{ t("a") }}{{ t('b', n=1) }}{{ t("s." ~ x) }}{{ t("gone") }}{{ at("no") }}"#,
    );
    let used: Vec<_> = used.into_iter().map(|one| ("p".to_owned(), one)).collect();
    assert_eq!(
        check::check(&sentences, &used),
        vec![
            Finding::Missing { key: "gone".into(), place: "p".into() },
            Finding::Unused { key: "c".into() },
            Finding::Untranslated { key: "c".into(), lang: "en" },
            Finding::ArgumentsDiffer { key: "b".into(), zh: vec!["n".into()], en: vec![] },
        ]
    );
}

#[test]
fn a_key_written_twice_is_refused() {
    let mut sentences = Sentences::default();
    assert!(sentences.add("x", "a: { zh: 甲, en: A }\na: { zh: 乙, en: B }\n").is_err());
    let mut sentences = Sentences::default();
    sentences.add("x", "a: { zh: 甲, en: A }\n").unwrap();
    assert!(sentences.add("y", "a: { zh: 乙, en: B }\n").is_err());
    assert!(sentences.add("z", "b: { zh: 乙, en: B, fr: C }\n").is_err());
}

#[test]
fn a_sentence_chooses_its_word_by_number() {
    let views = views();
    let say = |lang, n: &str| views.text(lang, "webkit.lamp.left_days", &[("n", n.to_owned())]);
    assert_eq!(say(Lang::En, "1"), "1 day left");
    assert_eq!(say(Lang::En, "3"), "3 days left");
    assert_eq!(say(Lang::Zh, "3"), "剩 3 天");
    assert_eq!(views.text(Lang::Zh, "no.such.key", &[]), "⟦no.such.key⟧");
}

fn try_page(source: &str, context: serde_json::Value) -> std::result::Result<String, String> {
    let views = views();
    views.zh.render_named_str("x.html", source, Value::from(Serde(&context))).map_err(|e| chain(&e))
}

#[test]
fn what_was_never_given_is_an_error_but_none_prints_nothing() {
    assert!(try_page("{{ a.b }}", json!({"a": {}})).is_err());
    assert!(try_page("{% if a.b %}{% endif %}", json!({"a": {}})).is_err());
    assert!(try_page("{{ t('no.such.key') }}", json!({})).is_err());
    assert!(try_page("{{ t('webkit.saved', at=1) }}", json!({})).is_ok());
    assert_eq!(try_page("[{{ a }}]", json!({"a": null})).unwrap(), "[]");
    assert_eq!(try_page("{{ has(a, 'b') }}", json!({"a": {"c": 1}})).unwrap(), "False");
}

#[test]
fn everything_printed_is_escaped() {
    let bad = json!({"x": "<script>alert('1')</script>\"&"});
    let html = try_page(
        "{{ x }}{{ t('webkit.step', current=x, total=x) }}{{ {'zh': x, 'en': x}|pick }}",
        bad.clone(),
    )
    .unwrap();
    assert!(!html.contains("<script"));
    let source = r#"{% import "webkit/macros/ui.html" as ui %}{{ ui.tag(x) }}{{ ui.text("n", x, x, x, x) }}{{ ui.link_button(x, x, "", "", none, x) }}{{ ui.alert(x, x) }}{{ ui.dl([{"term": x, "value": x}]) }}{{ ui.seal(x) }}{{ ui.table([{"key": "a", "text": x}], [{"a": {"text": x, "sub": x}}], x) }}"#;
    let html = try_page(source, bad).unwrap();
    assert!(!html.contains("<script") && !html.contains("=\"<"), "{html}");
}

#[test]
fn a_macro_refuses_a_bad_icon_and_a_class_that_is_none() {
    assert!(try_page("{{ icon('no-such') }}", json!({})).is_err());
    assert!(try_page("{{ icon('../logo') }}", json!({})).is_err());
    assert!(try_page("{{ icon('search', 'a\" onload=\"b') }}", json!({})).is_err());
    assert!(try_page("{{ asset('no.css') }}", json!({})).is_err());
}

#[test]
fn an_asset_changes_its_address_with_its_content() {
    let css = asset::find("yipan.css").unwrap();
    assert_eq!(css.content_type, "text/css; charset=utf-8");
    assert_eq!(
        asset::address("yipan.css").unwrap(),
        format!("/assets/yipan.css?v={}", css.version)
    );
    assert_eq!(css.version.len(), 16);
    assert!(asset::find("../Cargo.toml").is_none() && asset::find("icons").is_none());
}

#[test]
fn bundled_files_are_served_from_their_folder_alone_and_taken_in_once() {
    assert!(asset::find("web/forms.js").is_none());
    assert!(asset::install(std::path::Path::new("/nowhere")).is_err());
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../assets/islands");
    assert!(asset::install(std::path::Path::new(folder)).unwrap() > 3);
    let (bundled, own) = (asset::find("web/forms.js"), asset::find("islands/forms.js"));
    let (bundled, own) = (bundled.unwrap(), own.unwrap());
    assert_eq!((bundled.bytes, &bundled.version), (own.bytes, &own.version));
    assert!(asset::find("web/../yipan.css").is_none() && asset::find("web/").is_none());
    assert!(asset::install(std::path::Path::new(folder)).is_err());
}

#[test]
fn the_style_sheet_needs_nothing_from_elsewhere() {
    let css = std::str::from_utf8(asset::find("yipan.css").unwrap().bytes).unwrap();
    assert!(!css.contains("url(\"data:") && !css.contains("http://") && !css.contains("https://"));
    assert_eq!(css.matches('{').count(), css.matches('}').count());
}

#[test]
fn every_class_of_a_template_is_in_the_style_sheet() {
    let css = std::str::from_utf8(asset::find("yipan.css").unwrap().bytes).unwrap();
    let html = gallery::render(&views(), Lang::Zh, page(Lang::Zh)).unwrap();
    let mut missing: Vec<&str> = html
        .split(" class=\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .flat_map(|classes| classes.split_whitespace())
        .filter(|class| !css.contains(&format!(".{class}")))
        .collect();
    missing.sort_unstable();
    missing.dedup();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn dates_are_written_as_readers_write_them() {
    let at = When::parse("2026-09-10T10:21").unwrap();
    assert_eq!(at.day(Lang::Zh), "9月10日");
    assert_eq!(at.day(Lang::En), "10 Sep");
    assert_eq!(at.long_day(Lang::Zh), "2026年9月10日");
    assert_eq!(at.long_day(Lang::En), "10 Sep 2026");
    assert_eq!(at.time(), "10:21");
    assert_eq!(at.weekday(Lang::Zh), "星期四");
    assert_eq!(at.machine(), "2026-09-10T10:21:00+08:00");
    assert_eq!(When::parse("2026-09-10T02:21:00Z").unwrap(), at);
    assert_eq!(When::parse("2026-09-10").unwrap().machine(), "2026-09-10");
    for bad in ["", "2026-13-01", "九月", "2026-02-30", &"9".repeat(99)] {
        assert!(When::parse(bad).is_none(), "{bad}");
    }
}

#[test]
fn a_value_that_is_a_day_is_written_as_one_and_others_stay() {
    assert_eq!(written("2026-01-06", Lang::Zh), "2026年1月6日");
    assert_eq!(written("2026-01-06T09:27", Lang::En), "6 Jan 2026 09:27");
    assert_eq!(written("2026-01-06 09:27", Lang::Zh), "2026年1月6日 09:27");
    for other in ["", "20260106", "2733", "2026-13-01", "3**4", "许昌市"] {
        assert_eq!(written(other, Lang::Zh), other);
    }
}

#[test]
fn numbers_and_names_are_written_as_readers_write_them() {
    let end = |text: &str, lang| When::parse(text).unwrap().end(lang, false);
    assert_eq!(end("2026-06-30T00:00:00+08:00", Lang::Zh), "6月29日", "the last day, not the next");
    assert_eq!(end("2026-06-30T10:30:00+08:00", Lang::Zh), "6月30日 10:30");
    assert_eq!(end("2026-06-30", Lang::En), "30 Jun", "a plain day is itself");
    assert_eq!(When::parse("2027-01-01T00:00").unwrap().end(Lang::Zh, true), "2026年12月31日");
    assert_eq!(format::group4("9900260907004182"), "9900 2609 0700 4182");
    assert_eq!(format::mask_id("11010119900307304X"), "11************304X");
    assert_eq!(format::mask_id("1234567"), "*******");
    assert_eq!(format::mask_name("尹夏"), "尹*");
    assert_eq!(format::mask_name("许小梅"), "许*梅");
    assert_eq!(format::mask_name("John Smith"), "J* S*");
    assert_eq!(format::mask_name("夏"), "*");
    assert_eq!(format::money(123_450, Lang::Zh), "1,234.50 元");
    assert_eq!(format::money(-500, Lang::En), "CNY -5");
    assert_eq!(format::whole(-1_234_567), "-1,234,567");
    assert_eq!(format::decimal(-0.04, 1), "0.0");
    assert_eq!(
        try_page("{{ 0.9921|percent }} {{ 12846|number }} {{ 1.5|number(2) }}", json!({})).unwrap(),
        "99.2% 12,846 1.50"
    );
}

proptest! {
    #[test]
    fn no_argument_can_add_a_slot(value in ".*") {
        let views = views_once();
        let said = views.text(Lang::Zh, "webkit.elder.dial", &[("number", value.clone())]);
        prop_assert_eq!(said, format!("拨打 {value}"));
    }

    #[test]
    fn thousands_are_only_commas_more(number in any::<i64>()) {
        prop_assert_eq!(format::whole(number).replace(',', ""), number.to_string());
    }

    #[test]
    fn a_masked_number_shows_six_characters_at_most(id in "[0-9A-Z]{0,40}") {
        let masked = format::mask_id(&id);
        prop_assert_eq!(masked.chars().count(), id.chars().count());
        prop_assert!(masked.chars().filter(|c| *c != '*').count() <= 6);
    }

    #[test]
    fn an_instant_is_read_back_as_shown(micros in -60_000_000_000_000_000_i64..200_000_000_000_000_000) {
        let when = When::from_micros(micros);
        let read = When::parse(&when.machine()).unwrap();
        prop_assert_eq!(read.long_day(Lang::Zh), when.long_day(Lang::Zh));
        prop_assert_eq!(read.time(), when.time());
    }
}

fn views_once() -> &'static Views {
    static VIEWS: std::sync::OnceLock<Views> = std::sync::OnceLock::new();
    VIEWS.get_or_init(views)
}

#[test]
fn the_site_shows_in_the_shell() {
    let site = Site { name: Text::new("豫事办", "Yu"), ..Site::default() };
    let views = views().with_site(site);
    let context = json!({"status": 404, "message": null, "reference": null});
    let html = views.render("webkit/error.html", Lang::Zh, page(Lang::Zh), context).unwrap();
    assert!(html.contains("豫事办"));
}

#[test]
fn development_reads_templates_from_disk() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let views = Views::develop(vec![], &root).unwrap();
    let html = gallery::render(&views, Lang::Zh, page(Lang::Zh)).unwrap();
    clean(&html);
    let none = views.render("webkit/../Cargo.html", Lang::Zh, page(Lang::Zh), json!({}));
    assert!(none.is_err());
}

#[test]
fn the_guide_names_every_macro() {
    let guide = include_str!("../../../../docs/guides/adding-a-page.md");
    let facade = include_str!("../../pages/macros/ui.html");
    for line in facade.lines().filter(|line| line.starts_with("{% from ")) {
        let Some((_, names)) = line.split_once(" import ") else { continue };
        for name in names.trim_end_matches("%}").split(',').map(str::trim) {
            assert!(guide.contains(&format!("`{name}(")), "{name} is not in the guide");
        }
    }
}
