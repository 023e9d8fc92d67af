//! Folders as they are kept: handed out as packages, checked every quarter, put right, counted by
//! format.

use super::fixity::{self, DAYS};
use crate::tests::world::{Office, staff};
use axum::http::StatusCode;
use proof::ofd::{Files, pack, unpack};
use proof::verify::{Report, verify_file};
use serde_json::{Value as Json, json};

const HEALTH: &str = "health-410105";
const POLICE: &str = "police-410105";

/// Reads a package with libraries of others: XML by lxml, the proofs by RFC 9162 §2.1.3.2.
const JUDGE: &str = r#"
import base64, hashlib, json, sys, zipfile
from lxml import etree
archive = zipfile.ZipFile(json.loads(sys.argv[1])["path"])
assert archive.testzip() is None
names = set(archive.namelist())
[mets] = [name for name in names if name.endswith("/METS.xml")]
root = mets[: -len("METS.xml")]
tree = etree.fromstring(archive.read(mets))
METS, HREF = "{http://www.loc.gov/METS/}", "{http://www.w3.org/1999/xlink}href"
sections = [child.tag.removeprefix(METS) for child in tree]
assert sections == ["metsHdr", "dmdSec", "amdSec", "fileSec", "structMap"], sections
ids = [one.get("ID") for one in tree.iter() if one.get("ID")]
assert len(ids) == len(set(ids)), ids
assert all(one.get("FILEID") in ids for one in tree.iter(METS + "fptr"))
listed = set()
for one in tree.iter(METS + "mdRef", METS + "file"):
    place = one if one.tag == METS + "mdRef" else one.find(METS + "FLocat")
    content = archive.read(root + place.get(HREF))
    assert int(one.get("SIZE")) == len(content), place.get(HREF)
    assert one.get("CHECKSUM") == hashlib.sha256(content).hexdigest(), place.get(HREF)
    listed.add(root + place.get(HREF))
assert listed | {mets} == names, names - listed
evidence = json.loads(archive.read(root + "metadata/preservation/evidence.json"))
lines = evidence["checkpoint"].split("\n")
size, expected = int(lines[1]), base64.b64decode(lines[2])
node = lambda left, right: hashlib.sha256(b"\x01" + left + right).digest()
for proof in evidence["proofs"]:
    fn, sn, found = proof["position"], size - 1, bytes.fromhex(proof["leaf"])
    for step in map(bytes.fromhex, proof["hashes"]):
        if fn & 1 or fn == sn:
            found = node(step, found)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            found = node(found, step)
        fn, sn = fn >> 1, sn >> 1
    assert sn == 0 and found == expected, proof
print(json.dumps({"files": len(listed), "proofs": len(evidence["proofs"])}))
"#;

async fn folder(office: &Office, login: &str, id: &str) -> Json {
    let path = format!("/api/v1/cases/{id}/archive");
    let (status, reply) = office.api(login, "GET", &path, &Json::Null).await;
    assert_eq!(status, StatusCode::OK, "{reply}");
    reply["folders"][0].clone()
}

async fn package(office: &Office, login: &str, folder: &Json) -> Vec<u8> {
    let id = folder["id"].as_str().unwrap();
    super::package(&mut office.read(login), id).await.unwrap().content
}

/// What `yipan verify` finds, with the installation's root.
async fn verified(office: &Office, content: &[u8]) -> Report {
    let mut ctx = office.read("reviewer");
    let anchors = licence::seal::trust_anchors(&mut ctx).await.unwrap();
    verify_file(content, &anchors, None, ctx.now)
}

/// The check that fails, with its reason in English.
fn failure(report: &Report) -> (String, String) {
    let failed = report.failure().unwrap();
    (failed.name.clone(), failed.detail.en.clone())
}

/// Archivists of two agencies and the county's auditor.
fn keepers(office: &Office) {
    office.admit("archivist", staff(HEALTH, "archivist", "archivist"));
    office.admit("police", staff(POLICE, "archivist", "police"));
    office.admit("auditor", staff("government-office-410105", "auditor", "auditor"));
}

#[tokio::test]
async fn a_folder_leaves_as_a_package_that_proves_itself_and_satisfies_an_outside_judge() {
    let office = Office::new().await;
    keepers(&office);
    let (_, id) = office.automatic().await;
    let own = folder(&office, "mother", &id).await;
    let content = package(&office, "mother", &own).await;
    let report = verified(&office, &content).await;
    assert!(report.valid, "{:?}", report.failure());
    assert_eq!(report.kind, "case_package");
    for name in
        ["format", "integrity", "manifest", "signature", "seal", "chain", "cover", "evidence"]
    {
        assert!(report.checks.iter().any(|check| check.name == name), "{name}");
    }
    assert_eq!(package(&office, "mother", &own).await, content, "the same each time");
    // Others read it alike.
    let path = office.env().settings.data_dir.join("package.zip");
    std::fs::write(&path, &content).unwrap();
    let told = testkit::judge(JUDGE, json!({ "path": path })).await.unwrap();
    let told: Json = serde_json::from_str(&told).unwrap();
    let parts = own["parts"].as_array().unwrap().len();
    assert_eq!(told["files"], parts + 2);
    assert!(told["proofs"].as_u64().unwrap() > 0);
    damaged_packages_name_the_file(&office, &content).await;
    who_may_have_a_package(&office, &id, &own).await;
}

/// One byte changed, a file more, a file less, proofs of another log.
async fn damaged_packages_name_the_file(office: &Office, content: &[u8]) {
    let files = unpack(content).unwrap();
    let named = |end: &str| files.keys().find(|name| name.ends_with(end)).unwrap().clone();
    let again = async |files: &Files| failure(&verified(office, &pack(files).unwrap()).await);
    let form = named("/form.json");
    let mut changed = files.clone();
    changed.get_mut(&form).unwrap().push(b' ');
    let (name, why) = again(&changed).await;
    assert!(name == "integrity" && why.contains("form.json"), "{name}: {why}");
    // Whoever changes the METS manifest as well is found by the folder's own.
    let sha256 = |content: &[u8]| hex::encode(proof::hash::Hash::Sha256.digest(&[content]));
    let (before, after) = (&files[&form], &changed[&form].clone());
    let mets = named("/METS.xml");
    let text = String::from_utf8(files[&mets].clone()).unwrap();
    let lines = text.lines().map(|line| match line.contains("/form.json") {
        true => line
            .replace(&sha256(before), &sha256(after))
            .replace(&format!("SIZE=\"{}\"", before.len()), &format!("SIZE=\"{}\"", after.len())),
        false => line.to_owned(),
    });
    let text: Vec<String> = lines.collect();
    changed.insert(mets.clone(), format!("{}\n", text.join("\n")).into_bytes());
    let (name, why) = again(&changed).await;
    assert!(name == "manifest" && why.contains("form.json"), "{name}: {why}");
    let mut more = files.clone();
    more.insert(form.replace("form.json", "more.txt"), b"x".to_vec());
    let (name, why) = again(&more).await;
    assert!(name == "integrity" && why.contains("more.txt"), "{name}: {why}");
    let mut fewer = files.clone();
    fewer.remove(&form);
    let (name, why) = again(&fewer).await;
    assert!(name == "integrity" && why.contains("form.json"), "{name}: {why}");
    let mut broken = files.clone();
    broken.insert(mets, b"<mets/>".to_vec());
    assert_eq!(again(&broken).await.0, "integrity");
    // Retention and title are the manifest's to say, which the cover seals.
    let mut other = files.clone();
    let description = other.get_mut(&named("/dc.xml")).unwrap();
    *description =
        String::from_utf8(description.clone()).unwrap().replace("永久", "定期 10 年").into();
    let (name, why) = again(&other).await;
    assert!(name == "integrity" && why.contains("dc.xml"), "{name}: {why}");
}

async fn who_may_have_a_package(office: &Office, id: &str, own: &Json) {
    let at = own["id"].as_str().unwrap();
    let api = format!("/api/v1/archives/{at}/package");
    let page = format!("/cases/{id}/archive/{at}/package");
    for (login, status) in [
        ("", StatusCode::UNAUTHORIZED),
        ("stranger", StatusCode::NOT_FOUND),
        ("supervisor", StatusCode::FORBIDDEN),
        ("police", StatusCode::NOT_FOUND),
        ("archivist", StatusCode::OK),
        ("mother", StatusCode::OK),
    ] {
        assert_eq!(office.api(login, "GET", &api, &Json::Null).await.0, status, "{login}");
        if !login.is_empty() {
            assert_eq!(office.get(login, &page).await.status, status, "{login}");
        }
    }
    let shown = office.page("archivist", &format!("/cases/{id}/archive")).await;
    assert!(shown.contains("下载整卷"));
}

#[tokio::test]
async fn a_package_leaves_out_what_is_internal_and_says_so() {
    let office = Office::new().await;
    keepers(&office);
    let (_, id) = office.referred().await;
    office.refuse(&id).await;
    let own = folder(&office, "mother", &id).await;
    let (hers, theirs) =
        (package(&office, "mother", &own).await, package(&office, "archivist", &own).await);
    let internal = |content: &[u8]| {
        unpack(content).unwrap().keys().any(|name| name.ends_with("opinions.json"))
    };
    assert!(!internal(&hers) && internal(&theirs));
    for (content, absent) in [(&hers, "1 internal"), (&theirs, "0 internal")] {
        let report = verified(&office, content).await;
        assert!(report.valid, "{:?}", report.failure());
        let told = report.checks.iter().find(|check| check.name == "manifest").unwrap();
        assert!(told.detail.en.contains(absent), "{}", told.detail.en);
    }
}

/// The check that comes by itself, as its job does it.
async fn quarter(office: &Office, folder: &Json) {
    fixity::run(office.env(), &json!({ "folder": folder["id"] })).await.unwrap();
}

/// What `yipan doctor --fsck` tells of files that are gone, of one that is damaged, and of none.
async fn lost_files_are_named(office: &Office) {
    let files = [crate::FILES, licence::FILES].concat();
    let lost = async || office.read("archivist").lost_objects(&files).await.unwrap();
    assert_eq!(lost().await, []);
    let folder = office.env().settings.data_dir.join("objects");
    let moved = folder.with_file_name("moved");
    std::fs::rename(&folder, &moved).unwrap();
    let gone = lost().await;
    assert!(gone.iter().any(|one| one.table == "case_document"));
    assert!(gone.iter().any(|one| one.table == "licence_sheet"));
    assert!(gone.iter().all(|one| one.how == "gone"));
    std::fs::rename(&moved, &folder).unwrap();
    let digest = &gone[0].digest;
    let path = folder.join(&digest[..2]).join(digest);
    let bytes = std::fs::read(&path).unwrap();
    std::fs::write(&path, &bytes[1..]).unwrap();
    let damaged = lost().await;
    assert!(!damaged.is_empty());
    assert!(damaged.iter().all(|one| (&one.digest, one.how) == (digest, "damaged")));
    std::fs::write(&path, &bytes).unwrap();
}

#[tokio::test]
async fn a_changed_and_a_missing_file_are_found_named_and_put_back() {
    let office = Office::new().await;
    keepers(&office);
    let (_, id) = office.automatic().await;
    let own = folder(&office, "mother", &id).await;
    let whole = package(&office, "mother", &own).await;
    let planned = "SELECT COUNT(*) FROM job WHERE name = 'service.archive_fixity'";
    assert_eq!(
        office.count(planned).await,
        office.count("SELECT COUNT(*) FROM archive_folder").await
    );
    let file = |name: &str| {
        let parts = own["parts"].as_array().unwrap();
        let digest = parts.iter().find(|part| part["name"] == name).unwrap()["digest"].clone();
        let digest = digest.as_str().unwrap().to_owned();
        office.env().settings.data_dir.join("objects").join(&digest[..2]).join(&digest)
    };
    let (form, cover) = (file("form.json"), file("cover.pdf"));
    let mut bytes = std::fs::read(&form).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    std::fs::write(&form, bytes).unwrap();
    std::fs::remove_file(&cover).unwrap();
    let at = own["id"].as_str().unwrap().to_owned();
    let refused = super::package(&mut office.read("mother"), &at).await.unwrap_err();
    assert!(["object.damaged", "not_found"].contains(&refused.code), "{refused}");
    lost_files_are_named(&office).await;
    let before = super::fixity(&mut office.read("archivist")).await.unwrap();
    assert_eq!((before.broken, before.fresh), (0, before.folders));
    office.advance_days(DAYS);
    quarter(&office, &own).await;
    let found = super::fixity(&mut office.read("archivist")).await.unwrap();
    assert_eq!((found.broken, found.never), (1, found.folders - 1));
    let told = |name: &str| {
        let one = found.findings.iter().find(|one| one.what == name).unwrap();
        (one.check.as_str(), one.why.as_str(), one.number.as_str(), one.mendable)
    };
    let number = own["number"].as_str().unwrap();
    assert_eq!(told("form.json"), ("part", "changed", number, true));
    assert_eq!(told("cover.pdf"), ("part", "missing", number, true));
    // The auditor of the county sees it and mends nothing; another agency sees nothing.
    let page = office.page("auditor", "/archives/fixity").await;
    assert!(page.contains("form.json") && page.contains("字节改变") && !page.contains("multipart"));
    // A link is shown only to whom it leads somewhere.
    let link = format!("/cases/{}/archive", own["case_id"].as_str().unwrap());
    assert!(!page.contains(&link) && page.contains(number));
    assert!(office.page("archivist", "/archives/fixity").await.contains(&link));
    assert_eq!(office.get("archivist", &link).await.status, StatusCode::OK);
    assert!(!office.page("police", "/archives/fixity").await.contains(number));
    let (_, api) = office.api("archivist", "GET", "/api/v1/archives/fixity", &Json::Null).await;
    let finding = |name: &str| {
        let findings = api["findings"].as_array().unwrap();
        let one = findings.iter().find(|one| one["what"] == name).unwrap();
        one["id"].as_str().unwrap().to_owned()
    };
    // Other bytes are not the file, whoever sends them; a package that has it is a copy.
    let page = format!("/archives/findings/{}/mend", finding("form.json"));
    let sent =
        office.upload("archivist", &page, &[("_once", "1")], &[("file", "x.json", b"{}")]).await;
    assert_eq!(sent.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", sent.text);
    assert!(sent.text.contains("摘要不同"));
    let sent = office
        .upload("archivist", &page, &[("_once", "2")], &[("file", "folder.zip", &whole)])
        .await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text);
    let mended = super::fixity(&mut office.read("archivist")).await.unwrap();
    assert!(mended.findings.iter().all(|one| one.what != "form.json") && mended.broken == 1);
    let cover = mended.findings.iter().find(|one| one.what == "cover.pdf").unwrap().id.clone();
    let content = unpack(&whole).unwrap();
    let content = content.iter().find(|(name, _)| name.ends_with("/cover.pdf")).unwrap().1;
    use base64::Engine as _;
    let content = base64::engine::general_purpose::STANDARD.encode(content);
    let body = json!({ "field": "file", "name": "cover.pdf", "content": content });
    let path = format!("/api/v1/archives/findings/{cover}/mend");
    let (status, report) = office.api("archivist", "POST", &path, &body).await;
    assert_eq!((status, &report["whole"]), (StatusCode::OK, &json!(true)), "{report}");
    let mended = super::fixity(&mut office.read("archivist")).await.unwrap();
    assert_eq!((mended.broken, mended.findings.len()), (0, 0));
    assert_eq!(
        unpack(&package(&office, "mother", &own).await).unwrap().len(),
        unpack(&whole).unwrap().len()
    );
    formats_are_counted_and_those_unknown_are_at_risk(&office).await;
    who_may_see_how_the_archive_stands(&office, &path, &body).await;
}

async fn formats_are_counted_and_those_unknown_are_at_risk(office: &Office) {
    let held = super::formats(&mut office.read("archivist")).await.unwrap();
    let of = |media: &str| held.iter().find(|one| one.media_type == media).unwrap();
    let sql = "SELECT COUNT(*) FROM archive_part p JOIN archive_folder f ON f.id = p.folder_id
         WHERE p.media_type = 'application/json' AND f.agency = 'health-410105'";
    assert_eq!(of("application/json").files, office.count(sql).await);
    assert!(of("application/pdf").bytes > 0 && held.iter().all(|one| one.known));
    office
        .run("archivist", async |ctx| {
            let sql = "UPDATE archive_part SET media_type = 'application/x-old' WHERE name = $1";
            ctx.execute(sql, store::vals!["form.json"]).await
        })
        .await
        .unwrap();
    let held = super::formats(&mut office.read("auditor")).await.unwrap();
    assert_eq!(held[0].media_type, "application/x-old");
    assert_eq!((held[0].risk, held[0].known), (pack::archive::Risk::High, false));
    let page = office.page("archivist", "/archives/formats").await;
    assert!(page.contains("application/x-old") && page.contains("不在格式表中"));
}

async fn who_may_see_how_the_archive_stands(office: &Office, mend: &str, body: &Json) {
    for login in ["mother", "reviewer", "supervisor"] {
        for path in ["/archives/fixity", "/archives/formats"] {
            assert_eq!(office.get(login, path).await.status, StatusCode::FORBIDDEN, "{login}");
            let api = office.api(login, "GET", &format!("/api/v1{path}"), &Json::Null).await.0;
            assert_eq!(api, StatusCode::FORBIDDEN, "{login} {path}");
        }
    }
    for (login, status) in [
        ("mother", StatusCode::FORBIDDEN),
        ("approver", StatusCode::FORBIDDEN),
        ("auditor", StatusCode::FORBIDDEN),
        ("police", StatusCode::NOT_FOUND),
    ] {
        assert_eq!(office.api(login, "POST", mend, body).await.0, status, "{login}");
    }
    let denied = office.upload("auditor", "/archives/findings/x/mend", &[], &[]).await;
    assert_eq!(denied.status, StatusCode::FORBIDDEN);
    let (_, formats) = office.api("auditor", "GET", "/api/v1/archives/formats", &Json::Null).await;
    assert!(!formats["formats"].as_array().unwrap().is_empty());
}

#[tokio::test]
async fn a_receipt_made_out_or_reversed_after_the_end_reaches_the_folders_package() {
    let office = Office::new().await;
    keepers(&office);
    for login in ["finance", "cashier"] {
        office.admit(login, staff(HEALTH, "finance", login));
    }
    let (_, id) = office.automatic().await;
    let first = folder(&office, "mother", &id).await;
    let before = package(&office, "mother", &first).await;
    crate::bill::tests::make(&office, &id).await;
    let bills = |state: &str| format!("/api/v1/bills?state={state}");
    let (_, due) = office.api("finance", "GET", &bills("due"), &Json::Null).await;
    let one = format!("/api/v1/bills/{}", due["bills"][0]["id"].as_str().unwrap());
    let body = json!({ "revision": 1, "how": "counter", "reference": "SK-1" });
    let (status, paid) = office.api("finance", "POST", &format!("{one}/payment"), &body).await;
    assert_eq!(status, StatusCode::OK, "{paid}");
    office.drain().await;
    let body = json!({ "revision": paid["revision"], "reason": "重复收款" });
    let (status, told) = office.api("cashier", "POST", &format!("{one}/reversal"), &body).await;
    assert_eq!(status, StatusCode::OK, "{told}");
    for _ in 0..2 {
        office.drain().await;
        crate::archive::pack(office.env(), &id).await.unwrap();
    }
    let (_, kept) =
        office.api("mother", "GET", &format!("/api/v1/cases/{id}/archive"), &Json::Null).await;
    let titles = |at: usize| {
        let parts = kept["folders"][at]["parts"].as_array().unwrap().iter();
        parts.map(|part| part["title"]["zh"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(kept["folders"].as_array().unwrap().len(), 3, "one more for each that came late");
    let red = |titles: &[String]| titles.iter().any(|title| title.contains("红字"));
    let blue = |titles: &[String]| titles.iter().any(|title| title == "财政电子票据");
    assert!(!blue(&titles(0)) && blue(&titles(1)) && !red(&titles(1)));
    assert!(blue(&titles(2)) && red(&titles(2)) && titles(2).len() > titles(0).len());
    let whole = package(&office, "mother", &kept["folders"][2]).await;
    let report = verified(&office, &whole).await;
    assert!(report.valid, "{:?}", report.failure());
    let manifest = unpack(&whole).unwrap();
    let manifest = manifest.iter().find(|(name, _)| name.ends_with("/manifest.json")).unwrap().1;
    let manifest: Json = serde_json::from_slice(manifest).unwrap();
    let proven = manifest["evidence"].as_array().unwrap().iter();
    let kinds: Vec<&str> = proven.filter_map(|entry| entry["kind"].as_str()).collect();
    assert!(kinds.contains(&"bill.reversed") && kinds.contains(&"case.archived"), "{kinds:?}");
    let first = kept["folders"][0].clone();
    assert!(verified(&office, &before).await.valid, "the first folder stays as it was");
    let same = package(&office, "mother", &first).await;
    let form = |content: &[u8]| {
        unpack(content).unwrap().into_iter().find(|one| one.0.ends_with("/manifest.json"))
    };
    assert_eq!(form(&same), form(&before));
}
