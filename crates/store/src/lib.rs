//! The ground every area writes on: the database seam over SQLite and PostgreSQL, the transaction
//! a verb runs in, migrations, objects, jobs and timers, and the platform's clock.
//!
//! Invariants
//! - SQL is written once, with `$1` placeholders, text ids, times as integer microseconds and JSON
//!   as text; what differs between the engines lives in [`dialect`] and nowhere else.
//! - A write happens in exactly one transaction: state, evidence, events and jobs together. A
//!   dropped [`Ctx`] rolls back.
//! - Ambient time and entropy are read here ([`clock`], [`env`]) and handed on; nobody else may.
//!
//! Must not know: any area's table, HTTP, HTML.

pub mod clock;
pub mod command;
pub mod ctx;
pub mod db;
pub mod dialect;
pub mod env;
pub mod job;
pub mod migrate;
pub mod object;
mod seal;
mod sqlite;
mod together;
pub mod value;

pub use clock::Clock;
pub use ctx::Ctx;
pub use db::{Db, Engine};
pub use env::{Env, SealPicture, Settings, Smtp, Typeset};
pub use job::{Handler, Job, JobSpec};
pub use sea_orm::FromQueryResult;
pub use seal::{Broken, SEALED, Sealed};
pub use value::Value;
