//! `yipan administrator`: makes the account from which every other officer's comes.

use super::{Found, InstallationArgs, log};
use clap::Args;
use kernel::{Actor, Error, Lang, Result};
use pack::Level;
use party::administration::{Given, NewOfficer, appoint};
use std::sync::Arc;
use store::{Ctx, Env};

/// Options of `yipan administrator`.
#[derive(Args, Clone, Debug)]
pub struct Options {
    #[command(flatten)]
    installation: InstallationArgs,
    /// Name of the person.
    #[arg(long)]
    name: String,
    /// Login.
    #[arg(long, default_value = "administrator")]
    login: String,
    /// Agency of the post, `KIND-DIVISION`; the province's government office when absent.
    #[arg(long)]
    agency: Option<String>,
    /// Make one more although there is an administrator.
    #[arg(long)]
    another: bool,
    /// Why, for the record of acts.
    #[arg(long, default_value = "开通平台 opening the installation")]
    reason: String,
}

/// Makes the account and prints its password, which nobody can be told again.
pub async fn run(options: &Options) -> Result<Found> {
    let env = log::open(&options.installation).await?;
    let given = make(&env, options).await?;
    if options.installation.json {
        say!("{}", serde_json::to_string(&given).unwrap_or_default());
    } else {
        say!("登录名 login: {}", given.login);
        say!("初始密码 initial password: {}", given.initial_password);
        say!(
            "只显示这一次，{days} 天内首次登录时必须修改。Shown this once; it must be changed at the first sign-in, within {days} days.",
            days = given.days
        );
    }
    Ok(Found::Good)
}

/// Makes the account. Errors: `administration.exists` unless another is wanted, and what is wrong
/// with login, name or agency.
pub(crate) async fn make(env: &Arc<Env>, options: &Options) -> Result<Given> {
    let agency = match &options.agency {
        Some(agency) => agency.clone(),
        None => office(&env.pack)?,
    };
    let new = NewOfficer {
        login: options.login.clone(),
        name: options.name.clone(),
        agency,
        roles: Vec::new(),
    };
    let mut ctx = Ctx::write(env, Actor::system("administrator"), Lang::Zh).await?;
    let given = appoint(&mut ctx, &new, options.another, &options.reason).await;
    let given = given.map_err(|error| match error.code {
        "administration.exists" => error.detail("--another makes one more"),
        _ => error,
    })?;
    ctx.commit().await?;
    Ok(given)
}

/// The government office of the province.
fn office(pack: &pack::Province) -> Result<String> {
    let agency = pack
        .divisions()
        .root()
        .and_then(|root| pack.competent("government-office", Level::Province, root));
    agency
        .map(|agency| agency.id)
        .ok_or_else(|| Error::invalid("account.agency").detail("--agency names the agency"))
}
