//! `cargo xtask demo`: from a fresh clone to the first page.

use crate::{Outcome, command, finish, setup, web};

/// Gets a font, builds, runs.
pub fn run(args: &[String]) -> Outcome {
    let font = setup::font()?;
    crate::run("cargo", &["build", "--package", "yipan"])?;
    let mut yipan = command("cargo", &["run", "--quiet", "--package", "yipan", "--", "demo"]);
    if let Some(folder) = font {
        yipan.env("YIPAN_FONTS", folder);
    }
    // A demonstration does without what cannot be fetched.
    match web::build() {
        Ok(Some(folder)) => {
            yipan.arg("--web").arg(folder);
        }
        Ok(None) => {}
        Err(error) => eprintln!("{error}: procedures are changed by file"),
    }
    yipan.args(args);
    finish("yipan demo", yipan.status())
}
