//! What the cover and index of a folder print: pure.

use super::model::Part;
use crate::case::Case;
use ::store::Env;
use kernel::{Text, Timestamp};
use serde_json::{Value as Json, json};

/// Layout of the pack.
pub(super) const LAYOUT: &str = "casefolder";
/// Rows of the index that are printed; a folder has rarely as many.
const ROWS_MAX: usize = 200;

/// The data of the layout. `manifest` is printed among the fields and stands by itself, so that the
/// seal covers it in a form a program can read.
pub(super) fn data(
    env: &Env,
    case: &Case,
    number: &str,
    retention_years: i64,
    manifest: &str,
    parts: &[&Part],
) -> Json {
    let pack = &env.pack;
    let agency = pack.agency(&case.agency).map(|agency| agency.name).unwrap_or_default();
    let item = pack.item(&case.item).map(|item| item.name.clone()).unwrap_or_default();
    let ended = case.completed.or(case.ended).unwrap_or(case.submitted);
    let kept = match retention_years {
        0 => Text::new("永久", "Permanent"),
        years => Text::new(format!("{years} 年"), format!("{years} years")),
    };
    let field =
        |zh: &str, en: &str, value: Json| json!({ "label": Text::new(zh, en), "value": value });
    let column = |zh: &str, en: &str| json!(Text::new(zh, en));
    let rows: Vec<Json> = parts
        .iter()
        .take(ROWS_MAX)
        .enumerate()
        .map(|(index, part)| {
            let author = if part.kind == "material" || part.kind == "form" {
                "申请人"
            } else {
                agency.zh.as_str()
            };
            let remark = if part.internal { "内部" } else { "" };
            json!([
                (index + 1).to_string(),
                "",
                author,
                part.title.zh,
                day(ended),
                part.digest.get(..8).unwrap_or_default(),
                remark
            ])
        })
        .collect();
    json!({
        "fonds": agency.zh,
        "title": Text::new("政务服务案卷", "Government service case file"),
        "caption": item,
        "manifest": manifest,
        "fields": [
            field("档号", "Archival code", json!(number)),
            field("办件编号", "Case number", json!(case.number)),
            field("起止日期", "Dates", json!(format!("{} 至 {}", long_day(case.submitted), long_day(ended)))),
            field("保管期限", "Retention", json!(kept)),
            field("件数", "Items", json!(format!("{} 件", parts.len()))),
            field("清单 SM3", "Manifest SM3", json!(manifest)),
        ],
        "index": {
            "title": Text::new("卷内文件目录", "Index of documents"),
            "columns": [
                column("序号", "No."), column("文号", "Ref."), column("责任者", "Author"),
                column("题名", "Title"), column("日期", "Date"), column("摘要", "SM3"),
                column("备注", "Remarks")
            ],
            "rows": rows,
        },
        "remarks": remarks(),
    })
}

/// What the cover says of how the folder came to be.
fn remarks() -> Json {
    json!({
        "label": Text::new("备考", "Notes"),
        "value": Text::new(
            "本卷由系统在办结时打包。清单逐件列明文件摘要，封面由承办机关电子签章。",
            "Packed by the platform when the case ended. The manifest gives the digest of every file; \
             this cover is sealed by the agency.",
        ),
    })
}

/// `20260828`.
fn day(at: Timestamp) -> String {
    let day = at.date();
    format!("{:04}{:02}{:02}", day.year(), day.month(), day.day())
}

/// `2026年8月28日`.
fn long_day(at: Timestamp) -> String {
    let day = at.date();
    format!("{}年{}月{}日", day.year(), day.month(), day.day())
}
