//! Opens an installation: master key, database, objects, definitions, fonts, clock.

use crate::modules;
use kernel::{Error, Random, Result};
use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use store::object::Objects;
use store::{Clock, Ctx, Db, Env, Settings, Smtp, Typeset};

/// What an operator says about an installation.
#[derive(Clone, Debug)]
pub struct Install {
    /// Folder of the installation.
    pub data: PathBuf,
    /// `postgres://…`; SQLite in the data folder when absent.
    pub database: Option<String>,
    /// Address under which users reach it.
    pub base_url: String,
    /// True for a demonstration.
    pub demo: bool,
    /// Mail server.
    pub smtp: Option<Smtp>,
    /// Seed of a demonstration; `None` takes entropy from the operating system.
    pub seed: Option<u64>,
}

/// Opens it, making what is absent and bringing the schema up to date.
pub async fn open(install: &Install) -> Result<Arc<Env>> {
    std::fs::create_dir_all(&install.data)
        .map_err(|error| Error::unavailable(format!("{}: {error}", install.data.display())))?;
    let mut entropy = match install.seed {
        Some(seed) => Random::from_number(seed),
        None => Env::system_entropy()?,
    };
    let vault = proof::vault::Vault::new(master_key(&install.data, &mut entropy)?);
    let db = match &install.database {
        Some(url) => Db::open(url).await?,
        None => Db::open_file(&install.data.join("yipan.db")).await?,
    };
    store::migrate::run(&db).await?;
    let settings = Settings {
        data_dir: install.data.clone(),
        base_url: install.base_url.clone(),
        demo: install.demo,
        smtp: install.smtp.clone(),
    };
    let env = Env::new(
        db,
        Objects::open(&install.data.join("objects"))?,
        pack::Province::embedded()?,
        vault,
        Clock::system(0),
        settings,
        Arc::new(LazyTypesetter::default()),
        subscribers(),
        entropy,
    );
    let env = Arc::new(env.sealing(&modules::sealed()));
    let mut ctx = Ctx::read(&env, kernel::Actor::system("install"), kernel::Lang::Zh);
    let offset: Option<String> = ctx
        .scalar("SELECT value FROM setting WHERE name = 'clock_offset_us'", store::vals![])
        .await?;
    if let Some(offset) = offset.and_then(|text| text.parse().ok()) {
        env.clock.set_offset_us(offset);
    }
    Ok(env)
}

/// Topic → jobs, from the modules.
fn subscribers() -> BTreeMap<&'static str, Vec<&'static str>> {
    let mut subscribers: BTreeMap<&'static str, Vec<&'static str>> = BTreeMap::new();
    for module in modules::all(true) {
        for (topic, job) in module.subscriptions {
            subscribers.entry(topic).or_default().push(job);
        }
    }
    subscribers
}

/// The key under which sensitive columns and files are encrypted: `master.key`, readable by its
/// owner alone, made at the first start.
fn master_key(data: &Path, entropy: &mut Random) -> Result<[u8; 32]> {
    let path = data.join("master.key");
    let told = |error: std::io::Error| Error::unavailable(format!("{}: {error}", path.display()));
    if !path.exists() {
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&path).map_err(told)?;
        let written = file.write_all(hex::encode(entropy.bytes::<32>()).as_bytes());
        written.and_then(|()| file.sync_all()).map_err(told)?;
    }
    let text = std::fs::read_to_string(&path).map_err(told)?;
    let mut key = [0; 32];
    hex::decode_to_slice(text.trim(), &mut key)
        .map_err(|_| Error::internal(format!("{} does not hold a key", path.display())))?;
    Ok(key)
}

/// The typesetter, with fonts read when the first document is set.
#[derive(Default)]
struct LazyTypesetter(OnceLock<Result<document::Typesetter>>);

impl LazyTypesetter {
    fn get(&self) -> Result<&document::Typesetter> {
        let made = self.0.get_or_init(|| {
            let folder = std::env::var_os("YIPAN_FONTS").map(PathBuf::from);
            let folders: Vec<PathBuf> = folder.into_iter().collect();
            Ok(document::Typesetter::new(document::Fonts::load(&folders)?))
        });
        made.as_ref().map_err(Clone::clone)
    }
}

impl Typeset for LazyTypesetter {
    fn render(
        &self,
        layout: &str,
        data: &serde_json::Value,
        images: &[(&str, String)],
    ) -> Result<Vec<u8>> {
        let images: Vec<(&str, &[u8])> =
            images.iter().map(|(name, svg)| (*name, svg.as_bytes())).collect();
        self.get()?.render(layout, data, &images)
    }

    fn qr_svg(&self, text: &str) -> Result<String> {
        document::qr_svg(text)
    }

    fn qr_rows(&self, text: &str) -> Result<Vec<Vec<bool>>> {
        document::qr_rows(text)
    }

    fn seal_svg(&self, agency: &str, code: &str) -> Result<String> {
        document::seal_svg(document::SealFace { agency, kind: document::SealKind::Round, code })
    }

    fn face_svg(&self, picture: store::SealPicture<'_>) -> Result<String> {
        match picture {
            store::SealPicture::Special { agency, line, code } => {
                document::special_seal_svg(agency, line, code)
            }
            store::SealPicture::Personal { name } => document::personal_seal_svg(name),
        }
    }
}
