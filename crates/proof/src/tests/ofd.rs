//! OFD files: written, read, sealed and verified, with Python's libraries as the judges.

use super::world::{World, key, licence, now, python, world};
use crate::certificate::{Certificate, Role};
use crate::ofd::{
    Document, Files, Mark, PAGES_MAX, Page, Placement, Sheet, pack, seal, verify, write,
};
use crate::seal::{Design, Picture, Seal};
use crate::verify::verify_file;
use kernel::canonical;
use proptest::prelude::*;
use std::fs;
use std::io::Write as _;

fn page() -> Page {
    Page {
        width: 210_000,
        height: 297_000,
        marks: vec![
            Mark::Text { x: 30_000, y: 50_000, size: 8_000, text: "营业执照 <A&B>".into() },
            Mark::Line {
                from: (30_000, 60_500),
                to: (180_000, 60_500),
                width: 350,
                colour: [200, 0, 0],
            },
            Mark::Text {
                x: 30_000, y: 80_000, size: 4_500, text: "统一社会信用代码".into()
            },
        ],
    }
}

fn sheet() -> Vec<u8> {
    let data = canonical::to_string(&licence()).unwrap();
    let pages = [page(), Page { marks: Vec::new(), ..page() }];
    write(&Sheet {
        title: "营业执照",
        author: "安阳市市场监督管理局",
        created_at: now(),
        font: "宋体",
        pages: &pages,
        data: Some(data.as_bytes()),
    })
    .unwrap()
}

const PLACE: Placement =
    Placement { page: 0, x: 130_000, y: 200_000, width: 42_000, height: 42_000 };

fn sealed(world: &World) -> Vec<u8> {
    let chain = world.agency_chain();
    seal(&sheet(), &world.seal, &world.agency_key, &chain, &[PLACE], now()).unwrap()
}

fn code(bytes: &[u8], world: &World) -> &'static str {
    verify(bytes, &world.anchors(), now()).unwrap_err().code
}

#[test]
fn python_reads_our_sheet() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.ofd");
    fs::write(&file, sealed(world())).unwrap();
    let said = python(
        "import sys, zipfile, ofdkit\nassert zipfile.ZipFile(sys.argv[1]).testzip() is None\n\
         document = ofdkit.open(sys.argv[1])\npages = list(document.pages)\n\
         print(len(pages), pages[0].width, pages[0].height)\nprint(ofdkit.extract_text(sys.argv[1]))",
        &[&file.display().to_string()],
    )
    .unwrap();
    assert!(said.starts_with("2 210.0 297.0"), "{said}");
    assert!(said.contains("营业执照 <A&B>") && said.contains("统一社会信用代码"), "{said}");
}

#[test]
fn we_read_a_container_python_wrote() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.ofd");
    fs::write(&file, sheet()).unwrap();
    let (from, to) = (file.display().to_string(), folder.path().join("b.ofd"));
    python(
        "import sys, zipfile\nsource = zipfile.ZipFile(sys.argv[1])\n\
         target = zipfile.ZipFile(sys.argv[2], 'w', zipfile.ZIP_DEFLATED)\n\
         for name in source.namelist():\n    \
         target.writestr(name, source.read(name))\ntarget.close()",
        &[&from, &to.display().to_string()],
    )
    .unwrap();
    let ours = Document::parse(&sheet()).unwrap();
    assert_eq!(Document::parse(&fs::read(to).unwrap()).unwrap(), ours);
    assert_eq!(ours.title, "营业执照");
    assert_eq!(ours.pages, ["营业执照 <A&B>\n统一社会信用代码\n", ""]);
    let data = canonical::to_string(&licence()).unwrap();
    assert_eq!(ours.data.as_deref(), Some(data.as_bytes()));
}

#[test]
fn whoever_has_the_root_verifies_a_sheet_by_itself() {
    let world = world();
    let file = sealed(world);
    let report = verify_file(&file, &world.anchors(), None, now());
    assert!(report.valid, "{:?}", report.failure());
    assert_eq!((report.kind.as_str(), report.body), ("licence_ofd", Some(licence())));
    let names: Vec<&str> = report.checks.iter().map(|check| check.name.as_str()).collect();
    let expected = [
        "format",
        "integrity",
        "signature",
        "seal",
        "certificate",
        "chain",
        "identifier",
        "validity",
        "status",
    ];
    assert_eq!(names, expected);
    let failure = |bytes: &[u8], anchors: &[Certificate]| {
        let report = verify_file(bytes, anchors, None, now());
        assert!(!report.valid && report.body.is_none());
        report.failure().unwrap().name.clone()
    };
    assert_eq!(failure(&sheet(), &world.anchors()), "integrity");
    assert_eq!(failure(&file, &[]), "chain");
    assert_eq!(failure(&file[..file.len() - 9], &world.anchors()), "format");
    // Also of the container no bit can be another: neither a header's nor one that pads the data.
    for at in (0..file.len() * 8).step_by(61).chain(headers_of(&file)) {
        let mut wrong = file.clone();
        wrong[at / 8] ^= 1 << (at % 8);
        assert!(!verify_file(&wrong, &world.anchors(), None, now()).valid, "bit {at}");
    }
    // The data of another licence, sealed by the same agency, is not this licence's.
    let mut later = licence();
    later["valid_until"] = now().plus_days(-1).0.into();
    let data = canonical::to_string(&later).unwrap();
    let lapsed = Sheet {
        title: "营业执照",
        author: "安阳市市场监督管理局",
        created_at: now(),
        font: "宋体",
        pages: &[page()],
        data: Some(data.as_bytes()),
    };
    let chain = world.agency_chain();
    let sheet = write(&lapsed).unwrap();
    let lapsed = seal(&sheet, &world.seal, &world.agency_key, &chain, &[PLACE], now()).unwrap();
    let report = verify_file(&lapsed, &world.anchors(), None, now());
    assert_eq!(report.failure().unwrap().name, "validity");
}

#[test]
fn a_seal_covers_the_whole_file() {
    let world = world();
    let file = sealed(world);
    assert_eq!(file, sealed(world), "the same every time");
    let found = verify(&file, &world.anchors(), now()).unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].signature.seal().name(), world.seal.name());
    // All but the list, the description and the value.
    assert_eq!(found[0].covers, Document::parse(&file).unwrap().files().len() - 3);
    assert_eq!(code(&sheet(), world), "proof.ofd.unsealed");
    let refused = verify(&file, &[], now()).unwrap_err();
    assert_eq!(refused.code, "proof.certificate.untrusted");
    let refused = verify(&file, &world.anchors(), now().plus_days(-1)).unwrap_err();
    assert_eq!(refused.code, "proof.json.from_the_future");
}

/// The world's second agency, with a seal of its own.
fn second(world: &World) -> (Seal, crate::sm2sig::SigningKey, crate::certificate::Certificate) {
    let key = key(77);
    let request = crate::certificate::Request {
        subject: super::world::subject("安阳市税务局", "11410500MB0X"),
        role: Role::Agency,
        key: &key.verifying_key(),
        valid_from: now().plus_days(-1),
        valid_until: now().plus_days(100),
    };
    let mut random = kernel::Random::from_number(5);
    let holder =
        crate::certificate::issue(&request, &world.root, &world.root_key, &mut random).unwrap();
    let picture = Picture { kind: "PNG".into(), data: vec![1; 9], width_mm: 40, height_mm: 40 };
    let design = Design {
        id: "41050000000002",
        name: "安阳市税务局专用章",
        holder: &holder,
        picture: &picture,
        created_at: now(),
        valid_from: now().plus_days(-1),
        valid_until: now().plus_days(100),
    };
    let maker = std::slice::from_ref(&world.maker);
    (Seal::make(&design, maker, &world.maker_key).unwrap(), key, holder)
}

#[test]
fn several_agencies_seal_in_order() {
    let world = world();
    let (seal2, key2, holder2) = second(world);
    let place = Placement { page: 1, ..PLACE };
    let file = seal(&sealed(world), &seal2, &key2, &[holder2], &[place], now()).unwrap();
    let found = verify(&file, &world.anchors(), now()).unwrap();
    let names: Vec<&str> = found.iter().map(|f| f.signature.seal().name()).collect();
    assert_eq!(names, [world.seal.name(), "安阳市税务局专用章"]);
    assert!(found[1].covers > found[0].covers + 2);
    // The first seal's value, which the second covers.
    let wrong = with(&file, |files| {
        let first = files["Doc_0/Signs/Sign_1/SignedValue.dat"].clone();
        files.insert("Doc_0/Signs/Sign_0/SignedValue.dat".into(), first);
    });
    assert_eq!(code(&wrong, world), "proof.ofd.digest");
    // The second seal taken from the list: what it left behind is covered by none.
    let wrong = with(&file, |files| {
        let once = Document::parse(&sealed(world)).unwrap().files().clone();
        files.insert(LIST.into(), once[LIST].clone());
    });
    assert_eq!(code(&wrong, world), "proof.ofd.uncovered");
}

const LIST: &str = "Doc_0/Signs/Signatures.xml";

/// The archive with its files changed, written anew.
fn with(bytes: &[u8], change: impl FnOnce(&mut Files)) -> Vec<u8> {
    let mut files = Document::parse(bytes).unwrap().files().clone();
    change(&mut files);
    container(files.iter().map(|(name, content)| (name.as_str(), content.as_slice())))
}

/// A stored archive of any names, written by hand.
fn container<'a>(files: impl Iterator<Item = (&'a str, &'a [u8])>) -> Vec<u8> {
    assembled(files, 0, <[u8]>::to_vec)
}

/// A deflated archive of any names in any order, its headers as issuers write them.
fn deflated<'a>(files: impl Iterator<Item = (&'a str, &'a [u8])>) -> Vec<u8> {
    assembled(files, 8, |content| {
        let mut encoder =
            flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::new(6));
        encoder.write_all(content).unwrap();
        encoder.finish().unwrap()
    })
}

fn assembled<'a>(
    files: impl Iterator<Item = (&'a str, &'a [u8])>,
    method: u8,
    pack: impl Fn(&[u8]) -> Vec<u8>,
) -> Vec<u8> {
    let (mut out, mut directory, mut count) = (Vec::new(), Vec::new(), 0_u16);
    for (name, content) in files {
        let mut crc = flate2::Crc::new();
        crc.update(content);
        let packed = pack(content);
        let head = [
            // Version, a name in UTF-8, the day that stands for none.
            &[20, 0, 0, 8, method, 0, 0, 0, 33, 0][..],
            &crc.sum().to_le_bytes(),
            &(packed.len() as u32).to_le_bytes(),
            &(content.len() as u32).to_le_bytes(),
            &(name.len() as u16).to_le_bytes(),
            &[0, 0],
        ]
        .concat();
        directory.extend([&b"PK\x01\x02\x14\0"[..], &head, &[0; 10]].concat());
        directory.extend((out.len() as u32).to_le_bytes());
        directory.extend(name.as_bytes());
        out.extend([&b"PK\x03\x04"[..], &head, name.as_bytes(), &packed].concat());
        count += 1;
    }
    let (start, size) = (out.len() as u32, directory.len() as u32);
    out.extend(directory);
    out.extend([&b"PK\x05\x06\0\0\0\0"[..], &count.to_le_bytes(), &count.to_le_bytes()].concat());
    out.extend([size.to_le_bytes(), start.to_le_bytes()].concat());
    out.extend([0, 0]);
    out
}

/// Nothing in it is another, and yet it is not the file that was issued.
#[test]
fn an_archive_in_another_order_with_a_folder_or_another_list_is_not_as_issued() {
    let world = world();
    let file = sealed(world);
    let why = |bytes: &[u8]| {
        let report = verify_file(bytes, &world.anchors(), None, now());
        report.failure().map(|check| (check.name.clone(), check.detail.en.clone()))
    };
    let document = Document::parse(&file).unwrap();
    let parts =
        || document.files().iter().map(|(name, content)| (name.as_str(), content.as_slice()));
    assert_eq!(deflated(parts()), file, "the tests' own writer writes as issuers do");
    let told = "The container is not as issuers write it; it may have been altered or packed anew.";
    let refused = Some(("format".to_owned(), told.to_owned()));
    assert_eq!(why(&deflated(parts().rev())), refused);
    assert_eq!(why(&deflated([("A/", &[][..])].into_iter().chain(parts()))), refused);
    assert_eq!(why(&container(parts())), refused);
    for (from, to) in [
        ("ID=\"1\"", "ID=\"2\""),
        ("<ofd:Signature ", "<ofd:Signature  "),
        ("</ofd:MaxSignId>", "</ofd:MaxSignId><!-- -->"),
    ] {
        let mut files = document.files().clone();
        let list = String::from_utf8(files[LIST].clone()).unwrap().replacen(from, to, 1);
        files.insert(LIST.into(), list.into_bytes());
        let other = pack(&files).unwrap();
        verify(&other, &world.anchors(), now()).unwrap();
        assert_eq!(why(&other), refused, "{to}");
    }
}

#[test]
fn what_was_added_removed_or_changed_is_told() {
    let world = world();
    let file = sealed(world);
    verify(&with(&file, |_| {}), &world.anchors(), now()).unwrap();
    let after = |change: &dyn Fn(&mut Files)| code(&with(&file, change), world);
    let put = |files: &mut Files, name: &str, text: &str| {
        files.insert(name.into(), text.as_bytes().to_vec());
    };
    let added = after(&|files| put(files, "Doc_0/Pages/Page_9/Content.xml", "x"));
    assert_eq!(added, "proof.ofd.uncovered");
    // Beside the value of a seal nothing can be slipped in either.
    let added = after(&|files| put(files, "Doc_0/Signs/Sign_0/more.xml", "x"));
    assert_eq!(added, "proof.ofd.uncovered");
    let changed = after(&|files| put(files, "Doc_0/Attachs/licence.json", "{}"));
    assert_eq!(changed, "proof.ofd.digest");
    let removed = after(&|files| {
        files.remove("Doc_0/PublicRes.xml");
    });
    assert_eq!(removed, "proof.ofd.missing");
    // The description changed to fit a changed page.
    let described = after(&|files| {
        let at = "Doc_0/Signs/Sign_0/Signature.xml";
        let text = String::from_utf8(files[at].clone()).unwrap();
        put(files, at, &text.replace("Boundary=\"130", "Boundary=\"30"));
    });
    assert_eq!(described, "proof.ofd.digest");
    // Another seal signature, good in itself, of another document.
    let other = after(&|files| {
        let other = crate::seal::sign(
            &world.seal,
            &world.agency_key,
            &world.agency_chain(),
            &crate::digest::sm3(b"other"),
            "/Doc_0/Signs/Sign_0/Signature.xml",
            now(),
        );
        files.insert("Doc_0/Signs/Sign_0/SignedValue.dat".into(), other.unwrap());
    });
    assert_eq!(other, "proof.ofd.digest");
    let emptied = after(&|files| {
        let none = "<ofd:Signatures xmlns:ofd=\"http://www.ofdspec.org/2016\"/>";
        put(files, LIST, none);
    });
    assert_eq!(emptied, "proof.ofd.unsealed");
    let led_out = after(&|files| {
        let text = String::from_utf8(files[LIST].clone()).unwrap();
        put(files, LIST, &text.replace("/Doc_0/Signs/Sign_0/", "../../../etc/"));
    });
    assert_eq!(led_out, "proof.ofd.missing");
}

#[test]
fn no_changed_or_missing_byte_of_a_sealed_file_is_accepted() {
    let world = world();
    let anchors = world.anchors();
    let file = sealed(world);
    for at in (0..file.len()).step_by(3) {
        let mut wrong = file.clone();
        wrong[at] ^= 1 << (at % 8);
        match verify(&wrong, &anchors, now()) {
            Err(_) => {}
            // Times and versions of the container's headers say nothing of the document.
            Ok(_) => {
                let (ours, theirs) = (Document::parse(&file), Document::parse(&wrong));
                assert_eq!(ours.unwrap(), theirs.unwrap(), "byte {at}");
            }
        }
        assert!(verify(&file[..at], &anchors, now()).is_err(), "cut at {at}");
    }
}

#[test]
fn containers_that_two_readers_could_read_differently_are_refused() {
    let code = |bytes: &[u8]| Document::parse(bytes).unwrap_err().code;
    let of = |names: &[&str]| container(names.iter().map(|name| (*name, &b"x"[..])));
    for names in [
        &["a", "a"][..],
        &["a", "A"],
        &["../a"],
        &["a/../../b"],
        &["/a"],
        &["a\\b"],
        &["C:a"],
        &["a//b"],
        &["./a"],
        &["a\0b"],
        &[""],
        &["a/"],
    ] {
        assert_eq!(code(&of(names)), "proof.ofd.container", "{names:?}");
    }
    let good = of(&["OFD.xml", "b"]);
    assert_eq!(code(&good), "proof.ofd.xml");
    assert_eq!(code(&[&b"MZ"[..], &good].concat()), "proof.ofd.container");
    assert_eq!(code(&[&good[..], b"x"].concat()), "proof.ofd.container");
    assert_eq!(code(b""), "proof.ofd.container");
    // One file's data told to be the other's.
    let mut overlap = good.clone();
    let second = overlap.windows(4).rposition(|w| w == b"PK\x01\x02").unwrap();
    overlap[second + 42..second + 46].copy_from_slice(&[0; 4]);
    assert_eq!(code(&overlap), "proof.ofd.container");
    // Another name in the file's own header than in the directory.
    let mut other = good.clone();
    let name = other.windows(7).position(|w| w == b"OFD.xml").unwrap();
    other[name] = b'X';
    assert_eq!(code(&other), "proof.ofd.container");
    // Encrypted, or told to be.
    let mut hidden = good;
    hidden[6] |= 1;
    assert_eq!(code(&hidden), "proof.ofd.container");
}

#[test]
fn a_container_that_would_burst_is_refused() {
    let files: Vec<String> = (0..3_000).map(|n| format!("f{n}")).collect();
    let many = container(files.iter().map(|name| (name.as_str(), &b""[..])));
    assert_eq!(Document::parse(&many).unwrap_err().code, "proof.ofd.container");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("bomb.ofd");
    python(
        "import sys, zipfile\nz = zipfile.ZipFile(sys.argv[1], 'w', zipfile.ZIP_DEFLATED)\n\
         for n in range(3):\n    z.writestr(f'f{n}', b'\\0' * (60 << 20))\nz.close()",
        &[&file.display().to_string()],
    )
    .unwrap();
    let bomb = fs::read(&file).unwrap();
    assert!(bomb.len() < 1 << 20);
    assert_eq!(Document::parse(&bomb).unwrap_err().code, "proof.ofd.container");
    // The same, told to be small: inflating stops where the size said it would.
    let mut small = container([("f", &[0; 100][..])].into_iter());
    for at in small
        .windows(4)
        .enumerate()
        .filter(|(_, w)| *w == [100, 0, 0, 0])
        .map(|(i, _)| i)
        .collect::<Vec<_>>()
    {
        small[at] = 99;
    }
    assert_eq!(Document::parse(&small).unwrap_err().code, "proof.ofd.container");
}

#[test]
fn xml_that_fetches_expands_or_nests_without_end_is_refused() {
    let named = "<OFD xmlns=\"http://www.ofdspec.org/2016\">";
    let code = |text: &str| {
        let text = text.replacen("<OFD>", named, 1);
        let file = container([("OFD.xml", text.as_bytes())].into_iter());
        Document::parse(&file).unwrap_err().code
    };
    for text in [
        "<!DOCTYPE OFD [<!ENTITY a SYSTEM \"file:///etc/passwd\">]><OFD>&a;</OFD>",
        "<!DOCTYPE l [<!ENTITY a \"aa\"><!ENTITY b \"&a;&a;\">]><OFD>&b;</OFD>",
        "<OFD>&unknown;</OFD>",
        "<OFD",
        "<OFD></Other>",
        "<OFD/><OFD/>",
        "<OFD a=\"1\" a=\"2\"/>",
        "<Other/>",
        "text",
        "",
    ] {
        assert_eq!(code(text), "proof.ofd.xml", "{text}");
    }
    let deep = format!("<OFD>{}{}</OFD>", "<a>".repeat(100_000), "</a>".repeat(100_000));
    assert_eq!(code(&deep), "proof.ofd.xml");
    let wide = format!("<OFD>{}</OFD>", "<a/>".repeat(200_001));
    assert_eq!(code(&wide), "proof.ofd.xml");
    assert_eq!(
        code("<OFD><DocBody><DocInfo/><DocRoot>../../x</DocRoot></DocBody></OFD>"),
        "proof.ofd.missing"
    );
}

#[test]
fn a_sheet_that_cannot_be_is_refused() {
    let pages = [page()];
    let good = Sheet {
        title: "证",
        author: "局",
        created_at: now(),
        font: "宋体",
        pages: &pages,
        data: None,
    };
    write(&good).unwrap();
    let off = [Page {
        marks: vec![Mark::Text { x: 300_000, y: 9_000, size: 4_000, text: "a".into() }],
        ..page()
    }];
    let many = vec![page(); PAGES_MAX + 1];
    for (field, wrong) in [
        ("title", Sheet { title: "", ..good.clone() }),
        ("author", Sheet { author: "a\u{0}", ..good.clone() }),
        ("pages", Sheet { pages: &[], ..good.clone() }),
        ("pages", Sheet { pages: &many, ..good.clone() }),
        ("pages", Sheet { pages: &[Page { width: 0, ..page() }], ..good.clone() }),
        ("marks", Sheet { pages: &off, ..good.clone() }),
    ] {
        assert_eq!(write(&wrong).unwrap_err().args, [("field", field.to_owned())]);
    }
    let world = world();
    let nowhere = [Placement { page: 2, ..PLACE }];
    let chain = world.agency_chain();
    let refused = seal(&sheet(), &world.seal, &world.agency_key, &chain, &nowhere, now());
    assert_eq!(refused.unwrap_err().code, "proof.ofd.placement");
}

proptest! {
    #[test]
    fn arbitrary_bytes_are_no_document(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        prop_assert!(Document::parse(&bytes).is_err());
        let file = container([("OFD.xml", bytes.as_slice())].into_iter());
        prop_assert!(Document::parse(&file).is_err());
    }

    #[test]
    fn texts_read_back(text in "[^\\p{C}\\p{Z}]{1,40}") {
        let mark = Mark::Text { x: 0, y: 9_000, size: 4_000, text: text.clone() };
        let pages = [Page { marks: vec![mark], ..page() }];
        let file = write(&Sheet {
            title: &text, author: "局", created_at: now(), font: "宋体", pages: &pages, data: None,
        }).unwrap();
        let read = Document::parse(&file).unwrap();
        prop_assert_eq!(read.title, text.clone());
        prop_assert_eq!(&read.pages[0], &format!("{text}\n"));
    }
}

/// The bits of every header, and of the last byte of every file's data.
fn headers_of(file: &[u8]) -> Vec<usize> {
    let starts = file.windows(4).enumerate().filter(|(_, four)| four.starts_with(b"PK"));
    let bytes = starts.flat_map(|(at, _)| at.saturating_sub(1)..(at + 46).min(file.len()));
    bytes.flat_map(|at| at * 8..at * 8 + 8).collect()
}
