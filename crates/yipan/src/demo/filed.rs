//! Case folders of a system that was shut down, taken into the archive of the home county's keeper by
//! the door that serves any other: cases of 2014 that were withdrawn, so that their time is over.
//! Made once the first page can be fetched, since their covers are typeset and sealed.
//!
//! Must not know: how a package is verified, what else is loaded.

use super::accounts;
use jiff::civil::date;
use kernel::{Actor, ActorKind, Error, Lang, Result, Text, Timestamp, canonical};
use proof::digest::sm3_hex;
use proof::log::{Checkpoint, Frontier, Hash, NoteSigner, inclusion, leaf_hash};
use proof::package::{COVER, FORMAT, MANIFEST};
use serde_json::{Value as Json, json};
use service::archive;
use std::collections::BTreeMap;
use std::sync::Arc;
use store::{Ctx, Env, vals};

/// Name of the setting that says at which agency folders are still to be taken in.
const WAITING: &str = "demo_filed";
/// Layout of the cover.
const LAYOUT: &str = "casefolder";
/// The log of the system that was shut down.
const ORIGIN: &str = "old.archive.example";
/// Who applied, why it was withdrawn, and on which day of 2014.
const CASES: [(&str, &str, i8, i8); 4] = [
    ("宋知远", "材料遗失，改日再办", 3, 11),
    ("梁若水", "已在外地办理", 5, 26),
    ("韩清和", "姓名尚未商定", 8, 7),
    ("杜明舒", "申请人放弃", 10, 30),
];

/// Remembers at which agency folders are to be taken in: where somebody keeps an archive.
pub async fn plan(env: &Arc<Env>, county: &str) -> Result<()> {
    let posts = accounts::posts(&env.pack, county)?;
    let keeper = posts.into_iter().find(|post| post.roles.iter().any(|role| role == "archivist"));
    let agency = keeper.ok_or_else(Error::not_found)?.agency;
    let mut ctx = env.system("demo").await?;
    let sql = "INSERT INTO setting (name, value) VALUES ($1, $2)";
    ctx.execute(sql, vals![WAITING, agency]).await?;
    ctx.commit().await
}

/// Takes in what waits. What was taken in before a stop is held already.
pub async fn run(env: Arc<Env>) {
    if let Err(error) = all(&env).await {
        eprintln!("the old folders were not taken in: {error}");
    }
}

async fn all(env: &Arc<Env>) -> Result<()> {
    let Some(agency) = env.db.setting(WAITING).await? else { return Ok(()) };
    let agency = env.pack.agency(&agency).ok_or_else(Error::not_found)?;
    let keeper = Actor {
        kind: ActorKind::Officer,
        account: format!("past:{}", agency.id),
        name: "往期档案员".to_owned(),
        roles: vec!["archivist".to_owned()],
        agency: agency.id.clone(),
        division: agency.division.clone(),
        assurance: 2,
        ..Actor::default()
    };
    let log = log()?;
    for (place, entry) in log.entries.iter().enumerate() {
        let package = package(env, &agency, place, entry, &log.checkpoint).await?;
        let mut ctx = Ctx::read(env, keeper.clone(), Lang::Zh);
        let intake = archive::examine(&mut ctx, &package).await?;
        let mut ctx = Ctx::write(env, keeper.clone(), Lang::Zh).await?;
        match archive::take_in(&mut ctx, intake).await {
            Ok(_) => ctx.commit().await?,
            Err(error) if error.code == "archive.held" => {}
            Err(error) => return Err(error),
        }
    }
    let mut ctx = env.system("demo").await?;
    ctx.execute("DELETE FROM setting WHERE name = $1", vals![WAITING]).await?;
    ctx.commit().await
}

/// What the old system's log says.
struct Log {
    /// Of each case one, with its proof.
    entries: Vec<Json>,
    checkpoint: String,
}

fn log() -> Result<Log> {
    let (mut frontier, mut nodes) = (Frontier::default(), BTreeMap::new());
    let leaf = |place: usize| leaf_hash(format!("withdrawn-2014-{place}").as_bytes());
    for place in 0..CASES.len() {
        let made = frontier.append(leaf(place));
        nodes.extend(made.into_iter().map(|node| ((node.level, node.index), node.hash)));
    }
    let read = |level: u8, index: u64| -> Result<Hash> {
        nodes.get(&(level, index)).copied().ok_or_else(Error::not_found)
    };
    let mut entries = Vec::new();
    for (place, position) in (0..CASES.len()).zip(0..) {
        let hashes = inclusion(position, frontier.size(), &read)?;
        let hashes: Vec<String> = hashes.iter().map(hex::encode).collect();
        entries.push(json!({ "id": format!("old-{place}"), "kind": "case.withdrawn",
            "leaf": hex::encode(leaf(place)), "position": position, "hashes": hashes }));
    }
    let root = frontier.root();
    let size = frontier.size();
    let checkpoint = Checkpoint { origin: ORIGIN.to_owned(), size, root, extensions: Vec::new() };
    let checkpoint = checkpoint.sign(&[&NoteSigner::new(ORIGIN, &[14; 32])?])?;
    Ok(Log { entries, checkpoint })
}

/// The folder of one case, its cover sealed by the agency.
async fn package(
    env: &Arc<Env>,
    agency: &pack::Agency,
    place: usize,
    entry: &Json,
    checkpoint: &str,
) -> Result<Vec<u8>> {
    let (who, why, month, day) = *CASES.get(place).ok_or_else(Error::not_found)?;
    let item = env.pack.items().next().ok_or_else(Error::not_found)?;
    let ended = Timestamp::from_civil(date(2014, month, day).at(16, 30, 0, 0));
    let submitted = ended.plus_days(-2);
    let number = format!("{}-2014-D10-{:06}", agency.id.to_ascii_uppercase(), place + 1);
    let case_number = format!("2014{:08}", place + 1);
    let form = canonical::to_string(&json!({ "applicant": who }))?;
    let decision = canonical::to_string(&json!({ "phase": "withdrawn", "reason": why }))?;
    let part = |name: &str, title: &str, kind: &str, content: &str| {
        json!({ "name": name, "title": title, "kind": kind, "media_type": "application/json",
            "size": content.len(), "sm3": sm3_hex(content.as_bytes()), "internal": false })
    };
    let mut told = entry.clone();
    told.as_object_mut().map(|entry| entry.remove("hashes"));
    let manifest = canonical::to_string(&json!({
        "format": FORMAT, "number": number, "title": item.name.zh, "agency": agency.name.zh,
        "retention": { "years": 10, "name": "定期 10 年" }, "at": ended.rfc3339(),
        "software": "旧政务服务系统 3",
        "case": { "id": format!("old-{place}"), "number": case_number, "item": item.id,
            "agency": agency.id, "division": agency.division, "phase": "withdrawn",
            "submitted": submitted.rfc3339(), "ended": ended.rfc3339(), "granted": false },
        "parts": [part("form.json", "申请表", "form", &form),
            part("decision.json", "撤回记录", "decision", &decision)],
        "evidence": [told],
    }))?;
    let cover = cover(agency, &number, &case_number, &item.name, [submitted, ended], &manifest);
    let title = format!("政务服务案卷 {number}");
    let drawn = licence::seal::draw(env, &agency.id, LAYOUT, cover, &title, "").await?;
    let mut ctx = env.system("demo").await?;
    let sealed = licence::seal::put(&mut ctx, drawn).await?;
    let cover = licence::seal::file(&mut ctx, &sealed.id).await?;
    ctx.commit().await?;
    let files = [
        (COVER, cover),
        ("form.json", form.into_bytes()),
        ("decision.json", decision.into_bytes()),
        (MANIFEST, manifest.into_bytes()),
    ];
    let files = files.map(|(name, content)| (name.to_owned(), content)).into();
    proof::package::write(&files, &json!({ "checkpoint": checkpoint, "proofs": [entry] }))
}

fn cover(
    agency: &pack::Agency,
    number: &str,
    case_number: &str,
    item: &Text,
    [submitted, ended]: [Timestamp; 2],
    manifest: &str,
) -> Json {
    let digest = sm3_hex(manifest.as_bytes());
    let field =
        |zh: &str, en: &str, value: &str| json!({ "label": Text::new(zh, en), "value": value });
    let rows = ["申请表", "撤回记录"].iter().enumerate();
    let day = ended.date().strftime("%Y%m%d").to_string();
    let rows: Vec<Json> = rows
        .map(|(at, title)| json!([(at + 1).to_string(), "", agency.name.zh, title, day, "", ""]))
        .collect();
    let columns = [
        ("序号", "No."),
        ("文号", "Ref."),
        ("责任者", "Author"),
        ("题名", "Title"),
        ("日期", "Date"),
        ("摘要", "SM3"),
        ("备注", "Remarks"),
    ];
    json!({
        "fonds": agency.name.zh,
        "title": Text::new("政务服务案卷", "Government service case file"),
        "caption": item,
        "manifest": digest,
        "fields": [
            field("档号", "Archival code", number),
            field("办件编号", "Case number", case_number),
            field("起止日期", "Dates", &format!("{} 至 {}", submitted.date(), ended.date())),
            field("保管期限", "Retention", "10 年"),
            field("件数", "Items", "2 件"),
            field("清单 SM3", "Manifest SM3", &digest),
        ],
        "index": {
            "title": Text::new("卷内文件目录", "Index of documents"),
            "columns": columns.map(|(zh, en)| Text::new(zh, en)),
            "rows": rows,
        },
        "remarks": {
            "label": Text::new("备考", "Notes"),
            "value": Text::new(
                "旧系统停用时由承办机关导出并签章。",
                "Exported and sealed by the agency when its old system was shut down.",
            ),
        },
    })
}
