//! Where a test's data are: a folder, and in it a SQLite file, or a database on the server that
//! `YIPAN_TEST_POSTGRES` names. Both are gone when the last that uses them is.

use std::path::Path;
use std::sync::Arc;
use store::{Db, Env};
use tempfile::TempDir;

/// A place for one installation.
#[derive(Clone)]
pub struct Place {
    url: Arc<str>,
    // Dropped in this order: the folder last.
    _made: Option<Arc<Made>>,
    folder: Arc<TempDir>,
}

/// A database made on a server.
struct Made {
    server: String,
    name: String,
}

impl Drop for Made {
    fn drop(&mut self) {
        let (server, name) = (self.server.clone(), self.name.clone());
        // On a thread of its own: a test's runtime cannot wait in a destructor.
        let work = move || {
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let admin = Db::open(&server).await.unwrap();
                admin.script(&format!("DROP DATABASE {name} WITH (FORCE)")).await.unwrap();
                admin.close().await;
            });
        };
        let _done = std::thread::spawn(work).join();
    }
}

/// Name of the database with all tables and nothing in them, made by the first test that finds
/// none: copying it takes a third of the time of making the tables.
fn template() -> String {
    let steps = store::migrate::steps().unwrap();
    let history: String = steps.into_iter().map(|step| step.sql).collect();
    format!("yipan_tables_{}", &proof::digest::sm3_hex(history.as_bytes())[..16])
}

impl Place {
    /// A file of the embedded database.
    pub fn sqlite() -> Place {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("test.db");
        Place { url: file.to_str().unwrap().into(), _made: None, folder: Arc::new(folder) }
    }

    /// A database on the server of the test run; none when it names none.
    pub async fn postgres() -> Option<Place> {
        let server = std::env::var("YIPAN_TEST_POSTGRES").ok().filter(|url| !url.is_empty())?;
        let name = format!("yipan_{:x}", Env::system_entropy().unwrap().number());
        let (head, _) = server.rsplit_once('/').unwrap();
        let url: Arc<str> = format!("{head}/{name}").into();
        let admin = Db::open(&server).await.unwrap();
        let template = template();
        let copied = admin.script(&format!("CREATE DATABASE {name} TEMPLATE {template}")).await;
        if copied.is_err() {
            admin.script(&format!("CREATE DATABASE {name}")).await.unwrap();
            let db = Db::open(&url).await.unwrap();
            store::migrate::run(&db).await.unwrap();
            db.close().await;
            // Another test may have been first.
            let _made = admin.script(&format!("CREATE DATABASE {template} TEMPLATE {name}")).await;
        }
        admin.close().await;
        let folder = Arc::new(tempfile::tempdir().unwrap());
        Some(Place { url, _made: Some(Arc::new(Made { server, name })), folder })
    }

    /// On the server of the test run, else a file.
    pub async fn any() -> Place {
        match Place::postgres().await {
            Some(place) => place,
            None => Place::sqlite(),
        }
    }

    /// The folder, for what is no database.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Opens the database, its tables made.
    pub async fn open(&self) -> Db {
        let db = Db::open(&self.url).await.unwrap();
        store::migrate::run(&db).await.unwrap();
        db
    }
}
