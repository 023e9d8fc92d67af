//! What tests and the demonstration need of the machine, and how it is got.

use crate::{Outcome, command, finish, has, output, root, run};
use std::path::{Path, PathBuf};

/// A Debian package and how to see that it is there.
struct Package {
    name: &'static str,
    there: fn() -> bool,
}

const TEST_PACKAGES: &[Package] = &[
    Package { name: "postgresql", there: || crate::postgres::bin("initdb").is_some() },
    Package { name: "chromium", there: || has("chromium") },
    Package { name: "chromium-driver", there: || has("chromedriver") },
    Package { name: "fonts-noto-cjk", there: || system_font().is_some() },
    Package { name: "poppler-utils", there: || has("pdftotext") },
    Package { name: "openssl", there: || has("openssl") },
    Package { name: "softhsm2", there: || has("softhsm2-util") },
    Package { name: "python3-venv", there: || has("python3") && venv_works() },
];

/// Installs the Debian packages that tests need and the machine lacks.
pub fn test_packages() -> Outcome {
    let missing: Vec<&str> =
        TEST_PACKAGES.iter().filter(|p| !(p.there)()).map(|p| p.name).collect();
    if missing.is_empty() {
        return Ok(());
    }
    eprintln!("installing Debian packages: {}", missing.join(" "));
    let sudo = if is_root() { "" } else { "sudo -n " };
    let script = format!(
        "{sudo}apt-get update -qq && \
         {sudo}env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends {}",
        missing.join(" ")
    );
    run("sh", &["-c", &script])
        .map_err(|error| format!("{error}; install by hand: {}", missing.join(" ")))
}

/// A CJK font for the documents: the system's, or one fetched into the cache. The folder to give
/// to `yipan`, or `None` when the system has one.
pub fn font() -> Result<Option<PathBuf>, String> {
    if system_font().is_some() {
        return Ok(None);
    }
    let cache = cache().join("fonts");
    if holds_font(&cache) {
        return Ok(Some(cache));
    }
    std::fs::create_dir_all(&cache).map_err(|error| error.to_string())?;
    eprintln!("fetching a CJK font");
    let folder = cache.display();
    // Unpacked, not installed: no privilege is needed.
    let debian = format!(
        "cd '{folder}' && apt-get download -qq fonts-noto-cjk && dpkg -x fonts-noto-cjk_*.deb deb \
         && mv deb/usr/share/fonts/opentype/noto/*.ttc . && rm -r deb fonts-noto-cjk_*.deb"
    );
    let npm = format!(
        "cd '{folder}' && npm pack --silent @expo-google-fonts/noto-serif-sc \
         && tar -xzf expo-google-fonts-noto-serif-sc-*.tgz --strip-components=1 \
         && find . -name '*.ttf' -exec mv {{}} . ';'"
    );
    for script in [debian, npm] {
        let done = command("sh", &["-c", &script]).status().is_ok_and(|status| status.success());
        if done && holds_font(&cache) {
            return Ok(Some(cache));
        }
    }
    Err("no CJK font could be fetched; install the Debian package fonts-noto-cjk".to_owned())
}

/// The npm packages of the browser tests.
pub fn browser_modules() -> Outcome {
    let folder = root().join("e2e");
    let lock = std::fs::read(folder.join("package-lock.json")).map_err(|e| e.to_string())?;
    let mark = folder.join("node_modules/.installed");
    if std::fs::read(&mark).is_ok_and(|installed| installed == lock) {
        return Ok(());
    }
    let mut npm = command("npm", &["ci", "--ignore-scripts", "--no-audit", "--no-fund"]);
    finish("npm ci", npm.current_dir(&folder).status())?;
    std::fs::write(mark, lock).map_err(|error| error.to_string())
}

/// What tests ask of Python: the SMTP sink they deliver to, judges of signatures, tokens and sealed
/// files made by others than us, and the cryptography of the client that judges the evidence log.
const PYTHON_PACKAGES: &[&str] = &[
    "aiosmtpd==1.4.6",
    "asn1crypto==1.5.1",
    "cryptography==50.0.2",
    "cwt==3.3.0",
    "gmssl==3.2.2",
    "joserfc==1.8.0",
    "lxml==6.1.3",
    "ofdkit==0.2.0",
    "pyHanko==0.38.0",
    "sd-jwt==0.10.4",
];

/// A Python environment with what tests ask of it; its interpreter.
pub fn python() -> Result<PathBuf, String> {
    let folder = cache().join("python");
    let python = folder.join("bin/python");
    let probe = "import aiosmtpd, asn1crypto, cryptography, cwt, gmssl, joserfc, lxml, ofdkit, pyhanko, sd_jwt";
    let works = |python: &Path| output(&python.display().to_string(), &["-c", probe]).is_some();
    if !works(&python) {
        run("python3", &["-m", "venv", &folder.display().to_string()])?;
        let pip = folder.join("bin/pip").display().to_string();
        let install = ["install", "--quiet", "--disable-pip-version-check"];
        run(&pip, &[&install[..], PYTHON_PACKAGES].concat())?;
    }
    Ok(python)
}

/// The two engines of others that procedures are compared with, where tests and `yipan bench
/// process --peers` look for them, in the versions the bench names.
pub fn peers() -> Outcome {
    let wanted = root().join("crates/yipan/src/bench/peers");
    let (python, node) = (cache().join("peers/python"), cache().join("peers/node"));
    for (folder, named) in [(&python, "requirements.txt"), (&node, "package-lock.json")] {
        let wanted_text = std::fs::read(wanted.join(named)).map_err(|error| error.to_string())?;
        let mark = folder.join(".installed");
        if std::fs::read(&mark).is_ok_and(|installed| installed == wanted_text) {
            continue;
        }
        std::fs::create_dir_all(folder).map_err(|error| error.to_string())?;
        if named == "requirements.txt" {
            run("python3", &["-m", "venv", &folder.display().to_string()])?;
            let pip = folder.join("bin/pip").display().to_string();
            let list = wanted.join(named).display().to_string();
            run(&pip, &["install", "--quiet", "--disable-pip-version-check", "-r", &list])?;
        } else {
            for file in ["package.json", named] {
                std::fs::copy(wanted.join(file), folder.join(file)).map_err(|e| e.to_string())?;
            }
            let mut npm = command("npm", &["ci", "--ignore-scripts", "--no-audit", "--no-fund"]);
            finish("npm ci", npm.current_dir(folder).status())?;
        }
        std::fs::write(mark, wanted_text).map_err(|error| error.to_string())?;
    }
    Ok(())
}

/// Folder of what is fetched once and kept.
pub fn cache() -> PathBuf {
    let home = || std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache"));
    std::env::var_os("XDG_CACHE_HOME")
        .map(PathBuf::from)
        .or_else(home)
        .unwrap_or_else(std::env::temp_dir)
        .join("yipan")
}

/// True when this process may do anything.
pub fn is_root() -> bool {
    output("id", &["-u"]).is_some_and(|id| id.trim() == "0")
}

fn venv_works() -> bool {
    output("python3", &["-c", "import ensurepip, venv"]).is_some()
}

fn system_font() -> Option<PathBuf> {
    let folder = PathBuf::from("/usr/share/fonts/opentype/noto");
    holds_font(&folder).then_some(folder)
}

fn holds_font(folder: &Path) -> bool {
    std::fs::read_dir(folder).is_ok_and(|files| {
        files.flatten().any(|file| {
            let name = file.file_name().to_string_lossy().to_lowercase();
            name.starts_with("noto") && (name.ends_with(".ttc") || name.ends_with(".ttf"))
        })
    })
}
