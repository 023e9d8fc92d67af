//! Files judged by their content.

use super::on_both;
use super::world::World;
use crate::draft::sniff::{PIXELS_MAX, media_type};
use crate::draft::{Change, amend, attach, detach, open, read_file};
use kernel::Kind;
use proptest::prelude::*;
use serde_json::json;
use std::collections::BTreeMap;
use std::path::Path;
use testkit::Fuzz;

on_both!(a_file_is_judged_stored_once_and_shown_to_its_owner_only);

fn pdf(size: usize) -> Vec<u8> {
    let mut out = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n".to_vec();
    out.resize(size.max(64) - 6, b' ');
    out.extend(b"%%EOF\n");
    out
}

fn png(width: u32, height: u32) -> Vec<u8> {
    let mut out = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec();
    out.extend(width.to_be_bytes());
    out.extend(height.to_be_bytes());
    out.extend(b"\x08\x02\0\0\0\0\0\0\0\0\0\0\0IEND\xae\x42\x60\x82");
    out
}

fn jpeg(width: u16, height: u16) -> Vec<u8> {
    let mut out = b"\xff\xd8\xff\xe0\0\x04ab\xff\xc0\0\x0b\x08".to_vec();
    out.extend(height.to_be_bytes());
    out.extend(width.to_be_bytes());
    out.extend(b"\x01\x01\x11\0\xff\xd9");
    out
}

#[test]
fn a_file_is_what_its_content_is() {
    let code = |content: &[u8]| media_type(content).map_err(|error| error.code);
    assert_eq!(code(&pdf(100)), Ok("application/pdf"));
    assert_eq!(code(&png(800, 600)), Ok("image/png"));
    assert_eq!(code(&jpeg(800, 600)), Ok("image/jpeg"));
    assert_eq!(code(b"GIF89a"), Err("draft.file_kind"));
    assert_eq!(code(b"MZ\x90"), Err("draft.file_kind"));
    assert_eq!(code(b"<html>"), Err("draft.file_kind"));
    assert_eq!(code(b"PK\x03\x04 word/document.xml"), Err("draft.file_kind"));
    assert_eq!(code(b"%PDF-1.7 cut"), Err("draft.file_broken"));
    assert_eq!(code(&png(0, 600)), Err("draft.file_broken"));
    assert_eq!(code(b"\xff\xd8\xff\xd9"), Err("draft.file_broken"));
    let locked = [b"%PDF-1.7 /Encrypt 5 0 R ".as_slice(), b"%%EOF"].concat();
    assert_eq!(code(&locked), Err("draft.file_locked"));
    let active = [b"%PDF-1.7 /OpenAction << /S /JavaScript ".as_slice(), b"%%EOF"].concat();
    assert_eq!(code(&active), Err("draft.file_active"));
    let many = [b"%PDF-1.7 ".to_vec(), b"1 0 obj ".repeat(20_001), b"%%EOF".to_vec()].concat();
    assert_eq!(code(&many), Err("draft.file_objects"));
}

#[test]
fn a_picture_that_unfolds_too_far_is_refused_by_its_header() {
    assert_eq!(media_type(&png(65_000, 65_000)).unwrap_err().code, "draft.file_pixels");
    assert_eq!(media_type(&jpeg(65_000, 65_000)).unwrap_err().code, "draft.file_pixels");
    let side = u32::try_from(PIXELS_MAX / 10_000).unwrap();
    assert!(media_type(&png(10_000, side)).is_ok());
    assert!(media_type(&png(10_000, side + 1)).is_err());
    assert!(media_type(&png(u32::MAX, u32::MAX)).is_err());
}

proptest! {
    #[test]
    fn any_bytes_are_judged(head in 0usize..4, tail in proptest::collection::vec(any::<u8>(), 0..300)) {
        let heads: [&[u8]; 4] = [b"%PDF-", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"PK\x03\x04"];
        let _judged = media_type(&[heads[head], &tail].concat());
    }
}

#[test]
fn an_upload_gone_wrong_is_judged_all_the_same() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus/upload");
    let tokens = [
        "%PDF-",
        "%%EOF",
        "/Encrypt",
        "/JavaScript",
        "/Count 99999999999",
        " obj",
        "/Type/Page",
        "IHDR",
        "IEND",
        "PK",
        "OFD.xml",
    ];
    let fuzz = Fuzz { name: "upload", corpus: &[(&folder, "")], tokens: &tokens, runs: 3_000 };
    fuzz.run(|content| media_type(content).is_ok());
}

async fn a_file_is_judged_stored_once_and_shown_to_its_owner_only(world: World) {
    let id = world.draft().await;
    let field = "paper_receipts";
    let send = async |name: &str, content: Vec<u8>| {
        world.run("mother", async |ctx| attach(ctx, &id, field, name, &content).await).await
    };
    let hidden = send("a.pdf", pdf(100)).await.unwrap_err();
    assert_eq!(hidden.fields[0].code, "draft.file_field", "a field not shown takes no file");
    let change = Change {
        answers: BTreeMap::from([("has_paper_receipts".to_owned(), json!("yes"))]),
        ..Change::default()
    };
    world.run("mother", async |ctx| amend(ctx, &id, None, change).await).await.unwrap();
    let fault = |error: kernel::Error| (error.fields[0].code.clone(), error.fields[0].args.clone());
    assert_eq!(fault(send("a.pdf", Vec::new()).await.unwrap_err()).0, "draft.file_empty");
    assert_eq!(fault(send("a.pdf", b"MZ".to_vec()).await.unwrap_err()).0, "draft.file_kind");
    let most = 10 * 1024 * 1024;
    let (code, args) = fault(send("a.pdf", pdf(most + 1)).await.unwrap_err());
    assert_eq!(code, "draft.file_size");
    assert_eq!(args, vec![("max", "10 MB".to_owned()), ("size", "10.1 MB".to_owned())]);
    let first = send("../../etc/passwd\u{202e}.pdf", pdf(200)).await.unwrap();
    let again = send("b.pdf", pdf(200)).await.unwrap();
    assert_eq!(first, again, "the same content is one file");
    let (row, content) =
        world.run("mother", async |ctx| read_file(ctx, &id, &first).await).await.unwrap();
    assert_eq!(
        (row.name.as_str(), row.media_type.as_str(), content.len()),
        ("passwd.pdf", "application/pdf", 200)
    );
    for who in ["father", "stranger", "clerk"] {
        let other = world.run(who, async |ctx| read_file(ctx, &id, &first).await).await;
        assert_eq!(other.unwrap_err().kind, Kind::NotFound, "{who}");
    }
    for n in 0..9 {
        send("c.pdf", pdf(300 + n)).await.unwrap();
    }
    assert_eq!(fault(send("d.pdf", pdf(400)).await.unwrap_err()).0, "draft.file_count");
    world.run("mother", async |ctx| detach(ctx, &id, &first).await).await.unwrap();
    let opened = world.run("mother", async |ctx| open(ctx, &id).await).await.unwrap();
    assert_eq!(opened.files.len(), 9);
}
