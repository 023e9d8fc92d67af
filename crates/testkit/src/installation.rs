//! An installation put together for a test.

use crate::{Place, Plain};
use kernel::{Actor, Lang, Random, Result, Timestamp};
use pack::Province;
use proof::vault::Vault;
use std::collections::BTreeMap;
use std::sync::Arc;
use store::job::Worker;
use store::object::Objects;
use store::{Clock, Ctx, Engine, Env, Sealed, Settings, Smtp, Typeset, vals};
use webkit::Module;

/// When tests happen unless they say otherwise: Tuesday 15 September 2026, ten o'clock in China.
pub const TUESDAY: Timestamp = Timestamp(1_789_437_600_000_000);

/// How an installation is put together.
pub struct Setup {
    /// Its definitions.
    pub pack: Arc<Province>,
    /// Its clock.
    pub clock: Clock,
    /// What its randomness is drawn from.
    pub seed: u64,
    /// Modules whose jobs run, and hear of what is published.
    pub modules: Vec<Module>,
    /// Tables whose rows are sealed.
    pub sealed: Vec<Sealed>,
    /// Who sets its papers.
    pub typeset: Arc<dyn Typeset>,
    /// A demonstration or the real thing.
    pub demo: bool,
    /// Where it is reached.
    pub base_url: &'static str,
    /// Where its mail goes.
    pub smtp: Option<Smtp>,
    /// The language in which it is spoken to.
    pub lang: Lang,
}

impl Default for Setup {
    fn default() -> Setup {
        Setup {
            pack: Province::embedded().unwrap(),
            clock: Clock::frozen(TUESDAY),
            seed: 20_260_915,
            modules: Vec::new(),
            sealed: Vec::new(),
            typeset: Arc::new(Plain),
            demo: false,
            base_url: "https://yipan.example",
            smtp: None,
            lang: Lang::Zh,
        }
    }
}

/// An installation of a test.
#[derive(Clone)]
pub struct Installation {
    /// What the verbs run in.
    pub env: Arc<Env>,
    /// Who runs its jobs.
    pub worker: Worker,
    /// Where its data are.
    pub place: Place,
    lang: Lang,
}

impl Setup {
    /// Puts it together at a place. A second one at the same place is another process on the same
    /// database: its own connections, clock and randomness.
    pub async fn at(self, place: &Place) -> Installation {
        let settings = Settings {
            data_dir: place.folder().to_owned(),
            base_url: self.base_url.to_owned(),
            demo: self.demo,
            smtp: self.smtp,
        };
        let mut subscribers: BTreeMap<&'static str, Vec<&'static str>> = BTreeMap::new();
        for (topic, job) in self.modules.iter().flat_map(|module| &module.subscriptions) {
            subscribers.entry(topic).or_default().push(job);
        }
        let env = Env::new(
            place.open().await,
            Objects::open(&place.folder().join("objects")).unwrap(),
            self.pack,
            Vault::new([7; 32]),
            self.clock,
            settings,
            self.typeset,
            subscribers,
            Random::from_number(self.seed),
        );
        let env = Arc::new(env.sealing(&self.sealed));
        let jobs: Vec<_> = self.modules.iter().flat_map(|module| module.jobs.clone()).collect();
        let worker = Worker::new(env.clone(), &jobs);
        Installation { env, worker, place: place.clone(), lang: self.lang }
    }
}

impl Installation {
    /// The platform itself, writing.
    pub async fn system(&self) -> Ctx {
        self.env.system("test").await.unwrap()
    }

    /// An actor who writes.
    pub async fn write(&self, actor: &Actor) -> Ctx {
        Ctx::write(&self.env, actor.clone(), self.lang).await.unwrap()
    }

    /// An actor who reads.
    pub fn read(&self, actor: &Actor) -> Ctx {
        Ctx::read(&self.env, actor.clone(), self.lang)
    }

    /// Runs a verb as an actor in a transaction of its own.
    pub async fn run<T>(
        &self,
        actor: &Actor,
        verb: impl AsyncFnOnce(&mut Ctx) -> Result<T>,
    ) -> Result<T> {
        let mut ctx = Ctx::write(&self.env, actor.clone(), self.lang).await?;
        // What a verb holds is large where nothing is optimised; tests hold several.
        let done = Box::pin(verb(&mut ctx)).await?;
        ctx.commit().await?;
        Ok(done)
    }

    /// Runs every job that is due; none may have failed.
    pub async fn drain(&self) {
        self.worker.drain().await.unwrap();
        let failed = self.texts("SELECT name || ' ' || failure FROM job WHERE failure <> ''").await;
        assert_eq!(failed, Vec::<String>::new());
    }

    /// Waits until the server has ended what those killed had under way: a commit may have
    /// been sent before its sender's end, and is then done after it.
    pub async fn settled(&self) {
        if self.env.db.engine == Engine::Sqlite {
            return;
        }
        let busy = "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database()
            AND state <> 'idle' AND pid <> pg_backend_pid()";
        for _ in 0..500 {
            if self.count(busy).await == 0 {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        panic!("transactions of killed nodes do not end");
    }

    /// Lets days pass.
    pub fn advance_days(&self, days: i64) {
        self.env.clock.advance_us(days * kernel::time::DAY_US);
    }

    /// Lets hours pass.
    pub fn advance_hours(&self, hours: i64) {
        self.env.clock.advance_us(hours * kernel::time::HOUR_US);
    }

    /// The number a query answers.
    pub async fn count(&self, sql: &str) -> i64 {
        self.system().await.count(sql, vals![]).await.unwrap()
    }

    /// The texts a query answers.
    pub async fn texts(&self, sql: &str) -> Vec<String> {
        self.system().await.column(sql, vals![]).await.unwrap()
    }

    /// Changes the database by hand.
    pub async fn execute(&self, sql: &str) {
        let mut ctx = self.system().await;
        ctx.execute(sql, vals![]).await.unwrap();
        ctx.commit().await.unwrap();
    }
}
