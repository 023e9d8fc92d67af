//! The small world the tests share, the same every time, and a door to OpenSSL.

use crate::certificate::{self, Certificate, Request, Role, Subject};
use crate::seal::{Design, Picture, Seal};
use crate::sm2sig::SigningKey;
use crate::status::{Entry, Status, StatusList};
use crate::{licence_token, pdf};
use kernel::{Random, Timestamp, canonical};
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

pub const LICENCE_ID: &str =
    "1.2.156.3005.2.11100000000013338W011.11430000006122244L.20230000403.001.U";
pub const AGENCY_CODE: &str = "11410500005840283N";

/// 2026-09-15 in China.
pub fn now() -> Timestamp {
    Timestamp(1_789_430_400_000_000)
}

pub struct World {
    pub root_key: SigningKey,
    pub root: Certificate,
    pub maker_key: SigningKey,
    pub maker: Certificate,
    pub agency_key: SigningKey,
    pub agency: Certificate,
    pub status_key: SigningKey,
    pub status: Certificate,
    pub seal: Seal,
}

pub fn key(number: u8) -> SigningKey {
    SigningKey::from_seed(&[number; 32]).unwrap()
}

pub fn subject(name: &str, code: &str) -> Subject {
    Subject { common_name: name.into(), organization: "河南省".into(), code: code.into() }
}

/// The world, made once: it is the same every time.
pub fn world() -> &'static World {
    static WORLD: OnceLock<World> = OnceLock::new();
    WORLD.get_or_init(make)
}

/// Makes the world anew.
pub fn make() -> World {
    let mut random = Random::from_number(7);
    let from = now().plus_days(-400);
    let (root_key, maker_key, agency_key, status_key) = (key(1), key(2), key(3), key(4));
    let root_subject = subject("一盘棋演示根", "");
    let root = certificate::issue_root(
        &root_key,
        &root_subject,
        from,
        from.plus_days(365 * 30),
        &mut random,
    )
    .unwrap();
    let mut issue = |name, code, role, key: &SigningKey| {
        let request = Request {
            subject: subject(name, code),
            role,
            key: &key.verifying_key(),
            valid_from: from,
            valid_until: from.plus_days(365 * 5),
        };
        certificate::issue(&request, &root, &root_key, &mut random).unwrap()
    };
    let maker = issue("河南省电子印章系统", "", Role::Authority { path_length: 0 }, &maker_key);
    let agency = issue("安阳市公安局", AGENCY_CODE, Role::Agency, &agency_key);
    let status = issue("证照状态发布", "", Role::StatusPublisher, &status_key);
    let picture = Picture {
        kind: "SVG".into(),
        data: b"<svg xmlns='http://www.w3.org/2000/svg'><circle r='20'/></svg>".to_vec(),
        width_mm: 42,
        height_mm: 42,
    };
    let design = Design {
        id: "41050000000001",
        name: "安阳市公安局电子证照专用章",
        holder: &agency,
        picture: &picture,
        created_at: from,
        valid_from: from,
        valid_until: from.plus_days(365 * 5),
    };
    let seal = Seal::make(&design, std::slice::from_ref(&maker), &maker_key).unwrap();
    World { root_key, root, maker_key, maker, agency_key, agency, status_key, status, seal }
}

pub fn licence() -> Value {
    json!({
        "licence_id": LICENCE_ID,
        "issuer_code": AGENCY_CODE,
        "holder": "张三",
        "valid_from": now().plus_days(-1).0,
        "valid_until": now().plus_days(365).0,
    })
}

/// A PDF of one page, with a stream that begins like a licence's page.
pub fn plain_pdf() -> Vec<u8> {
    use lopdf::{Document, Object, Stream, dictionary};
    let mut document = Document::with_version("1.7");
    let pages = document.new_object_id();
    let content = Stream::new(dictionary! {}, b"BT /F1 24 Tf 72 720 Td (Licence) Tj ET".to_vec());
    let content = document.add_object(content);
    let font = document.add_object(dictionary! {
        "Type" => "Font", "Subtype" => "Type1", "BaseFont" => "Helvetica",
    });
    let page = document.add_object(dictionary! {
        "Type" => "Page",
        "Parent" => pages,
        "Contents" => content,
        "Resources" => dictionary! { "Font" => dictionary! { "F1" => font } },
        "MediaBox" => vec![0.into(), 0.into(), 595.into(), 842.into()],
    });
    let tree = dictionary! {
        "Type" => "Pages", "Kids" => vec![Object::from(page)], "Count" => 1,
    };
    document.objects.insert(pages, Object::Dictionary(tree));
    let catalog = document.add_object(dictionary! { "Type" => "Catalog", "Pages" => pages });
    document.trailer.set("Root", catalog);
    let mut bytes = Vec::new();
    document.save_to(&mut bytes).unwrap();
    bytes
}

/// A PDF with a classic cross-reference table, written by hand.
pub fn classic_pdf() -> Vec<u8> {
    let mut file = b"%PDF-1.4\n".to_vec();
    let mut offsets = Vec::new();
    for (number, body) in [
        "<</Type/Catalog/Pages 2 0 R/Lang(zh-CN)>>",
        "<</Type/Pages/Kids[3 0 R]/Count 1>>",
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Annots 4 0 R>>",
        "[<</Type/Annot/Subtype/Link/Rect[0 0 9 9]>>]",
    ]
    .into_iter()
    .enumerate()
    {
        offsets.push(file.len());
        file.extend_from_slice(format!("{} 0 obj\n{body}\nendobj\n", number + 1).as_bytes());
    }
    let table = file.len();
    file.extend_from_slice(b"xref\n0 5\n0000000000 65535 f \n");
    for offset in offsets {
        file.extend_from_slice(format!("{offset:010} 00000 n \n").as_bytes());
    }
    file.extend_from_slice(
        format!("trailer\n<</Size 5/Root 1 0 R>>\nstartxref\n{table}\n%%EOF\n").as_bytes(),
    );
    file
}

impl World {
    pub fn anchors(&self) -> Vec<Certificate> {
        vec![self.root.clone()]
    }

    pub fn agency_chain(&self) -> Vec<Certificate> {
        vec![self.agency.clone()]
    }

    pub fn sealed_pdf(&self, licence: &Value) -> Vec<u8> {
        let payload = canonical::to_string(licence).unwrap();
        pdf::sign(
            &plain_pdf(),
            &self.seal,
            &self.agency_key,
            &self.agency_chain(),
            now(),
            payload.as_bytes(),
        )
        .unwrap()
    }

    pub fn signed_json(&self, kind: &str, body: &Value) -> Vec<u8> {
        licence_token::sign_json(kind, body, &self.agency_key, &self.agency_chain(), now())
            .unwrap()
            .to_bytes()
            .unwrap()
    }

    pub fn status_list(&self, entries: Vec<Entry>) -> StatusList {
        StatusList {
            issuer: "河南省电子证照平台".into(),
            issued_at: now(),
            next_update: now().plus_days(1),
            entries,
        }
    }

    pub fn revoked(&self) -> Entry {
        Entry {
            licence_id: LICENCE_ID.into(),
            status: Status::Withdrawn,
            since: now(),
            reason: "依据不足".into(),
        }
    }
}

/// Runs OpenSSL in a folder and returns what it printed; a failure of it is told.
pub fn openssl(folder: &Path, arguments: &[&str]) -> Result<String, String> {
    let output = Command::new("openssl")
        .args(arguments)
        .current_dir(folder)
        .output()
        .expect("the openssl command, which these tests need, is not installed");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr);
    if output.status.success() { Ok(text) } else { Err(format!("{text}{errors}")) }
}

/// Runs a script in the Python environment of the tests and returns what it printed; a failure of
/// it is told.
pub fn python(script: &str, arguments: &[&str]) -> Result<String, String> {
    let python = std::env::var("YIPAN_TEST_PYTHON")
        .expect("YIPAN_TEST_PYTHON, which `cargo xtask test` sets, names no interpreter");
    let output = Command::new(python)
        .args(["-c", script])
        .args(arguments)
        .env("PYTHONIOENCODING", "utf-8")
        .output()
        .expect("the Python environment of the tests cannot be run");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr);
    if output.status.success() { Ok(text) } else { Err(format!("{text}{errors}")) }
}
