//! The installation a verb runs in: database, definitions, keys, clock, settings.

use crate::{Clock, Ctx, Db, Sealed, object::Objects};
use kernel::{Actor, Lang, Random, Result};
use proof::vault::Vault;
use serde_json::Value as Json;
use std::any::{Any, TypeId};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Notify;

/// Sends of electronic mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Smtp {
    /// Host name or address.
    pub host: String,
    /// Port.
    pub port: u16,
    /// Address that mail comes from.
    pub from: String,
}

/// What an operator decides about an installation.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Folder of the objects, the master key and, with SQLite, the database.
    pub data_dir: PathBuf,
    /// Address under which users reach the platform, without a trailing slash.
    pub base_url: String,
    /// True for a demonstration: banner on every page, synthetic people, a clock to advance.
    pub demo: bool,
    /// Mail server; none sends nothing and says so on the operations page.
    pub smtp: Option<Smtp>,
}

/// Turns a layout and its data into a PDF. Implemented by the `document` crate, which is heavy;
/// areas know only this trait.
pub trait Typeset: Send + Sync {
    /// The PDF of a typst layout over JSON data and named SVG pictures; same input, same bytes.
    fn render(&self, layout: &str, data: &Json, images: &[(&str, String)]) -> Result<Vec<u8>>;
    /// A QR code as SVG.
    fn qr_svg(&self, text: &str) -> Result<String>;
    /// The QR code row by row, true where it is dark, without the white around it. A typesetter that
    /// draws none has no rows.
    fn qr_rows(&self, _text: &str) -> Result<Vec<Vec<bool>>> {
        Ok(Vec::new())
    }
    /// The picture of an agency's seal as SVG.
    fn seal_svg(&self, agency: &str, code: &str) -> Result<String>;
    /// The picture of another seal as SVG. A typesetter that has one face only draws that.
    fn face_svg(&self, picture: SealPicture<'_>) -> Result<String> {
        match picture {
            SealPicture::Special { agency, code, .. } => self.seal_svg(agency, code),
            SealPicture::Personal { name } => self.seal_svg(name, ""),
        }
    }
}

/// What a seal shows that is not an agency's own.
#[derive(Clone, Copy, Debug)]
pub enum SealPicture<'a> {
    /// For a purpose.
    Special {
        /// The agency's full name.
        agency: &'a str,
        /// The text across the middle.
        line: &'a str,
        /// The seal's code.
        code: &'a str,
    },
    /// An officer's.
    Personal {
        /// His name.
        name: &'a str,
    },
}

/// The installation.
pub struct Env {
    /// The database.
    pub db: Db,
    /// Stored files.
    pub objects: Objects,
    /// The province's definitions.
    pub pack: Arc<pack::Province>,
    /// Encryption of sensitive columns and files.
    pub vault: Vault,
    /// Where "now" comes from.
    pub clock: Clock,
    /// The operator's decisions.
    pub settings: Settings,
    /// The typesetter of licences, receipts and notices.
    pub typeset: Arc<dyn Typeset>,
    /// Topic → jobs to enqueue when it is emitted.
    pub subscribers: BTreeMap<&'static str, Vec<&'static str>>,
    /// Tables whose rows are sealed, by name.
    pub sealed: BTreeMap<&'static str, Sealed>,
    entropy: Mutex<Random>,
    refused: Mutex<BTreeSet<&'static str>>,
    wake: Notify,
    kept: Mutex<HashMap<TypeId, Arc<dyn Any + Send + Sync>>>,
}

impl Env {
    /// Puts an installation together. `entropy` seeds every id and secret: from the operating
    /// system ([`Env::system_entropy`]) or, in tests and demonstrations, from a number.
    #[allow(clippy::too_many_arguments)]
    pub fn new(
        db: Db,
        objects: Objects,
        pack: Arc<pack::Province>,
        vault: Vault,
        clock: Clock,
        settings: Settings,
        typeset: Arc<dyn Typeset>,
        subscribers: BTreeMap<&'static str, Vec<&'static str>>,
        entropy: Random,
    ) -> Env {
        Env {
            db,
            objects,
            pack,
            vault,
            clock,
            settings,
            typeset,
            subscribers,
            sealed: BTreeMap::new(),
            entropy: Mutex::new(entropy),
            refused: Mutex::new(BTreeSet::new()),
            wake: Notify::new(),
            kept: Mutex::new(HashMap::new()),
        }
    }

    /// The same, sealing the rows of these tables.
    pub fn sealing(mut self, tables: &[Sealed]) -> Env {
        self.sealed = tables.iter().map(|sealed| (sealed.table, *sealed)).collect();
        self
    }

    /// Randomness for one verb.
    pub fn random(&self) -> Random {
        self.entropy.lock().unwrap_or_else(PoisonError::into_inner).fork()
    }

    /// Puts other entropy in place: a demonstration is generated from its seed and then served
    /// with secrets nobody can foresee.
    pub fn reseed(&self, entropy: Random) {
        *self.entropy.lock().unwrap_or_else(PoisonError::into_inner) = entropy;
    }

    /// Jobs of these names are asked for in vain from now on: what a load would do for each of
    /// thousands of records, and nobody waits for. None refuses nothing again.
    pub fn refuse_jobs(&self, names: &[&'static str]) {
        *self.refused.lock().unwrap_or_else(PoisonError::into_inner) =
            names.iter().copied().collect();
    }

    pub(crate) fn refuses_job(&self, name: &str) -> bool {
        self.refused.lock().unwrap_or_else(PoisonError::into_inner).contains(name)
    }

    /// What an area keeps in memory for this installation, by its type; made at the first asking.
    /// Only what the database can give again belongs there.
    pub fn kept<T: Default + Send + Sync + 'static>(&self) -> Arc<T> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let one = kept.entry(TypeId::of::<T>()).or_insert_with(|| Arc::new(T::default()));
        Arc::downcast(one.clone()).unwrap_or_default()
    }

    /// Randomness seeded by the operating system. Errors when it gives none.
    #[allow(clippy::disallowed_methods)] // the one lawful source of ambient entropy
    pub fn system_entropy() -> Result<Random> {
        let mut seed = [0; 32];
        getrandom::fill(&mut seed).map_err(kernel::Error::internal)?;
        Ok(Random::from_seed(seed))
    }

    /// A writing context for the platform itself.
    pub async fn system(self: &Arc<Self>, job: &str) -> Result<Ctx> {
        Ctx::write(self, Actor::system(job), Lang::Zh).await
    }

    /// Wakes the workers after a commit.
    pub(crate) fn wake(&self) {
        self.wake.notify_waiters();
    }

    /// Resolves at the next commit.
    pub(crate) async fn woken(&self) {
        self.wake.notified().await;
    }
}
