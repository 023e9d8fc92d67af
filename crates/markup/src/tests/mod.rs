//! Documents of a vocabulary of three elements: what is kept, what is refused, in every encoding.

use crate::{Codes, Document, Element, Fault, Limits, Node, Place, Vocabulary};

#[derive(Clone, Copy, Debug, PartialEq)]
enum Space {
    Main,
    Own,
    Foreign,
}

impl Vocabulary for Space {
    const MAIN: Space = Space::Main;
    const OWN: Space = Space::Own;
    const FOREIGN: Space = Space::Foreign;
    const LIMITS: Limits =
        Limits { bytes: 2_000, depth: 4, elements: 9, attributes: 4, attribute: 20 };
    const CODES: Codes = Codes {
        xml: "xml",
        encoding: "encoding",
        doctype: "doctype",
        entity: "entity",
        bytes: "bytes",
        depth: "depth",
        elements: "elements",
        attributes: "attributes",
    };
    type Finding = Fault;

    fn of(uri: &str) -> Space {
        match uri {
            "urn:main" => Space::Main,
            "urn:own" => Space::Own,
            _ => Space::Foreign,
        }
    }
}

fn read(text: impl AsRef<[u8]>) -> Result<Document<Space>, Fault> {
    Document::parse(text.as_ref())
}

fn code(text: impl AsRef<[u8]>) -> &'static str {
    read(text).map_or_else(|fault| fault.code, |_| "")
}

/// The tree without places, which writing moves.
fn bare(mut document: Document<Space>) -> Document<Space> {
    fn strip(element: &mut Element<Space>) {
        element.place = Place::default();
        for child in &mut element.children {
            if let Node::Element(child) = child {
                strip(child);
            }
        }
    }
    strip(&mut document.root);
    document
}

#[test]
fn namespaces_are_told_apart_whatever_their_prefixes() {
    let text = "<a xmlns='urn:main' xmlns:o='urn:own' o:x='1' x='2'><b xmlns='urn:x'><c/></b><m:d xmlns:m='urn:main'/><d xml:lang='zh'/></a>";
    let root = read(text).unwrap().root;
    assert!(root.is("a") && !root.is("b"));
    assert_eq!((root.own("x"), root.get("x"), root.own("y")), (Some("1"), Some("2"), None));
    let spaces: Vec<_> = root.elements().map(|one| (one.local(), one.space)).collect();
    assert_eq!(spaces, [("b", Space::Foreign), ("d", Space::Main), ("d", Space::Main)]);
    assert!(root.child("d").is_some() && root.child("b").is_none());
    // A prefix is bound within its element alone, and one that is bound nowhere says nothing.
    let loose = "<a>\n<m:d xmlns:m='urn:main'/><m:d/></a>";
    let fault = read(loose).unwrap_err();
    assert_eq!((fault.code, fault.place.line), ("xml", 2));
    assert_eq!(fault.detail, "undeclared prefix m");
    for wrong in ["<a n:x='1'/>", "<a xmlns:n=''/>", "<a xmlns:='urn:main'/>"] {
        assert_eq!(code(wrong), "xml", "{wrong}");
    }
}

#[test]
fn what_was_read_and_written_is_what_was_read() {
    let text = "<?xml version='1.0' standalone='no'?><!-- 一 --><?p q?><a x='&#10;&lt;&quot;'>\
        甲&amp;乙<b/>丙<![CDATA[<丁>]]><!--戊--><?己?> &#13;\n</a><!-- 完 -->";
    let first = read(text).unwrap();
    let written = first.write();
    assert_eq!(bare(read(&written).unwrap()), bare(first.clone()));
    assert_eq!(read(&written).unwrap().write(), written);
    assert_eq!(first.root.text(), "甲&乙丙<丁>");
}

#[test]
fn encodings_are_what_they_say() {
    let text = "<?xml version=\"1.0\" encoding=\"UTF-16\"?><a x=\"甲𠮷\">乙</a>";
    let units = |mark: &[u8], unit: fn(u16) -> [u8; 2]| {
        let units = text.encode_utf16().flat_map(unit);
        mark.iter().copied().chain(units).collect::<Vec<u8>>()
    };
    let little = units(&[0xFF, 0xFE], u16::to_le_bytes);
    for bytes in [little.clone(), units(&[0xFE, 0xFF], u16::to_be_bytes)] {
        let document = read(&bytes).unwrap();
        assert_eq!(document.root.get("x"), Some("甲𠮷"));
        assert!(document.write().starts_with("<?xml version=\"1.0\" encoding=\"UTF-8\"?>"));
    }
    let marked = [b"\xef\xbb\xbf".as_slice(), b"<?xml version='1.0' encoding='utf-8'?><a/>"];
    assert_eq!(code(marked.concat()), "");
    // Half a character, half a pair, no mark, and declarations that are not true.
    assert_eq!(code(&little[..little.len() - 1]), "encoding");
    assert_eq!(code([0xFF, 0xFE, b'<', 0, 0x00, 0xD8, b'>', 0]), "encoding");
    assert_eq!(code(&little[2..]), "encoding");
    assert_eq!(code(text), "encoding");
    let declared = |name: &str, inner: &str| {
        code(format!("<?xml version='1.0' encoding='{name}'?><a>{inner}</a>"))
    };
    assert_eq!(declared("ISO-8859-1", "a"), "");
    assert_eq!(declared("us-ascii", "&#233;"), "");
    assert_eq!(declared("us-ascii", "é"), "encoding");
    assert_eq!(declared("Big5", "a"), "encoding");
    assert_eq!(code(b"<a>\xc4\xe3</a>"), "encoding");
    // What declares another encoding is read in it, and printed in UTF-8.
    let read_as = |name: &str, inner: &[u8]| {
        let head = format!("<?xml version=\"1.0\" encoding=\"{name}\"?><a x=\"");
        read([head.as_bytes(), inner, b"\"/>"].concat()).map(|read| {
            assert!(read.write().starts_with("<?xml version=\"1.0\" encoding=\"UTF-8\"?>"));
            read.root.get("x").unwrap_or_default().to_owned()
        })
    };
    for (name, inner, text) in [
        ("ISO-8859-1", b"\xe9\x80".as_slice(), "é\u{80}"),
        ("windows-1252", b"\xe9\x80", "é€"),
        ("gb2312", b"\xc4\xe3", "你"),
        ("GBK", b"\xc4\xe3\x81\x40", "你丂"),
        ("GB18030", b"\xc4\xe3\x95\x32\x82\x36", "你𠀀"),
    ] {
        assert_eq!(read_as(name, inner).ok().as_deref(), Some(text), "{name}");
    }
    let gbk = b"<?xml version='1.0' encoding='GBK'?><a>\xc4\xe3</a>";
    let utf8 = crate::as_utf8(gbk).unwrap();
    assert_eq!(utf8, "<?xml version='1.0' encoding='UTF-8'?><a>你</a>");
    assert_eq!(crate::as_utf8(&little).unwrap(), text.replace("UTF-16", "UTF-8"));
    assert_eq!(code(utf8.as_bytes()), "");
    assert!(crate::as_utf8(b"\xc4\xe3").is_err());
    assert!(read_as("GBK", b"\xc4").is_err(), "half a character");
    assert!(read_as("UTF-8", b"\xc4\xe3").is_err());
}

#[test]
fn what_expands_or_is_broken_is_refused() {
    assert_eq!(code("<!DOCTYPE a [<!ENTITY x 'ha'>]><a>&x;</a>"), "doctype");
    assert_eq!(code("<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>"), "doctype");
    for text in ["<a>&x;</a>", "<a b='&x;'/>", "<a>&#xFFFFFFFF;</a>"] {
        assert_eq!(code(text), "entity", "{text}");
    }
    for text in [
        "",
        "<a>",
        "<a></b>",
        "<a/><b/>",
        "x",
        "<a b='1' b='2'/>",
        "<a><!-- -- --></a>",
        "<a>&#1;</a>",
        " <?xml version='1.0'?><a/>",
        "<a/><?xml version='1.0'?>",
    ] {
        assert_eq!(code(text), "xml", "{text}");
    }
    // What looks like a control character may be one that a document can hold, and the other way.
    for held in ["\u{7f}", "\u{80}", "\u{9f}", "&#x85;", "\u{fffd}", "\u{10ffff}"] {
        assert_eq!(code(format!("<a b='{held}'>{held}</a>")), "", "{held:?}");
    }
    for not in ["\0", "\u{1}", "\u{b}", "\u{1f}", "\u{fffe}", "&#xFFFF;", "&#x1F;"] {
        assert_eq!(code(format!("<a b='{not}'/>")), "xml", "{not:?}");
        assert_eq!(code(format!("<a>{not}</a>")), "xml", "{not:?}");
    }
    for not in ["<a><!--\u{1}--></a>", "<a><?p \u{1}?></a>", "<a><![CDATA[\u{1}]]></a>"] {
        assert_eq!(code(not), "xml", "{not:?}");
    }
    let fault = read("<a>\n甲\u{1}</a>").unwrap_err();
    assert_eq!(fault.place, Place { line: 2, column: 2 });
    let fault = read("<a>\n <b id='i'>\n<c></x></b></a>").unwrap_err();
    assert_eq!((fault.code, fault.place.line), ("xml", 3));
    assert_eq!(fault.element, "c");
}

#[test]
fn sizes_are_bounded_before_anything_is_built() {
    let deep = |depth: usize| "<a>".repeat(depth) + &"</a>".repeat(depth);
    assert_eq!((code(deep(4)), code(deep(5))), ("", "depth"));
    let wide = |children: usize| format!("<a>{}</a>", "<b/>".repeat(children));
    assert_eq!((code(wide(8)), code(wide(9))), ("", "elements"));
    assert_eq!(
        (code("<a b='' c='' d='' e=''/>"), code("<a b='' c='' d='' e='' f=''/>")),
        ("", "attributes")
    );
    assert_eq!(code(format!("<a b='{}'/>", "x".repeat(21))), "attributes");
    assert_eq!(code(" ".repeat(2_001)), "bytes");
}
