//! Printed licences and sealed documents, with real typesetting where the page matters.

use super::world::*;
use crate::{register, seal, status};
use kernel::{Result, Text};
use proof::status::SignedStatus;
use proptest::prelude::*;
use serde_json::{Value as Json, json};
use std::sync::{Arc, LazyLock};
use store::{Typeset, vals};

/// The real typesetter; one for all tests of a process, since fonts are large.
pub struct Real;

static SETTER: LazyLock<document::Typesetter> = LazyLock::new(|| {
    document::Typesetter::new(document::Fonts::load(&[]).expect("fonts-noto-cjk is installed"))
});

impl Typeset for Real {
    fn render(&self, layout: &str, data: &Json, images: &[(&str, String)]) -> Result<Vec<u8>> {
        let images: Vec<(&str, &[u8])> =
            images.iter().map(|(name, svg)| (*name, svg.as_bytes())).collect();
        SETTER.render(layout, data, &images)
    }

    fn qr_svg(&self, text: &str) -> Result<String> {
        Plain.qr_svg(text)
    }

    fn qr_rows(&self, text: &str) -> Result<Vec<Vec<bool>>> {
        Plain.qr_rows(text)
    }

    fn seal_svg(&self, agency: &str, code: &str) -> Result<String> {
        Plain.seal_svg(agency, code)
    }

    fn face_svg(&self, picture: store::SealPicture<'_>) -> Result<String> {
        Plain.face_svg(picture)
    }
}

#[tokio::test]
async fn a_sheet_verifies_offline_and_one_changed_byte_fails() {
    let world = world_with(Arc::new(Real)).await;
    let person = world.person("许小满", 1).await;
    let issued = world.licence(&person).await;
    let file = register::sheet_file(&world.env, &issued.id).await.unwrap();
    let mut ctx = world.system().await;
    let anchors = seal::trust_anchors(&mut ctx).await.unwrap();
    drop(ctx);
    let list = SignedStatus::parse(&status::all(&world.env).await.unwrap()).unwrap();
    let report = proof::verify::verify_file(&file, &anchors, Some(&list), now());
    assert!(report.valid, "{:?}", report.failure());
    let body = report.body.unwrap();
    assert_eq!(body["licence_id"], issued.identifier);
    for place in [20, file.len() / 3, file.len() / 2, file.len() - 3] {
        let mut changed = file.clone();
        changed[place] ^= 1;
        let report = proof::verify::verify_file(&changed, &anchors, Some(&list), now());
        assert!(!report.valid, "byte {place}");
    }
    // The agency's signature over the data, taken out of the sheet, is the one made at issue.
    let mut signed = body["proof"].as_object().unwrap().clone();
    let mut plain = body.as_object().unwrap().clone();
    plain.remove("proof");
    signed.insert("body".to_owned(), Json::Object(plain));
    let signed = kernel::canonical::to_string(&Json::Object(signed)).unwrap();
    let report = proof::verify::verify_file(signed.as_bytes(), &anchors, Some(&list), now());
    assert!(report.valid, "{:?}", report.failure());
    world.revoke(&issued.id).await.unwrap();
    let list = SignedStatus::parse(&status::all(&world.env).await.unwrap()).unwrap();
    let report = proof::verify::verify_file(&file, &anchors, Some(&list), now());
    assert_eq!(report.failure().unwrap().name, "status");
}

#[tokio::test]
async fn a_sheet_made_again_is_the_same_file() {
    let world = world_with(Arc::new(Real)).await;
    let person = world.person("许小满", 1).await;
    let issued = world.licence(&person).await;
    let again = async || {
        let mut ctx = world.system().await;
        ctx.execute("DELETE FROM licence_sheet", vals![]).await.unwrap();
        ctx.commit().await.unwrap();
        register::sheet_file(&world.env, &issued.id).await.unwrap()
    };
    let first = register::sheet_file(&world.env, &issued.id).await.unwrap();
    assert_eq!(first, again().await);
    // Later all is the same but the time stamp, which says when it was put.
    world.env.clock.advance_us(3 * kernel::time::DAY_US);
    let later = again().await;
    let sealed = |file: &[u8]| proof::pdf::series::first(file).unwrap().len();
    assert_eq!(first.len(), later.len());
    assert_eq!(first[..sealed(&first)], later[..sealed(&later)]);
    let different = first.iter().zip(&later).filter(|(one, other)| one != other).count();
    assert!(different > 0 && different < 2_000, "{different}");
}

pub fn notice() -> Json {
    let text = std::fs::read_to_string(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../packs/standard/layouts/notice.sample.json"
    ))
    .unwrap();
    serde_json::from_str(&text).unwrap()
}

#[tokio::test]
async fn a_sealed_document_is_genuine_by_its_code_and_by_its_file() {
    let world = world_with(Arc::new(Real)).await;
    let mut ctx = world.system().await;
    let made =
        seal::document(&mut ctx, POLICE, "notice", notice(), "补正告知书", "01CASE").await.unwrap();
    ctx.commit().await.unwrap();
    let list = SignedStatus::parse(&status::all(&world.env).await.unwrap()).unwrap();
    let mut ctx = world.system().await;
    let found = crate::verify::peek(&mut ctx, &list, &made.code).await.unwrap().unwrap();
    assert!(found.valid, "{:?}", found.checks);
    assert_eq!(found.document.unwrap().digest, made.digest);
    let mut file = seal::file(&mut ctx, &made.id).await.unwrap();
    let found = crate::verify::by_file(&mut ctx, &list, &file, "").await.unwrap();
    assert!(found.valid, "{:?}", found.checks);
    let middle = file.len() / 2;
    file[middle] ^= 1;
    let found = crate::verify::by_file(&mut ctx, &list, &file, "").await.unwrap();
    assert!(!found.valid && found.document.is_none());
}

#[tokio::test]
async fn a_sheet_in_the_national_form_is_the_same_each_time_and_verifies_offline() {
    let world = world_on_server().await;
    let person = world.person("许小满", 1).await;
    let issued = world.licence(&person).await;
    let file = register::ofd_file(&world.env, &issued.id).await.unwrap();
    assert_eq!(register::ofd_file(&world.env, &issued.id).await.unwrap(), file);
    let list = SignedStatus::parse(&status::all(&world.env).await.unwrap()).unwrap();
    let mut ctx = world.system().await;
    let anchors = seal::trust_anchors(&mut ctx).await.unwrap();
    let sql = "SELECT COUNT(*) FROM seal_use WHERE document_digest = $1";
    let digest = proof::digest::sm3_hex(&file);
    assert_eq!(ctx.count(sql, vals![digest]).await.unwrap(), 1, "logged once");
    let report = proof::verify::verify_file(&file, &anchors, Some(&list), now());
    assert!(report.valid, "{:?}", report.failure());
    assert_eq!(report.body.unwrap()["licence_id"], issued.identifier);
    let sheet = proof::ofd::Document::parse(&file).unwrap();
    assert_eq!(sheet.pages.len(), 2, "front and reverse");
    for text in ["居民户口簿（常住人口登记卡）", "许小满", "金水区书院街 27 号", &issued.identifier]
    {
        assert!(sheet.pages.concat().contains(text), "{text}: {:?}", sheet.pages);
    }
    let found = crate::verify::by_file(&mut ctx, &list, &file, "核对").await.unwrap();
    assert!(found.valid && found.licence.is_some(), "{:?}", found.checks);
    let row = register::store::get(&mut ctx, &issued.id).await.unwrap();
    let link = format!("{}/verify?code={}", world.env.settings.base_url, row.code);
    assert_eq!(code_of(&sheet, 20_000), document::qr_rows(&link).unwrap(), "read back as it is");
    ctx.commit().await.unwrap();
    world.revoke(&issued.id).await.unwrap();
    let list = SignedStatus::parse(&status::all(&world.env).await.unwrap()).unwrap();
    let report = proof::verify::verify_file(&file, &anchors, Some(&list), now());
    assert_eq!(report.failure().unwrap().name, "status");
}

/// The code that the thick dark lines of the first page draw, a side of so many micrometres, read from
/// the page as a reader of OFD draws it.
fn code_of(sheet: &proof::ofd::Document, side: u32) -> Vec<Vec<bool>> {
    let page = &sheet.files()["Doc_0/Pages/Page_0/Content.xml"];
    let page = String::from_utf8(page.clone()).unwrap();
    let um = |text: &str| (text.parse::<f64>().unwrap() * 1_000.0).round() as u32;
    let within = |text: &str, from: &str, to: &str| {
        text.split(from).nth(1).unwrap().split(to).next().unwrap().to_owned()
    };
    let lines: Vec<(u32, [u32; 4])> = page
        .split("<ofd:PathObject")
        .skip(1)
        .filter(|one| one.contains("Value=\"18 34 44\""))
        .map(|one| {
            let drawn = within(one, "<ofd:AbbreviatedData>M ", "</ofd:AbbreviatedData>");
            let at: Vec<u32> = drawn.replace(" L ", " ").split_whitespace().map(um).collect();
            (um(&within(one, "LineWidth=\"", "\"")), at.try_into().unwrap())
        })
        .collect();
    let module = lines[0].0;
    let count = (side / module) as usize;
    let left = lines.iter().map(|(_, at)| at[0]).min().unwrap();
    let top = lines.iter().map(|(_, at)| at[1]).min().unwrap();
    let mut rows = vec![vec![false; count]; count];
    for (thick, [from, y, to, end]) in lines {
        assert_eq!((thick, y), (module, end), "level, and as thick as a module");
        let row = &mut rows[((y - top) / module) as usize];
        row[((from - left) / module) as usize..((to - left) / module) as usize].fill(true);
    }
    rows
}

#[tokio::test]
async fn every_type_has_its_sheet_in_the_national_form() {
    let world = world().await;
    let pack = world.env.pack.clone();
    let mut drawn = 0;
    for kind in pack.licence_types().filter(|kind| kind.layout.is_some()) {
        for seed in 0..3 {
            let agency = crate::types::specimen::issuer(&world.env, kind).unwrap();
            let opened = crate::types::specimen::made_up(&world.env, kind, &agency, seed).unwrap();
            let made = register::ofd::draw(&world.env, &opened, b"{}").unwrap();
            let sheet = proof::ofd::Document::parse(&made.file).unwrap();
            assert!(made.seal.page < sheet.pages.len(), "{}", kind.id);
            assert!(sheet.pages[made.seal.page].contains(&agency.name.zh), "{}", kind.id);
            drawn += 1;
        }
    }
    assert!(drawn > 75, "{drawn}");
}

#[tokio::test]
async fn a_document_drawn_before_its_transaction_is_the_same_as_one_drawn_inside() {
    let world = world().await;
    let drawn =
        seal::draw(&world.env, POLICE, "notice", notice(), "告知书", "01CASE").await.unwrap();
    let mut ctx = world.system().await;
    let made = seal::put(&mut ctx, drawn).await.unwrap();
    ctx.commit().await.unwrap();
    let mut ctx = world.system().await;
    let file = seal::file(&mut ctx, &made.id).await.unwrap();
    assert_eq!(proof::digest::sm3_hex(&file), made.digest);
    let sql = "SELECT COUNT(*) FROM seal_use WHERE document_digest = $1";
    assert_eq!(ctx.count(sql, vals![&made.digest]).await.unwrap(), 1);
}

#[tokio::test]
async fn a_suspended_seal_seals_nothing_until_it_is_resumed() {
    let world = world().await;
    let person = world.person("许小满", 1).await;
    let issued = world.licence(&person).await;
    let mut ctx = world.system().await;
    let (seals, _) = seal::list(&mut ctx, "").await.unwrap();
    let [only] = &seals[..] else { panic!("{seals:?}") };
    let id = only.id.clone();
    seal::suspend(&mut ctx, &id, 1, "经办人调离").await.unwrap();
    assert_eq!(seal::suspend(&mut ctx, &id, 1, "再停").await.unwrap_err().code, "licence.stale");
    ctx.commit().await.unwrap();
    let other = world.person("李建国", 3).await;
    let mut ctx = world.system().await;
    let error = crate::issue(&mut ctx, issue_for(&other)).await.unwrap_err();
    assert_eq!(error.code, "licence.seal_suspended");
    let error =
        seal::document(&mut ctx, POLICE, "notice", notice(), "告知书", "").await.unwrap_err();
    assert_eq!(error.code, "licence.seal_suspended");
    drop(ctx);
    let error = register::sheet_digest(&world.env, &issued.id).await.unwrap_err();
    assert_eq!(error.code, "licence.seal_suspended");
    let mut ctx = world.system().await;
    seal::resume(&mut ctx, &id, 2, "已交接").await.unwrap();
    crate::issue(&mut ctx, issue_for(&other)).await.unwrap();
}

#[tokio::test]
async fn a_birth_certificate_with_every_field_fits_its_sheet() {
    let world = world_with(Arc::new(Real)).await;
    let mother = world.person("许小满", 2).await;
    let child = world.child_of(&mother).await;
    let mut ctx = world.system().await;
    let new = crate::Issue {
        type_id: BIRTH.to_owned(),
        holder_person: child.id.clone(),
        holder_name: child.name.clone(),
        agency_id: HEALTH.to_owned(),
        fields: json!({
            "child_name": "许安安", "child_sex": "female", "born_at": "2026-09-01T08:21",
            "gestation_weeks": 39, "weight_g": 3250, "length_cm": 50,
            "birth_place": "郑州市金水区妇幼保健院花园路院区产科", "mother_name": "许小满",
            "mother_number": mother.number, "father_name": "陈一禾",
            "father_number": "410105199403050013",
        }),
        ..crate::Issue::default()
    };
    let issued = crate::issue(&mut ctx, new).await.unwrap();
    ctx.commit().await.unwrap();
    let file = register::sheet_file(&world.env, &issued.id).await.unwrap();
    assert!(file.starts_with(b"%PDF-"));
}

proptest! {
    /// The layout sets two short values to a line and cannot begin a long one in its middle.
    #[test]
    fn a_long_value_always_begins_a_line(lengths in prop::collection::vec(1_usize..40, 0..20)) {
        let field = |length: &usize| (Text::new("名", "Name"), Text::new("字".repeat(*length), ""));
        let fields: Vec<(Text, Text)> = lengths.iter().map(field).collect();
        let laid = register::sheet::lay_out(&fields);
        prop_assert_eq!(laid.len(), fields.len());
        let mut column = 0;
        for (cell, length) in laid.iter().zip(&lengths) {
            let wide = cell["wide"].as_bool().unwrap();
            prop_assert!(wide || *length <= 18);
            prop_assert!(!wide || column == 0);
            column = if wide { 0 } else { 1 - column };
        }
    }
}
