//! Numbered blanks of the certificate of birth at the agency of the home county, as the province hands
//! them out: the first is spoiled, the rest wait for papers. By the verbs that serve today's officers.
//!
//! Must not know: who signs in, what else is loaded.

use super::accounts::Home;
use kernel::{Actor, ActorKind, Error, Lang, Result};
use licence::print;
use std::sync::Arc;
use store::{Ctx, Env};

/// The item whose licence is printed, and the licence.
const ITEM: &str = "birth-certificate";
/// How many a consignment has.
const NUMBER: i64 = 200;

/// Receives a consignment.
pub async fn run(env: &Arc<Env>, home: &Home) -> Result<()> {
    let place = env.pack.division(&home.county).ok_or_else(Error::not_found)?;
    let item = env.pack.item(ITEM).ok_or_else(Error::not_found)?;
    let agency = env.pack.competent(&item.agency, item.level, place);
    let agency = agency.ok_or_else(Error::not_found)?;
    let clerk = Actor {
        kind: ActorKind::Officer,
        account: format!("past:{}", agency.id),
        name: "往期承办人".to_owned(),
        roles: vec!["approver".to_owned()],
        agency: agency.id,
        division: agency.division,
        assurance: 2,
        ..Actor::default()
    };
    let mut ctx = Ctx::write(env, clerk, Lang::Zh).await?;
    print::receive(&mut ctx, ITEM, "Z410000001", NUMBER, "省级配发，交接单 2026-017").await?;
    print::spoil(&mut ctx, ITEM, "Z410000001", "打印机卡纸撕毁").await?;
    print::count(&mut ctx, ITEM, NUMBER - 1, "").await?;
    ctx.commit().await
}
