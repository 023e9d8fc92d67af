//! A root, an agency with its seal and what it signs, the same every time; and the program under test.

use kernel::{Random, Timestamp, canonical};
use proof::certificate::revocation::{Crl, Issue, Reason, Revoked};
use proof::certificate::{Certificate, Request, Role, Subject, issue, issue_root};
use proof::cms::{self, Content, Signing};
use proof::jose::sdjwt::{self, Issuer, Occasion, SdJwt};
use proof::key::PublicKey;
use proof::licence_token::sign_json;
use proof::log::{Checkpoint, Frontier, NoteSigner, leaf_hash, node_hash};
use proof::ofd::{self, Mark, Page, Placement, Sheet};
use proof::pdf;
use proof::seal::{Design, Picture, Seal};
use proof::sm2sig::SigningKey;
use proof::status::{Entry, Status, StatusList};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::Command;

const CODE: &str = "11410500005840283N";
const LICENCE_ID: &str =
    "1.2.156.3005.2.11100000000013338W011.11430000006122244L.20230000403.001.U";
/// The day on which everything is signed.
pub const DAY: &str = "2020-01-02";

/// Noon of that day in China.
pub fn at() -> Timestamp {
    Timestamp(1_577_937_600_000_000)
}

pub struct World {
    pub folder: tempfile::TempDir,
    pub root: (SigningKey, Certificate),
    pub agency: (SigningKey, Certificate),
    publisher: (SigningKey, Certificate),
    seal: Seal,
}

/// How the program ended, and what it printed.
pub struct Ended {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

fn subject(name: &str) -> Subject {
    Subject { common_name: name.into(), organization: "示例省".into(), code: CODE.into() }
}

fn key(number: u8) -> SigningKey {
    SigningKey::from_seed(&[number; 32]).unwrap()
}

impl World {
    pub fn new() -> World {
        let (from, until) = (at().plus_days(-30), at().plus_days(30_000));
        let mut random = Random::from_number(1);
        let top = key(1);
        let root = issue_root(&top, &subject("示例根"), from, until, &mut random).unwrap();
        let mut certified = |number: u8, name: &str, role: Role| {
            let (own, public) = (key(number), key(number).verifying_key());
            let request = Request {
                subject: subject(name),
                role,
                key: &public,
                valid_from: from,
                valid_until: until,
            };
            (own, issue(&request, &root, &top, &mut random).unwrap())
        };
        let maker = certified(2, "制章", Role::Authority { path_length: 0 });
        let agency = certified(3, "示例机关", Role::Agency);
        let publisher = certified(4, "证照状态发布", Role::StatusPublisher);
        let picture = Picture {
            kind: "SVG".into(),
            data: b"<svg xmlns='http://www.w3.org/2000/svg'><circle r='20'/></svg>".to_vec(),
            width_mm: 42,
            height_mm: 42,
        };
        let design = Design {
            id: "41050000000001",
            name: "示例机关电子证照专用章",
            holder: &agency.1,
            picture: &picture,
            created_at: from,
            valid_from: from,
            valid_until: until,
        };
        let seal = Seal::make(&design, std::slice::from_ref(&maker.1), &maker.0).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let world = World { folder, root: (top, root), agency, publisher, seal };
        world.write("trust.pem", world.root.1.to_pem().unwrap().as_bytes());
        world
    }

    pub fn write(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs the program in the world's folder, where nobody keeps roots of his own.
    pub fn run(&self, arguments: &[&str]) -> Ended {
        self.run_beside(&self.path("nobody"), arguments)
    }

    /// Runs it as somebody who keeps his data in a folder.
    pub fn run_beside(&self, share: &Path, arguments: &[&str]) -> Ended {
        let output = Command::new(env!("CARGO_BIN_EXE_yipan-verify"))
            .args(arguments)
            .current_dir(self.folder.path())
            .env("XDG_DATA_HOME", share)
            .output()
            .unwrap();
        Ended {
            code: output.status.code(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Runs it as of the day, trusting the world's root, for a report in JSON.
    pub fn judge(&self, file: &str, more: &[&str]) -> (Option<i32>, Value) {
        let mut arguments =
            vec![file, "--trust", "trust.pem", "--at", DAY, "--lang", "en", "--json"];
        arguments.extend(more);
        let ended = self.run(&arguments);
        let report = serde_json::from_str(&ended.out);
        (ended.code, report.unwrap_or_else(|error| panic!("{error}: {} {}", ended.out, ended.err)))
    }

    fn body() -> Value {
        json!({
            "licence_id": LICENCE_ID, "issuer_code": CODE, "holder": { "name": "许小满" },
            "valid_from": at().0, "valid_until": at().plus_days(365).0,
        })
    }

    /// Somebody whom the root certifies.
    pub fn certified(&self, number: u8, name: &str, role: Role) -> (SigningKey, Certificate) {
        let (own, from) = (key(number), at().plus_days(-30));
        let (public, until) = (own.verifying_key(), at().plus_days(900));
        let subject = subject(name);
        let request = Request { subject, role, key: &public, valid_from: from, valid_until: until };
        let mut random = Random::from_number(u64::from(number));
        (own, issue(&request, &self.root.1, &self.root.0, &mut random).unwrap())
    }

    /// Somebody whom another certifies from an instant on, whether he may or not.
    pub fn issued_by(
        &self,
        by: &SigningKey,
        issuer: &Certificate,
        role: Role,
        from: Timestamp,
    ) -> (SigningKey, Certificate) {
        let own = key(40);
        let (public, until) = (own.verifying_key(), at().plus_days(900));
        let subject = subject("下级机关");
        let request = Request { subject, role, key: &public, valid_from: from, valid_until: until };
        (own, issue(&request, issuer, by, &mut Random::from_number(40)).unwrap())
    }

    /// Another authority of the root's name.
    pub fn impostor(&self) -> (SigningKey, Certificate) {
        let (top, from) = (key(41), at().plus_days(-30));
        let name = self.root.1.subject().clone();
        let random = &mut Random::from_number(41);
        let certificate = issue_root(&top, &name, from, at().plus_days(900), random).unwrap();
        (top, certificate)
    }

    /// Claims of a credential.
    pub fn claims() -> Value {
        json!({
            "iss": "https://licence.example", "vct": "https://licence.example/t",
            "iat": at().0 / 1_000_000, "exp": at().0 / 1_000_000 + 86_400,
            "fields": { "name": "许小满", "scope": "热食" },
            "status": { "status_list": { "idx": 7, "uri": "https://licence.example/l" } },
        })
    }

    /// A credential, bound to a holder's key.
    pub fn credential(&self, claims: &Value) -> SdJwt {
        let issuer = Issuer { key: &self.agency.0, chain: std::slice::from_ref(&self.agency.1) };
        let holder = PublicKey::Sm2(key(30).verifying_key());
        let concealed = ["/fields/name", "/fields/scope"];
        let claims = claims.as_object().unwrap();
        let random = &mut Random::from_number(5);
        sdjwt::issue(&issuer, claims, &concealed, Some(&holder), random).unwrap()
    }

    /// The credential as its holder shows it to somebody.
    pub fn presentation(&self) -> String {
        let occasion = Occasion { audience: "https://bank.example", nonce: "n-1", at: at() };
        let whole = self.credential(&World::claims());
        whole.bind(&key(30), &occasion).unwrap().to_string()
    }

    /// Signed data that holds its content.
    pub fn signed_data(&self) -> Vec<u8> {
        let (key, certificate) = &self.agency;
        let chain = std::slice::from_ref(certificate);
        let signing = Signing { key, chain, signed_at: Some(at()) };
        cms::sign(Content::Attached(b"content"), &[signing]).unwrap().der().to_vec()
    }

    /// A licence as signed data.
    pub fn licence(&self) -> Vec<u8> {
        let chain = [self.agency.1.clone()];
        let signed = sign_json("licence", &World::body(), &self.agency.0, &chain, at());
        signed.unwrap().to_bytes().unwrap()
    }

    /// Its sheet as PDF.
    pub fn sheet(&self) -> Vec<u8> {
        self.sealed(&World::body())
    }

    fn sealed(&self, body: &Value) -> Vec<u8> {
        let (chain, text) = ([self.agency.1.clone()], canonical::to_string(body).unwrap());
        pdf::sign(&blank(), &self.seal, &self.agency.0, &chain, at(), text.as_bytes()).unwrap()
    }

    /// Its sheet as OFD.
    pub fn ofd(&self) -> Vec<u8> {
        let text = Mark::Text { x: 30_000, y: 50_000, size: 8_000, text: "营业执照".into() };
        let pages = [Page { width: 210_000, height: 297_000, marks: vec![text] }];
        let data = canonical::to_string(&World::body()).unwrap();
        let sheet = Sheet {
            title: "营业执照",
            author: "示例机关",
            created_at: at(),
            font: "宋体",
            pages: &pages,
            data: Some(data.as_bytes()),
        };
        let place = Placement { page: 0, x: 130_000, y: 200_000, width: 42_000, height: 42_000 };
        let (chain, sheet) = ([self.agency.1.clone()], ofd::write(&sheet).unwrap());
        ofd::seal(&sheet, &self.seal, &self.agency.0, &chain, &[place], at()).unwrap()
    }

    /// A case folder: a form, its manifest, a sealed cover, the second of two entries of a log.
    pub fn package(&self) -> Vec<u8> {
        let form = b"{\"name\":\"\xe8\xae\xb8\"}".to_vec();
        let (other, leaf) = (leaf_hash(b"first"), leaf_hash(b"second"));
        let mut log = Frontier::default();
        log.append(other);
        log.append(leaf);
        assert_eq!(log.root(), node_hash(&other, &leaf));
        let checkpoint = Checkpoint {
            origin: "log.example/a".into(),
            size: 2,
            root: log.root(),
            extensions: Vec::new(),
        };
        let note = checkpoint.sign(&[&NoteSigner::new("log.example/a", &[9; 32]).unwrap()]);
        let entry = json!({ "id": "e-2", "leaf": hex::encode(leaf), "position": 1 });
        let mut proven = entry.clone();
        proven["hashes"] = json!([hex::encode(other)]);
        let evidence = json!({ "checkpoint": note.unwrap(), "proofs": [proven] });
        let part = json!({ "name": "form.json", "title": "申请表", "kind": "form",
            "media_type": "application/json", "sm3": proof::digest::sm3_hex(&form) });
        let manifest = json!({ "format": proof::package::FORMAT, "number": "HEALTH-2020-1",
            "title": "出生登记", "agency": "示例机关", "retention": { "name": "永久" },
            "at": at().rfc3339(), "software": "1.0", "case": { "number": "1" },
            "parts": [part], "evidence": [entry] });
        let manifest = manifest.to_string().into_bytes();
        let cover = json!({ "kind": "document",
            "data": { "manifest": proof::digest::sm3_hex(&manifest) } });
        let files =
            [("form.json", form), ("manifest.json", manifest), ("cover.pdf", self.sealed(&cover))];
        let files = files.map(|(name, content)| (name.to_owned(), content)).into();
        proof::package::write(&files, &evidence).unwrap()
    }

    /// The list of states, with the licence in it or not.
    pub fn status(&self, withdrawn: bool) -> Vec<u8> {
        let entry = Entry {
            licence_id: LICENCE_ID.into(),
            status: Status::Withdrawn,
            since: at(),
            reason: "依据不足".into(),
        };
        let list = StatusList {
            issuer: "示例省电子证照平台".into(),
            issued_at: at(),
            next_update: at().plus_days(1),
            entries: withdrawn.then_some(entry).into_iter().collect(),
        };
        let chain = [self.publisher.1.clone()];
        list.sign(&self.publisher.0, &chain).unwrap().to_bytes().unwrap()
    }

    /// The root's list of certificates taken back, with the agency's in it or not.
    pub fn crl(&self, revoked: bool) -> Crl {
        let agency = Revoked {
            serial: hex::decode(self.agency.1.serial_hex()).unwrap(),
            since: at().plus_days(-1),
            reason: Reason::Superseded,
        };
        let issue = Issue { number: 1, at: at(), next_update: at().plus_days(1) };
        let list: Vec<Revoked> = revoked.then_some(agency).into_iter().collect();
        Crl::make(&self.root.1, &self.root.0, issue, &list).unwrap()
    }
}

/// A PDF of one empty page.
fn blank() -> Vec<u8> {
    let mut file = b"%PDF-1.4\n".to_vec();
    let mut places = Vec::new();
    for (number, body) in (1..).zip([
        "<</Type/Catalog/Pages 2 0 R>>",
        "<</Type/Pages/Kids[3 0 R]/Count 1>>",
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>",
    ]) {
        places.push(file.len());
        file.extend_from_slice(format!("{number} 0 obj\n{body}\nendobj\n").as_bytes());
    }
    let table = file.len();
    file.extend_from_slice(b"xref\n0 4\n0000000000 65535 f \n");
    for place in places {
        file.extend_from_slice(format!("{place:010} 00000 n \n").as_bytes());
    }
    let end = format!("trailer\n<</Size 4/Root 1 0 R>>\nstartxref\n{table}\n%%EOF\n");
    file.extend_from_slice(end.as_bytes());
    file
}
