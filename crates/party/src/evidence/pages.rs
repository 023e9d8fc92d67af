//! The public page of the log, its checkpoint and tiles as files (C2SP tlog-tiles).

use super::tile::Tiles;
use super::{head, key, lag};
use axum::extract::Path;
use kernel::Error;
use proof::log::TILE_WIDTH;
use serde_json::json;
use webkit::{Answer, Call};

/// `GET /log`.
pub(super) async fn log(call: Call) -> Answer {
    let mut ctx = call.read();
    let head = head(&mut ctx).await?.filter(|head| head.size > 0);
    let verifier = key::verifier(&mut ctx).await?.map(|verifier| verifier.to_string());
    let shown = head.map(|head| {
        json!({"size": head.size, "root": hex::encode(head.root), "note": head.note, "at": head.at})
    });
    let context = json!({"head": shown, "lag": lag(&mut ctx).await?, "verifier": verifier});
    call.page("party/evidence/log.html", &context)
}

/// `GET /log/checkpoint`.
pub(super) async fn checkpoint(call: Call) -> Answer {
    let mut ctx = call.read();
    let head = head(&mut ctx).await?.filter(|head| head.size > 0).ok_or_else(Error::not_found)?;
    call.file("text/plain; charset=utf-8", "checkpoint", head.note.into_bytes())
}

/// `GET /log/tile/LEVEL/INDEX[.p/WIDTH]`. Hashes only: entries are not public.
pub(super) async fn tile(call: Call, Path(path): Path<String>) -> Answer {
    let (level, index, width) = parse(&path).ok_or_else(Error::not_found)?;
    let mut ctx = call.read();
    let mut hashes = Tiles::one(&mut ctx, level, index).await?;
    if hashes.len() < width {
        return Err(Error::not_found().into());
    }
    hashes.truncate(width);
    call.file("application/octet-stream", "tile", hashes.concat())
}

/// Level, index and width of `tile/0/x001/067.p/5`.
pub(crate) fn parse(path: &str) -> Option<(u8, u64, usize)> {
    let rest = path.strip_prefix("tile/")?;
    let (level, rest) = rest.split_once('/')?;
    let level = level.parse::<u8>().ok().filter(|level| *level < 8)?;
    let (place, width) = match rest.split_once(".p/") {
        Some((place, width)) => {
            let width = width.parse::<usize>().ok();
            (place, width.filter(|width| (1..TILE_WIDTH as usize).contains(width))?)
        }
        None => (rest, TILE_WIDTH as usize),
    };
    let mut index = 0_u64;
    let parts: Vec<&str> = place.split('/').collect();
    if parts.len() > 6 {
        return None;
    }
    for (at, part) in parts.iter().enumerate() {
        let last = at + 1 == parts.len();
        let digits = if last { *part } else { part.strip_prefix('x')? };
        if digits.len() != 3 || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        index = index.checked_mul(1_000)?.checked_add(digits.parse().ok()?)?;
    }
    Some((level, index, width))
}
