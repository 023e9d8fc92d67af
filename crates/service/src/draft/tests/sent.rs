//! Files sent over REST: as a part, as the body, in base64; the same checks as on pages.

use super::on_both;
use super::world::World;
use crate::draft::{Change, amend};
use axum::http::{Request, StatusCode, header};
use base64::Engine as _;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use webkit::app::UPLOAD_MAX;

on_both!(a_program_sends_a_file_in_each_way, a_file_that_is_not_taken_says_why);

const FIELD: &str = "paper_receipts";
const MIB: usize = 1024 * 1024;

fn pdf(size: usize) -> Vec<u8> {
    let mut out = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n".to_vec();
    out.resize(size.max(64) - 6, b' ');
    out.extend(b"%%EOF\n");
    out
}

fn parts(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut out = Vec::new();
    for (field, content) in files {
        let head = format!(
            "--cut\r\nContent-Disposition: form-data; name=\"{field}\"; filename=\"票据.pdf\"\r\n\
             Content-Type: image/png\r\n\r\n"
        );
        out.extend(head.bytes());
        out.extend(*content);
        out.extend(b"\r\n");
    }
    out.extend(b"--cut--\r\n");
    out
}

/// A draft in which the field is asked.
async fn draft(world: &World) -> String {
    let id = world.draft().await;
    let answers = BTreeMap::from([("has_paper_receipts".to_owned(), json!("yes"))]);
    let change = Change { answers, ..Change::default() };
    world.run("mother", async |ctx| amend(ctx, &id, None, change).await).await.unwrap();
    format!("/api/v1/drafts/{id}/files")
}

async fn send(
    world: &World,
    login: &str,
    path: &str,
    media: &str,
    body: Vec<u8>,
) -> (StatusCode, Json) {
    let request = Request::post(path).header(header::CONTENT_TYPE, media);
    let reply = world.call(login, request, body).await;
    (reply.status, serde_json::from_str(&reply.text).unwrap_or(Json::Null))
}

const PARTS: &str = "multipart/form-data; boundary=cut";

async fn a_program_sends_a_file_in_each_way(world: World) {
    let path = draft(&world).await;
    let own = format!("{path}?field={FIELD}&name=%E7%A5%A8%E6%8D%AE.pdf");
    let content = pdf(MIB);
    let base64 = base64::engine::general_purpose::STANDARD.encode(&content);
    let json = json!({ "field": FIELD, "name": "票据.pdf", "content": base64 }).to_string();
    let (status, first) = send(&world, "mother", &path, PARTS, parts(&[(FIELD, &content)])).await;
    assert_eq!(status, StatusCode::CREATED, "{first}");
    // The same content is the same file, in whichever way it comes and whatever type it claims.
    for (path, media, body) in [
        (&own, "application/octet-stream", content.clone()),
        (&own, "image/png", content.clone()),
        (&path, "application/json", json.into_bytes()),
    ] {
        let (status, again) = send(&world, "mother", path, media, body).await;
        assert_eq!((status, &again["id"]), (StatusCode::CREATED, &first["id"]), "{media} {again}");
    }
    assert_eq!(world.count("SELECT COUNT(*) FROM draft_file").await, 1);
    let (status, _) = send(&world, "stranger", &own, "application/pdf", pdf(99)).await;
    assert_eq!(status, StatusCode::NOT_FOUND, "another's draft");
    let (status, _) = send(&world, "", &own, "application/pdf", pdf(99)).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
}

async fn a_file_that_is_not_taken_says_why(world: World) {
    let path = draft(&world).await;
    let own = format!("{path}?field={FIELD}&name=a.pdf");
    let raw = "application/pdf";
    let unfolding = {
        let mut out = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec();
        out.extend([0, 0, 0xff, 0xff, 0, 0, 0xff, 0xff]);
        out.extend(b"\x08\x02\0\0\0\0\0\0\0\0\0\0\0IEND\xae\x42\x60\x82");
        out
    };
    let over = pdf(10 * MIB + MIB / 10);
    for (media, body, code, told) in [
        (raw, over.clone(), "draft.file_size", "10 MB"),
        (PARTS, parts(&[(FIELD, &over)]), "draft.file_size", "10.1 MB"),
        (raw, Vec::new(), "draft.file_empty", ""),
        (PARTS, parts(&[(FIELD, b"")]), "draft.file_empty", ""),
        (raw, unfolding.clone(), "draft.file_pixels", ""),
        (PARTS, parts(&[(FIELD, &unfolding)]), "draft.file_pixels", ""),
        (raw, b"<html><script>".to_vec(), "draft.file_kind", ""),
        (PARTS, parts(&[(FIELD, b"MZ\x90\0")]), "draft.file_kind", ""),
        (PARTS, parts(&[("no_such_field", &pdf(99))]), "draft.file_field", ""),
    ] {
        let (status, problem) = send(&world, "mother", &own, media, body).await;
        let fault = &problem["errors"][0];
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{code} {problem}");
        assert_eq!(fault["code"], code, "{problem}");
        assert!(fault["message"].as_str().unwrap().contains(told), "{problem}");
    }
    let base64 = json!({ "field": FIELD, "name": "a.pdf", "content": "!" }).to_string();
    for (path, media, body, code) in [
        (&path, raw, pdf(99), "form.json_missing"),
        (&path, "application/json", base64.into_bytes(), "form.base64"),
    ] {
        let (_, problem) = send(&world, "mother", path, media, body).await;
        assert_eq!(problem["errors"][0]["code"], code, "{problem}");
    }
    let twice = parts(&[(FIELD, &pdf(99)), (FIELD, &pdf(98))]);
    for (media, body, code) in [
        (PARTS, twice, "form.one_file"),
        (PARTS, parts(&[]), "form.one_file"),
        (PARTS, b"--other".to_vec(), "form.malformed"),
        (raw, vec![0; UPLOAD_MAX + 1], "form.upload_size"),
        (PARTS, parts(&[(FIELD, &vec![0; UPLOAD_MAX])]), "form.upload_size"),
    ] {
        let (status, problem) = send(&world, "mother", &own, media, body).await;
        assert_eq!(problem["code"], code, "{status} {problem}");
    }
    assert_eq!(world.count("SELECT COUNT(*) FROM draft_file").await, 0, "nothing was kept");
}
