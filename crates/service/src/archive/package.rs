//! A folder as one self-contained file: its parts under a METS manifest, with the proofs that its
//! evidence stands in the log.
//!
//! Invariants: a part is read back by its digest, so that a damaged one makes no package; the same
//! folder and reader at the same checkpoint give the same bytes; `yipan verify` proves it alone.
//! Must not know: who may read which part; how folders are packed.

use super::model::Folder;
use crate::case::Download;
use ::store::Ctx;
use kernel::{Error, Result};
use party::evidence;
use proof::ofd::Files;
use serde_json::{Value as Json, json};

/// The package of a folder with the parts its reader may see. Errors: `object.damaged`,
/// `not_found` for a file that is gone; `evidence.waiting`; `proof.ofd.container` for a folder too
/// large for one file.
pub(super) async fn make(ctx: &mut Ctx, folder: &Folder) -> Result<Download> {
    // One that was taken in is a package already.
    if let [part] = folder.parts.as_slice()
        && !folder.source.is_empty()
    {
        let content = ctx.env.objects.get(&ctx.env.vault, &part.digest).await?;
        let media_type = part.media_type.clone();
        return Ok(Download { name: part.name.clone(), media_type, content });
    }
    let mut files = Files::new();
    let mut manifest = Json::Null;
    for part in &folder.parts {
        let content = ctx.env.objects.get(&ctx.env.vault, &part.digest).await?;
        if part.kind == "manifest" {
            manifest = serde_json::from_slice(&content).map_err(Error::internal)?;
        }
        files.insert(part.name.clone(), content);
    }
    let proofs = proofs(ctx, &manifest).await?;
    Ok(Download {
        name: format!("{}.zip", folder.number),
        media_type: "application/zip".to_owned(),
        content: proof::package::write(&files, &proofs)?,
    })
}

/// Where each entry of the manifest stands in the log, and the hashes that lead to the checkpoint.
/// The log only grows, and all leads to the checkpoint of the first proof's reading or none does:
/// should it have grown meanwhile, everything is proven again.
async fn proofs(ctx: &mut Ctx, manifest: &Json) -> Result<Json> {
    const ATTEMPTS_MAX: usize = 3;
    let entries = manifest["evidence"].as_array();
    let entries = entries.ok_or_else(|| Error::internal("a manifest that names no evidence"))?;
    for _ in 0..ATTEMPTS_MAX {
        let (mut proven, mut notes) = (Vec::with_capacity(entries.len()), Vec::new());
        for entry in entries {
            let found = evidence::prove(ctx, entry["id"].as_str().unwrap_or_default()).await?;
            let hashes: Vec<String> = found.hashes.iter().map(hex::encode).collect();
            proven.push(json!({ "id": found.entry.id, "leaf": found.entry.leaf,
                "position": found.position, "hashes": hashes }));
            notes.push(found.head.note);
        }
        notes.dedup();
        if notes.len() <= 1 {
            let checkpoint = notes.pop().unwrap_or_default();
            return Ok(json!({ "checkpoint": checkpoint, "proofs": proven }));
        }
    }
    Err(Error::unavailable("the evidence log grows faster than it can be read"))
}
