//! `cargo xtask demo`: from a fresh clone to the first page.

use crate::{Outcome, command, finish, setup};

/// Gets a font, builds, runs.
pub fn run(args: &[String]) -> Outcome {
    let font = setup::font()?;
    crate::run("cargo", &["build", "--package", "yipan"])?;
    let mut yipan = command("cargo", &["run", "--quiet", "--package", "yipan", "--", "demo"]);
    if let Some(folder) = font {
        yipan.env("YIPAN_FONTS", folder);
    }
    yipan.args(args);
    finish("yipan demo", yipan.status())
}
