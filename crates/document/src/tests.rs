//! The typesetter as its callers see it, and the standard pack's layouts as their readers do.

use crate::{
    DATA_BYTES_MAX, Fonts, LAYOUT_BYTES_MAX, SealFace, SealKind, Typesetter, qr_svg, seal_svg,
};
use kernel::Kind;
use proptest::prelude::*;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

const LAYOUTS: [&str; 4] = ["licence", "receipt", "notice", "casefolder"];
const HEAD: &str = "#set document(title: \"题\")\n#set text(font: \"Noto Serif CJK SC\")\n";

/// One for all tests of a process: fonts are large.
fn typesetter() -> &'static Typesetter {
    static ONE: LazyLock<Typesetter> =
        LazyLock::new(|| Typesetter::new(Fonts::load(&[]).expect("fonts-noto-cjk is installed")));
    &ONE
}

fn layouts_dir() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packs/standard/layouts")
}

fn layout(name: &str) -> (String, Value) {
    let source = std::fs::read_to_string(layouts_dir().join(format!("{name}.typ"))).unwrap();
    let sample = std::fs::read(layouts_dir().join(format!("{name}.sample.json"))).unwrap();
    (source, serde_json::from_slice(&sample).unwrap())
}

fn pictures() -> (String, String) {
    let face =
        SealFace {
            agency: "青屿市行政审批局", kind: SealKind::Round, code: "9902010000318"
        };
    (seal_svg(face).unwrap(), qr_svg("https://yipan.example/v/9902.2026.000318").unwrap())
}

fn render_sample(typesetter: &Typesetter, name: &str) -> Vec<u8> {
    let (source, data) = layout(name);
    let (seal, qr) = pictures();
    let images = [("seal.svg", seal.as_bytes()), ("qr.svg", qr.as_bytes())];
    let bytes =
        typesetter.render(&source, &data, &images).unwrap_or_else(|e| panic!("{name}: {e}"));
    keep(name, &bytes);
    bytes
}

/// For looking at: set the folder, run the tests, and turn the pages into pictures.
fn keep(name: &str, pdf: &[u8]) {
    if let Some(dir) = std::env::var_os("YIPAN_LAYOUTS_OUT") {
        std::fs::write(Path::new(&dir).join(format!("{name}.pdf")), pdf).unwrap();
    }
}

fn simple(body: &str) -> kernel::Result<Vec<u8>> {
    typesetter().render(&format!("{HEAD}{body}"), &json!({"created": "2026-08-28"}), &[])
}

fn text_of(pdf: &[u8]) -> String {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("document.pdf");
    std::fs::write(&path, pdf).unwrap();
    let run = Command::new("pdftotext").arg("-layout").arg(&path).arg("-").output();
    let output = run.expect("poppler-utils is installed");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Kilobytes from `/proc/self/status`.
#[cfg(target_os = "linux")]
fn memory_kb(field: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with(field)).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[test]
fn every_layout_of_the_standard_pack_prints_its_sample() {
    let typesetter = typesetter();
    for name in LAYOUTS {
        let pdf = render_sample(typesetter, name);
        let (_, data) = layout(name);
        let text = text_of(&pdf).replace(char::is_whitespace, "");
        let title = data["title"]["zh"].as_str().unwrap();
        assert!(text.contains(title), "{name}: {title} in {text}");
        assert!(text.contains("青屿市小满面馆"), "{name}: {text}");
        assert!(text.contains("DEMO"), "{name} shows that it is a demonstration");
    }
}

#[test]
fn a_document_says_that_it_is_archival_and_tagged() {
    let pdf = render_sample(typesetter(), "licence");
    let holds = |needle: &[u8]| pdf.windows(needle.len()).any(|window| window == needle);
    assert!(pdf.starts_with(b"%PDF-1.7"));
    assert!(holds(b"<pdfaid:part>2</pdfaid:part>"));
    assert!(holds(b"<pdfaid:conformance>A</pdfaid:conformance>"));
    assert!(holds(b"/StructTreeRoot"));
    assert!(holds(b"2026-08-28T16:02:11+08:00"), "the creation date is the data's");
}

#[test]
fn the_same_input_gives_the_same_bytes_and_another_input_gives_others() {
    let first = render_sample(typesetter(), "licence");
    assert!(first == render_sample(typesetter(), "licence"));
    let (source, mut data) = layout("licence");
    data["number"]["value"] = json!("JY29902010003188");
    assert!(first != typesetter().render(&source, &data, &[]).unwrap());
}

#[test]
fn every_layout_prints_without_pictures_without_english_and_without_the_demonstration_mark() {
    fn chinese_only(value: &mut Value) {
        match value {
            Value::Object(map) => {
                map.remove("en");
                map.values_mut().for_each(chinese_only);
            }
            Value::Array(items) => items.iter_mut().for_each(chinese_only),
            _ => {}
        }
    }
    let typesetter = typesetter();
    for name in LAYOUTS {
        let (source, mut data) = layout(name);
        data.as_object_mut().unwrap().remove("demo");
        chinese_only(&mut data);
        let pdf = typesetter.render(&source, &data, &[]).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert!(!text_of(&pdf).contains("演示"), "{name}");
    }
}

#[test]
fn a_licence_with_many_fields_stays_on_one_page() {
    let (source, mut data) = layout("licence");
    let field = json!({"label": {"zh": "登记事项", "en": "Entry"}, "value": "澜川省青屿市海棠区书院街 27 号"});
    data["fields"] = Value::Array(vec![field; 16]);
    let (_, qr) = pictures();
    let face = SealFace {
        agency: "澜川省青屿市海棠区市场监督管理局行政许可专用章",
        kind: SealKind::Oval,
        code: "9902010000318",
    };
    let seal = seal_svg(face).unwrap();
    let images = [("seal.svg", seal.as_bytes()), ("qr.svg", qr.as_bytes())];
    let pdf = typesetter().render(&source, &data, &images).unwrap();
    keep("licence-dense", &pdf);
    assert_eq!(text_of(&pdf).matches('\u{c}').count(), 1);
}

#[test]
fn a_notice_that_fills_its_page_takes_text_along_with_its_seal() {
    let (source, mut data) = layout("notice");
    let (seal, qr) = pictures();
    let images = [("seal.svg", seal.as_bytes()), ("qr.svg", qr.as_bytes())];
    // Whatever the length, the last page has a paragraph and not the seal alone.
    for count in 9..=13 {
        data["paragraphs"] = json!(vec![
            "本段用来占据版面，以便检查落款所在的一页。本段用来占据版面。";
            count
        ]);
        let text = text_of(&typesetter().render(&source, &data, &images).unwrap());
        let last = text.trim_end_matches('\u{c}').rsplit('\u{c}').next().unwrap();
        assert!(last.contains("2026 年 8 月 20 日") || last.contains("2026年8月20日"), "{last}");
        assert!(last.contains("占据版面"), "{count}: {last}");
    }
}

#[test]
fn a_broken_layout_is_an_error_with_its_line() {
    for body in
        ["#unknown()", "#let x = ", "#panic(\"stop\")", "#{ while true {} }", "#image(\"x.svg\")"]
    {
        let error = simple(body).unwrap_err();
        assert_eq!((error.code, error.kind), ("document.layout", Kind::Internal), "{body}");
        assert!(error.detail.starts_with("line 3"), "{body}: {}", error.detail);
    }
}

#[test]
fn a_layout_that_does_not_end_is_given_up_and_two_of_them_close_the_typesetter() {
    let hurried = Typesetter::new(Fonts::load(&[]).unwrap())
        .with_time_max(std::time::Duration::from_millis(100));
    let data = json!({"created": "2026-08-28"});
    // Ends by itself at the compiler's own limit of iterations, but far too late.
    let slow = "#{ let i = 0; while i < 9999 { i += 1; let j = 0; while j < 900 { j += 1 } } }";
    for code in ["document.time", "document.time", "document.busy"] {
        let error = hurried.render(slow, &data, &[]).unwrap_err();
        assert_eq!((error.code, error.kind), (code, Kind::Unavailable));
    }
}

#[test]
fn a_deeply_nested_layout_is_an_error_and_not_a_crash() {
    let recursion = "#let f(n) = block(inset: 0pt, f(n + 1))\n#f(0)";
    assert_eq!(simple(recursion).unwrap_err().code, "document.layout");
    let brackets = format!("#{}1{}", "(".repeat(20_000), ")".repeat(20_000));
    assert_eq!(simple(&brackets).unwrap_err().code, "document.layout");
    let blocks = format!("{}x{}", "#block[".repeat(70), "]".repeat(70));
    assert!(simple(&blocks).is_ok() || simple(&blocks).is_err_and(|e| e.code == "document.layout"));
}

#[test]
fn packages_files_and_the_date_of_today_are_out_of_reach() {
    for body in [
        "#import \"@preview/cetz:0.3.4\": canvas",
        "#import \"@local/x:0.1.0\"",
        "#read(\"/etc/passwd\")",
        "#read(\"../../../../etc/passwd\")",
        "#include \"other.typ\"",
        "#datetime.today()",
    ] {
        assert_eq!(simple(body).unwrap_err().code, "document.layout", "{body}");
    }
    let detail = simple("#import \"@preview/cetz:0.3.4\": canvas").unwrap_err().detail;
    assert!(detail.contains("may not import packages"), "{detail}");
}

#[test]
fn input_over_its_limit_is_refused_before_it_is_typeset() {
    let data = json!({"created": "2026-08-28"});
    let big = json!({"created": "2026-08-28", "x": "字".repeat(DATA_BYTES_MAX / 3)});
    let svg = vec![b' '; crate::IMAGE_BYTES_MAX + 1];
    let many = [("a.svg", b"<svg/>".as_slice()); crate::IMAGES_MAX + 1];
    let typesetter = typesetter();
    for (what, outcome) in [
        ("data", typesetter.render(HEAD, &big, &[])),
        ("layout", typesetter.render(&" ".repeat(LAYOUT_BYTES_MAX + 1), &data, &[])),
        ("image", typesetter.render(HEAD, &data, &[("a.svg", &svg)])),
        ("images", typesetter.render(HEAD, &data, &many)),
        (
            "pages",
            typesetter.render(
                &format!("{HEAD}#for _ in range(51) {{ [x]; pagebreak() }}"),
                &data,
                &[],
            ),
        ),
    ] {
        let error = outcome.unwrap_err();
        assert_eq!((error.code, error.kind), ("document.limit", Kind::Limited), "{what}");
        assert_eq!(error.args[0], ("what", what.to_owned()));
    }
}

#[test]
fn a_document_needs_a_creation_instant_and_plain_picture_names() {
    let typesetter = typesetter();
    for data in
        [json!({}), json!({"created": "yesterday"}), json!({"created": 20260828}), json!([])]
    {
        assert_eq!(typesetter.render(HEAD, &data, &[]).unwrap_err().code, "document.created");
    }
    let data = json!({"created": "2026-08-28"});
    for name in ["../a.svg", "A.svg", ".svg", "a.png", "data.json", "a/b.svg"] {
        let error = typesetter.render(HEAD, &data, &[(name, b"<svg/>")]).unwrap_err();
        assert_eq!(error.code, "document.image_name", "{name}");
    }
}

#[test]
fn a_character_that_no_font_has_is_an_error_and_not_a_blank_box() {
    let error = simple("\u{13000}").unwrap_err();
    assert_eq!(error.code, "document.layout");
}

#[test]
fn data_is_never_read_as_layout() {
    let (source, mut data) = layout("notice");
    data["paragraphs"] = json!(["#panic(\"x\") *不加粗* $x$ @ref \\ // 不是注释"]);
    let pdf = typesetter().render(&source, &data, &[]).unwrap();
    assert!(text_of(&pdf).contains("#panic(\"x\")"), "{}", text_of(&pdf));
}

#[test]
fn without_a_chinese_font_the_error_says_how_to_install_one() {
    let dir = tempfile::tempdir().unwrap();
    let error = Fonts::load_from(&[dir.path().to_path_buf()]).err().unwrap();
    assert_eq!((error.code, error.kind), ("document.font_missing", Kind::Unavailable));
    assert!(error.detail.contains("apt-get install fonts-noto-cjk"));
}

#[test]
fn a_file_that_only_bears_a_fonts_name_is_an_error_and_not_a_blank_page() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("NotoSerifCJK-Regular.ttc"), b"not a font").unwrap();
    let fonts = Fonts::load_from(&[dir.path().to_path_buf()]).unwrap();
    let error = Typesetter::new(fonts)
        .render(&format!("{HEAD}字"), &json!({"created": "2026-08-28"}), &[])
        .unwrap_err();
    assert_eq!(error.code, "document.font_missing");
}

#[test]
fn font_files_are_known_by_their_names_in_every_packaging() {
    for (regular, bold) in [
        ("NotoSerifCJK-Regular.ttc", "NotoSerifCJK-Bold.ttc"),
        ("NotoSerifCJKsc-Regular.otf", "NotoSerifCJKsc-Bold.otf"),
        ("NotoSerifSC-Regular.ttf", "NotoSerifSC-Bold.ttf"),
        ("SourceHanSerifSC-Regular.otf", "SourceHanSerifSC-Bold.otf"),
    ] {
        let dir = tempfile::tempdir().unwrap();
        for name in [regular, bold, "NotoSerifCJK-Black.ttc", "DejaVuSans.ttf"] {
            std::fs::write(dir.path().join(name), b"").unwrap();
        }
        let fonts = Fonts::load_from(&[dir.path().to_path_buf()]).unwrap();
        let names: Vec<_> = fonts.paths().map(|p| p.file_name().unwrap().to_owned()).collect();
        assert_eq!(names, [regular, bold, regular], "the serif stands in for the missing sans");
    }
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("NotoSerifSC[wght].ttf"), b"").unwrap();
    assert!(Fonts::load_from(&[dir.path().to_path_buf()]).is_ok());
}

#[cfg(target_os = "linux")]
#[test]
fn memory_is_small_before_the_first_document_and_bounded_after_many() {
    let before = memory_kb("VmRSS");
    let typesetter = typesetter();
    assert!(memory_kb("VmRSS") - before < 8 * 1024, "finding fonts reads none");
    for _ in 0..3 {
        for name in LAYOUTS {
            render_sample(typesetter, name);
        }
    }
    let (now, peak) = (memory_kb("VmRSS"), memory_kb("VmHWM"));
    println!("resident: {before} kB before, {now} kB after, {peak} kB at most");
    assert!(peak < 300 * 1024, "{peak} kB");
}

#[test]
fn a_seal_shows_the_agency_the_code_and_that_it_is_a_demonstration() {
    for (kind, star) in [(SealKind::Round, 1), (SealKind::Oval, 0)] {
        let svg = seal_svg(SealFace { agency: "青屿市<&局", kind, code: "990201" }).unwrap();
        for c in ["青", "屿", "市", "&lt;", "&amp;", "局", "演示", "#c8421f"] {
            assert!(svg.contains(c), "{c} in {svg}");
        }
        assert_eq!(svg.matches("<polygon").count(), star);
        assert_eq!(svg.matches("<text").count(), 6 + 6 + 1);
    }
}

#[test]
fn a_seal_for_a_purpose_bears_its_text_and_an_officers_his_name() {
    let special = seal_svg_text(crate::special_seal_svg("青屿市公安局", "审批<专用章", "0102"));
    assert!(special.contains("审批&lt;专用章") && special.contains("演示"), "{special}");
    assert!(special.contains("<polygon"), "the star stays");
    for wrong in ["", " ", "一二三四五六七八九十百千章"] {
        assert_eq!(crate::special_seal_svg("甲", wrong, "").unwrap_err().code, "document.seal");
        assert_eq!(crate::personal_seal_svg(wrong).unwrap_err().code, "document.seal");
    }
    let glyphs = |name: &str| {
        seal_svg_text(crate::personal_seal_svg(name)).matches("transform=\"rotate").count()
    };
    // Two and three characters are filled up to four, as engravers do.
    assert_eq!(["许", "许满", "许小满", "欧阳小满", "买买提江"].map(glyphs), [1, 4, 4, 4, 4]);
    assert_eq!(glyphs("古丽娜尔买买提"), 7);
}

fn seal_svg_text(made: kernel::Result<String>) -> String {
    made.unwrap()
}

#[test]
fn a_seal_refuses_a_name_or_code_that_cannot_be_engraved() {
    let long = "局".repeat(41);
    for (agency, code, field) in [
        ("", "1", "agency"),
        (long.as_str(), "1", "agency"),
        ("局", "1234567890123456789012345", "code"),
    ] {
        let error = seal_svg(SealFace { agency, kind: SealKind::Round, code }).unwrap_err();
        assert_eq!(error.code, "document.seal");
        assert_eq!(error.fields[0].field, field);
    }
}

#[test]
fn a_text_too_long_for_a_qr_code_is_refused() {
    assert_eq!(qr_svg(&"x".repeat(3_000)).unwrap_err().code, "document.qr_long");
}

/// The dark modules of our SVG, read back from its path.
fn modules(svg: &str) -> std::collections::BTreeSet<(usize, usize)> {
    let path = svg.split("<path d=\"").nth(1).unwrap().split('"').next().unwrap();
    let mut out = std::collections::BTreeSet::new();
    for run in path.split('M').skip(1) {
        let (place, rest) = run.split_once('h').unwrap();
        let (x, y) = place.split_once(' ').unwrap();
        let (x, y): (usize, usize) = (x.parse().unwrap(), y.parse().unwrap());
        let length: usize = rest.split('v').next().unwrap().parse().unwrap();
        out.extend((x..x + length).map(|x| (x - 4, y - 4)));
    }
    out
}

proptest! {
    #[test]
    fn a_qr_code_has_exactly_the_modules_of_its_text(text in "\\PC{1,80}") {
        let code = qrcode::QrCode::with_error_correction_level(&text, qrcode::EcLevel::M).unwrap();
        let dark = modules(&qr_svg(&text).unwrap());
        for y in 0..code.width() {
            for x in 0..code.width() {
                prop_assert_eq!(dark.contains(&(x, y)), code[(x, y)] == qrcode::Color::Dark);
            }
        }
    }

    #[test]
    fn the_characters_of_a_seal_stay_inside_its_ring(length in 1_usize..=40, oval: bool) {
        let kind = if oval { SealKind::Oval } else { SealKind::Round };
        let svg = seal_svg(SealFace { agency: &"局".repeat(length), kind, code: "" }).unwrap();
        let (a, b) = (96.0, if oval { 66.0 } else { 96.0 });
        for glyph in svg.split("<text x=\"").skip(1).filter(|g| g.contains("rotate")) {
            let x: f64 = glyph.split('"').next().unwrap().parse().unwrap();
            let y: f64 = glyph.split("y=\"").nth(1).unwrap().split('"').next().unwrap().parse().unwrap();
            let size: f64 = glyph.split("size=\"").nth(1).unwrap().split('"').next().unwrap().parse().unwrap();
            let from_middle = ((x - 100.0) / a).hypot((y - b - 4.0) / b);
            prop_assert!(from_middle < 1.0 && size > 4.0, "{x} {y} {size}");
        }
    }
}
