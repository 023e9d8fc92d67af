//! `yipan administrator`: an installation is opened, once.

use crate::command::administrator;
use crate::install::{self, Install};
use clap::Parser;
use kernel::{Actor, Lang};
use party::account;
use store::Ctx;

#[derive(Parser)]
struct Line {
    #[command(flatten)]
    options: administrator::Options,
}

fn options(words: &[&str]) -> administrator::Options {
    Line::try_parse_from([&["administrator"], words].concat()).unwrap().options
}

#[tokio::test]
async fn the_first_administrator_is_made_once_and_must_set_his_own_password() {
    let folder = tempfile::tempdir().unwrap();
    let env = install::open(&Install {
        data: folder.path().to_owned(),
        database: None,
        base_url: String::new(),
        demo: false,
        smtp: None,
        seed: None,
    })
    .await
    .unwrap();
    let mut ctx = Ctx::read(&env, Actor::system("test"), Lang::Zh);
    assert_eq!(party::administration::administrators(&mut ctx).await.unwrap(), 0);
    let given = administrator::make(&env, &options(&["--name", "王晓岚"])).await.unwrap();
    assert_eq!(given.login, "administrator");
    assert_eq!(party::administration::administrators(&mut ctx).await.unwrap(), 1);

    let sign_in = async |secret: &str| {
        account::sign_in(&env, Lang::Zh, "administrator", secret, "test").await
    };
    let first = &given.initial_password;
    assert_eq!(sign_in(first).await.unwrap_err().code, "password.initial");
    let own = "ta ziji de mima";
    account::first_password(&env, Lang::Zh, "administrator", first, own, "test").await.unwrap();
    let actor = sign_in(own).await.unwrap().actor;
    assert_eq!(
        (actor.roles.as_slice(), &*actor.division),
        (&["administrator".to_owned()][..], "410000")
    );

    let second = options(&["--name", "李明", "--login", "second"]);
    let refused = administrator::make(&env, &second).await.unwrap_err();
    assert_eq!(refused.code, "administration.exists");
    let second = options(&["--name", "李明", "--login", "second", "--another"]);
    administrator::make(&env, &second).await.unwrap();
    assert_eq!(party::administration::administrators(&mut ctx).await.unwrap(), 2);
    let record = "SELECT COUNT(*) FROM evidence_entry WHERE kind = 'account.opened'";
    assert_eq!(ctx.count(record, store::vals![]).await.unwrap(), 2);
}

#[test]
fn only_a_demonstration_says_that_it_is_one() {
    let pack = pack::Province::embedded().unwrap();
    let names = |demo: bool| {
        let site = crate::site::shell(&pack, demo);
        format!("{:?} {:?}", site.region, site.legal)
    };
    assert!(names(true).contains("河南省（演示）") && names(true).contains("办公厅（演示）"));
    assert!(names(false).contains("河南省") && !names(false).contains("演示"), "{}", names(false));
}
