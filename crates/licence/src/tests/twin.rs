//! What is issued bears a signature that other people's readers accept, with `pdfsig` and pyHanko as
//! the judges; the key that makes it lives and ends with that of the seal.

use super::authority::{administrator, by_two};
use super::sheets::Real;
use super::world::*;
use crate::authority::{self, Act, Cause, Certified};
use crate::{register, seal};
use proof::certificate::Certificate;
use proof::key::Algorithm;
use serde_json::json;
use std::process::Command;
use std::sync::Arc;
use store::vals;

const JUDGE: &str = "import sys, json, datetime
from asn1crypto import pem, x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext
order = json.loads(sys.argv[1])
root = x509.Certificate.load(pem.unarmor(open(order['root'], 'rb').read())[2])
at = datetime.datetime.fromtimestamp(order['at'], datetime.timezone.utc)
reader = PdfFileReader(open(order['file'], 'rb'))
context = lambda: ValidationContext(trust_roots=[root], moment=at, allow_fetching=False)
for signature in reader.embedded_signatures:
    got = validate_pdf_signature(signature, context(), ts_validation_context=context())
    print(got.bottom_line, got.coverage.name, got.timestamp_validity.valid)
";

/// What both judges say of a file.
pub(super) async fn judged(world: &World, file: &[u8]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("f.pdf");
    std::fs::write(&path, file).unwrap();
    let mut ctx = world.system().await;
    let anchors = seal::trust_anchors(&mut ctx).await.unwrap();
    drop(ctx);
    let root = anchors.iter().find(|one| one.public_key().algorithm() == Algorithm::P256).unwrap();
    let pem = folder.path().join("root.pem");
    std::fs::write(&pem, root.to_pem().unwrap()).unwrap();
    let output = Command::new("pdfsig")
        .args(["-nocert", "f.pdf"])
        .current_dir(folder.path())
        .output()
        .expect("pdfsig, which these tests need, is not installed");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let order = json!({ "file": path, "root": pem, "at": world.env.clock.now().0 / 1_000_000 });
    said + &testkit::judge(JUDGE, order).await.unwrap()
}

async fn newest(world: &World, profile: &str) -> Option<Certified> {
    let mut ctx = world.as_actor(&administrator(world, "丙")).await;
    let sql = "SELECT id FROM authority_certificate WHERE holder = $1 AND profile = $2
         ORDER BY id DESC LIMIT 1";
    let id: Option<String> = ctx.scalar(sql, vals![POLICE, profile]).await.unwrap();
    match id {
        Some(id) => Some(authority::certificate(&mut ctx, &id).await.unwrap()),
        None => None,
    }
}

/// The names of the checks that a file passes; none fails.
async fn passed(world: &World, file: &[u8]) -> Vec<String> {
    let mut ctx = world.system().await;
    let anchors = seal::trust_anchors(&mut ctx).await.unwrap();
    let report = proof::verify::verify_file(file, &anchors, None, ctx.now);
    assert!(report.valid, "{:?}", report.failure());
    report.checks.into_iter().map(|check| check.name).collect()
}

#[tokio::test]
async fn readers_of_others_accept_an_issued_sheet_and_a_notice() {
    let world = world_with(Arc::new(Real)).await;
    let person = world.person("许小满", 1).await;
    let issued = world.licence(&person).await;
    let sheet = register::sheet_file(&world.env, &issued.id).await.unwrap();
    let mut ctx = world.system().await;
    let data = super::sheets::notice();
    let made = seal::document(&mut ctx, POLICE, "notice", data, "告知书", "01CASE").await.unwrap();
    let notice = seal::file(&mut ctx, &made.id).await.unwrap();
    ctx.commit().await.unwrap();
    for file in [&sheet, &notice] {
        let said = judged(&world, file).await;
        assert!(said.contains("Signature is Valid"), "{said}");
        assert!(said.contains("Total document signed"), "{said}");
        assert!(said.contains("True ENTIRE_FILE True"), "{said}");
        assert!(passed(&world, file).await.contains(&"pades".to_owned()));
    }
    let mut wrong = sheet.clone();
    wrong[sheet.len() / 2] ^= 1;
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("f.pdf"), &wrong).unwrap();
    let output = Command::new("pdfsig").arg("f.pdf").current_dir(folder.path()).output().unwrap();
    assert!(!String::from_utf8_lossy(&output.stdout).contains("Signature is Valid"));
}

#[tokio::test]
async fn the_twin_is_renewed_suspended_and_ended_with_its_seal() {
    let world = world_on_server().await;
    let person = world.person("许小满", 1).await;
    let issued = world.licence(&person).await;
    let first = newest(&world, "twin").await.unwrap();
    let sheet = register::sheet_file(&world.env, &issued.id).await.unwrap();
    assert!(passed(&world, &sheet).await.contains(&"pades".to_owned()));
    // By itself it is not renewed.
    let alone = by_two(&world, &Act::Renew { certificate: first.id.clone() }).await;
    assert_eq!(alone.unwrap_err().code, "licence.certificate_twin");
    world.env.clock.advance_us(60 * kernel::time::SECOND_US);
    let seal = newest(&world, "agency").await.unwrap();
    by_two(&world, &Act::Renew { certificate: seal.id }).await.unwrap();
    let second = newest(&world, "twin").await.unwrap();
    assert_eq!(second.predecessor, first.id);
    assert!(passed(&world, &sheet).await.contains(&"pades".to_owned()), "the old one verifies");
    // Taken back, it signs no more; the seal does.
    let cause = Cause::Superseded;
    let revoke = Act::Revoke { certificate: second.id.clone(), cause, since: None };
    by_two(&world, &revoke).await.unwrap();
    let other = world.person("李建国", 3).await;
    let issued = world.licence(&other).await;
    let sheet = register::sheet_file(&world.env, &issued.id).await.unwrap();
    assert!(!passed(&world, &sheet).await.contains(&"pades".to_owned()));
}

#[tokio::test]
async fn keys_from_before_get_their_twins_at_the_next_start() {
    let world = world().await;
    let person = world.person("许小满", 1).await;
    world.licence(&person).await;
    let first = newest(&world, "twin").await.unwrap();
    let mut ctx = world.system().await;
    let sql = "UPDATE agency_key SET twin_sealed = NULL, twin_certificate = NULL";
    ctx.execute(sql, vals![]).await.unwrap();
    ctx.commit().await.unwrap();
    world.env.clock.advance_us(60 * kernel::time::SECOND_US);
    seal::provision(&world.env).await.unwrap();
    let next = newest(&world, "twin").await.unwrap();
    assert_eq!(next.predecessor, first.id);
    let own = Certificate::from_pem(&next.certificate).unwrap();
    assert_eq!(own.public_key().algorithm(), Algorithm::P256);
    assert_eq!(own.subject().code, world.env.pack.agency(POLICE).unwrap().credit_code);
}
