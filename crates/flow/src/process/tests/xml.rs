//! Documents: what is kept, what is refused before it is understood.

use crate::process::{Document, Element, Place, XmlNode};

/// The tree without places, which writing moves.
fn bare(document: &Document) -> Document {
    fn strip(element: &mut Element) {
        element.place = Place::default();
        for child in &mut element.children {
            if let XmlNode::Element(child) = child {
                strip(child);
            }
        }
    }
    let mut document = document.clone();
    strip(&mut document.root);
    document
}

fn rule(text: &str) -> &'static str {
    Document::parse(text.as_bytes()).map(|_| "").unwrap_or_else(|finding| finding.rule)
}

#[test]
fn diagram_foreign_names_and_comments_come_back() {
    let text = r#"<?xml version="1.0" encoding="utf-8"?>
<!-- 绘制 --><?tool 甲?>
<b:definitions xmlns:b="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:z="urn:other" id="d" z:version="3 &amp; &#20108; &#10;x" z:q='"'>
  <b:process id="p" z:colour="红"><b:extensionElements><z:any a="1"><z:deep>甲 &lt; 乙</z:deep></z:any></b:extensionElements>
  <b:startEvent id="s"/><![CDATA[ a < b ]]></b:process>
  <di:BPMNDiagram xmlns:di="http://www.omg.org/spec/BPMN/20100524/DI"><di:BPMNPlane bpmnElement="p"/></di:BPMNDiagram>
</b:definitions><!-- 完 -->"#;
    let first = Document::parse(text.as_bytes()).unwrap();
    let written = first.write();
    let second = Document::parse(written.as_bytes()).unwrap();
    assert_eq!(bare(&first), bare(&second));
    assert_eq!(second.write(), written);
    for kept in
        ["z:colour=\"红\"", "甲 &lt; 乙", "BPMNPlane", "<!-- 绘制 -->", "<?tool 甲?>", "&#10;x"]
    {
        assert!(written.contains(kept), "{kept}: {written}");
    }
    assert!(first.root.is("definitions"));
    assert_eq!(first.root.get("z:version"), Some("3 & 二 \nx"));
}

#[test]
fn bombs_entities_and_broken_documents_are_refused() {
    let bomb = "<!DOCTYPE a [<!ENTITY x \"ha\"><!ENTITY y \"&x;&x;\">]><a>&y;</a>";
    assert_eq!(rule(bomb), "process.xml_doctype");
    let external = "<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><a>&x;</a>";
    assert_eq!(rule(external), "process.xml_doctype");
    for text in ["<a>&x;</a>", "<a b=\"&x;\"/>", "<a>&#0;</a>", "<a>&#xFFFFFFFF;</a>"] {
        assert!(rule(text).starts_with("process.xml"), "{text}");
    }
    for text in [
        "",
        "<a>",
        "</a>",
        "<a></b>",
        "<a/><b/>",
        "x",
        "<a b=\"1\" b=\"2\"/>",
        "<a b=1/>",
        "<a><!-- -- --></a>",
        "<a><![CDATA[</a>",
        "<",
    ] {
        assert_eq!(rule(text), "process.xml", "{text}");
    }
    assert_eq!(rule("<?xml version=\"1.0\" encoding=\"Big5\"?><a/>"), "process.xml_encoding");
    let mojibake = Document::parse(b"<a>\xc4\xe3</a>").unwrap_err();
    assert_eq!(mojibake.rule, "process.xml_encoding");
    let finding = Document::parse("<a>\n  <b 甲=\"\"></c>\n</a>".as_bytes()).unwrap_err();
    assert_eq!((finding.place.line, finding.rule), (2, "process.xml"));
}

#[test]
fn sizes_are_bounded() {
    let deep = |depth: usize| "<a>".repeat(depth) + &"</a>".repeat(depth);
    assert_eq!(rule(&deep(48)), "");
    assert_eq!(rule(&deep(49)), "process.limit_depth");
    assert_eq!(rule(&deep(200_000)), "process.limit_depth");
    let wide = format!("<a>{}</a>", "<b/>".repeat(100_000));
    assert_eq!(rule(&wide), "process.limit_elements");
    let many: String = (0..65).map(|nth| format!(" a{nth}=\"\"")).collect();
    assert_eq!(rule(&format!("<a{many}/>")), "process.limit_attributes");
    assert_eq!(rule(&format!("<a b=\"{}\"/>", "x".repeat(8_001))), "process.limit_attributes");
    assert_eq!(rule(&" ".repeat((8 << 20) + 1)), "process.limit_bytes");
}
