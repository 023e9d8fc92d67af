//! The islands that need a bundler: built from `web/` into the target folder when Node is there.

use crate::{command, finish, has, root};
use std::path::PathBuf;

/// Builds them; the folder to give to `yipan --web`, or `None` when the machine has no Node.
/// Errors: their packages cannot be had, or they do not bundle.
pub fn build() -> Result<Option<PathBuf>, String> {
    if !has("node") || !has("npm") {
        eprintln!("no Node: procedures are changed by file, without the drawing surface");
        return Ok(None);
    }
    let (folder, out) = (root().join("web"), target().join("web"));
    let lock = std::fs::read(folder.join("package-lock.json")).map_err(|e| e.to_string())?;
    let mark = folder.join("node_modules/.installed");
    if !std::fs::read(&mark).is_ok_and(|installed| installed == lock) {
        let mut npm = command("npm", &["ci", "--ignore-scripts", "--no-audit", "--no-fund"]);
        finish("npm ci", npm.current_dir(&folder).status())?;
        std::fs::write(mark, lock).map_err(|error| error.to_string())?;
    }
    let shown = out.display().to_string();
    let mut node = command("node", &["build.mjs", &shown]);
    finish("bundling web/", node.current_dir(&folder).status())?;
    Ok(Some(out))
}

fn target() -> PathBuf {
    let named = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    named.map_or_else(|| root().join("target"), |folder| root().join(folder))
}
