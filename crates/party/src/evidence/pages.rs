//! The public page of the log, its checkpoint and tiles as files (C2SP tlog-tiles).

use super::tile::Tiles;
use super::witness::{Witness, with_lines};
use super::{hash, head, key, monitor, prove, prove_place, published};
use crate::witness::WitnessedLog;
use axum::extract::Path;
use axum::http::{HeaderValue, header};
use kernel::{Error, Kind, Result, Timestamp};
use proof::log::{Tile, verify_inclusion};
use serde_json::{Value as Json, json};
use store::Ctx;
use webkit::{Answer, Call};

/// Longest text of a field of the form.
const FIELD_MAX: usize = 80;

/// `GET /log?entry=&leaf=`.
pub(super) async fn log(call: Call) -> Answer {
    let mut ctx = call.read();
    let figures = monitor(&mut ctx).await?;
    let verifier = key::verifier(&mut ctx).await?.map(|verifier| verifier.to_string());
    let head = figures.head.as_ref().map(|head| {
        let note = with_lines(head, &figures.witnesses);
        json!({"size": head.size, "root": hex::encode(head.root), "note": note, "at": head.at})
    });
    let text = |name: &str| {
        let value = call.query(name).unwrap_or_default();
        value.trim().chars().take(FIELD_MAX).collect::<String>()
    };
    let (entry, leaf) = (text("entry"), text("leaf").to_ascii_lowercase());
    let checked = match (entry.is_empty(), &figures.head) {
        (false, Some(_)) => Some(check(&mut ctx, &entry, &leaf).await?),
        _ => None,
    };
    let context = json!({
        "head": head,
        "verifier": verifier,
        "figures": {
            "waiting": figures.waiting, "lag_s": figures.lag_s, "lag_most_s": figures.lag_most_s,
            "late": figures.late(), "quorum": figures.quorum, "cosigned": figures.cosigned(),
            "witnesses": figures.witnesses.len(),
            "witnessed": figures.witnessed.as_ref().map(|(size, _)| size),
        },
        "witnesses": figures.witnesses.iter().map(witness_row).collect::<Vec<_>>(),
        "growth": figures.growth().into_iter().map(|(day, n)| json!({"day": day, "n": n})).collect::<Vec<_>>(),
        "witnessing": crate::witness::verifier(&mut ctx).await?.map(|verifier| verifier.to_string()),
        "logs": crate::witness::logs(&mut ctx).await?.iter().map(log_row).collect::<Vec<_>>(),
        "entry": entry,
        "leaf": leaf,
        "checked": checked,
    });
    call.page("party/evidence/log.html", &context)
}

fn instant(us: i64) -> Option<Timestamp> {
    (us > 0).then_some(Timestamp(us))
}

fn witness_row(witness: &Witness) -> Json {
    json!({
        "name": witness.id, "verifier": witness.verifier, "size": witness.tree_size,
        "at": instant(witness.cosigned_us), "trouble": witness.trouble,
        "refused_size": witness.refused_size, "refused_at": instant(witness.refused_us),
    })
}

fn log_row(log: &WitnessedLog) -> Json {
    json!({
        "name": log.id, "size": log.tree_size, "at": instant(log.cosigned_us),
        "refusals": log.refusals, "refused_at": instant(log.refused_us),
        "fork": !log.fork_note.is_empty(),
    })
}

/// Tries the proof of an entry, named by its id or its place, and compares the leaf when one is
/// given. What the entry says is not told.
async fn check(ctx: &mut Ctx, entry: &str, leaf: &str) -> Result<Json> {
    let found = match entry.parse::<u64>() {
        Ok(place) => prove_place(ctx, place).await,
        Err(_) => match prove(ctx, entry).await {
            Ok(proof) => Ok((proof.position, hash(&proof.entry.leaf)?, proof.hashes, proof.head)),
            Err(error) => Err(error),
        },
    };
    let (place, held, hashes, head) = match found {
        Ok(found) => found,
        Err(error) if error.kind == Kind::NotFound || error.code == "proof.log.range" => {
            return Ok(json!({"state": "none"}));
        }
        Err(error) if error.code == "evidence.waiting" => return Ok(json!({"state": "waiting"})),
        Err(error) => return Err(error),
    };
    let holds = verify_inclusion(&held, place, head.size, &hashes, &head.root).is_ok();
    let held = hex::encode(held);
    let state = match (leaf.is_empty() || leaf == held, holds) {
        (false, _) => "other",
        (true, true) => "holds",
        (true, false) => "broken",
    };
    Ok(json!({"state": state, "place": place, "leaf": held, "size": head.size,
        "hashes": hashes.len()}))
}

/// `GET /log/checkpoint`.
pub(super) async fn checkpoint(call: Call) -> Answer {
    let mut ctx = call.read();
    let head = head(&mut ctx).await?.filter(|head| head.size > 0).ok_or_else(Error::not_found)?;
    let note = published(&mut ctx, &head).await?;
    call.file("text/plain; charset=utf-8", "checkpoint", note.into_bytes())
}

/// `GET /log/witnessed`: the newest checkpoint that enough witnesses have cosigned.
pub(super) async fn witnessed(call: Call) -> Answer {
    let (_, note) = super::witnessed(&mut call.read()).await?.ok_or_else(Error::not_found)?;
    call.file("text/plain; charset=utf-8", "checkpoint", note.into_bytes())
}

/// `GET /log/tile/LEVEL/INDEX[.p/WIDTH]`. Hashes only: entries are not public. A tile never
/// changes, so whoever has it may keep it.
pub(super) async fn tile(call: Call, Path(path): Path<String>) -> Answer {
    let tile = Tile::parse(&path).map_err(|_| Error::not_found())?;
    let mut ctx = call.read();
    let mut hashes = Tiles::one(&mut ctx, tile.level, tile.index).await?;
    if hashes.len() < usize::from(tile.width) {
        return Err(Error::not_found().into());
    }
    hashes.truncate(usize::from(tile.width));
    let mut answer = call.file("application/octet-stream", "tile", hashes.concat())?;
    let kept = HeaderValue::from_static("public, max-age=31536000, immutable");
    answer.headers_mut().insert(header::CACHE_CONTROL, kept);
    Ok(answer)
}
