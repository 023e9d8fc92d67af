//! An installation on a frozen clock with the demonstration province, cases of single items made
//! through the real verbs, and a browser that comes in as any actor.

use kernel::{Actor, ActorKind};
use party::person::{NewPerson, Person};
use service::case::{self, Submission};
use std::collections::BTreeMap;
use std::ops::Deref;
use testkit::{Installation, Place, Reply, Setup, Site};
use webkit::Module;

/// Jinshui district of Zhengzhou.
pub(crate) const JINSHUI: &str = "410105";
/// A district of Luoyang.
pub(crate) const LUOYANG: &str = "410305";

pub(crate) struct World {
    installation: Installation,
    site: Site,
}

impl Deref for World {
    type Target = Installation;

    fn deref(&self) -> &Installation {
        &self.installation
    }
}

fn modules() -> Vec<Module> {
    let mut modules = party::modules();
    modules.extend(licence::modules());
    modules.extend(service::modules());
    modules.extend(crate::modules());
    modules
}

impl World {
    pub(crate) async fn new() -> World {
        let setup = Setup { modules: modules(), ..Setup::default() };
        let installation = setup.at(&Place::any().await).await;
        licence::seal::provision(&installation.env).await.unwrap();
        let views = vec![webkit::view::own(), crate::views()];
        let site = Site::new(&installation.env, &crate::modules(), views);
        World { installation, site }
    }

    async fn person(&self) -> Person {
        let mut ctx = self.system().await;
        let new = NewPerson {
            name: "顾晓宁".to_owned(),
            number: Some("410105199403161824".to_owned()),
            division: JINSHUI.to_owned(),
            ..NewPerson::default()
        };
        let person = party::person::ensure(&mut ctx, new).await.unwrap();
        ctx.commit().await.unwrap();
        person
    }

    /// Submits one item in a division; the id of the item's case. Its rule finds no facts, so that
    /// the case waits for a person.
    pub(crate) async fn submit(&self, item: &str, division: &str, channel: &str) -> String {
        let person = self.person().await;
        let mut ctx = self.system().await;
        let new = Submission {
            draft_id: ctx.id(),
            one_thing: String::new(),
            items: vec![item.to_owned()],
            applicant_person: person.id,
            child: None,
            answers: BTreeMap::new(),
            facts: BTreeMap::new(),
            receipts: Default::default(),
            uploads: Vec::new(),
            division: division.to_owned(),
            channel: channel.to_owned(),
            mobile: "15400000001".to_owned(),
            about: Vec::new(),
        };
        let done = case::submit(&mut ctx, new).await.unwrap();
        ctx.commit().await.unwrap();
        self.drain().await;
        done.items[0].id.clone()
    }

    /// Accepts as the agency's approver.
    pub(crate) async fn accept(&self, id: &str, agency: &str) {
        let officer = staff(agency, "approver");
        self.run(&officer, async |ctx| case::accept(ctx, id, None, Default::default()).await)
            .await
            .unwrap();
    }

    /// Refuses as the agency's approver, naming the article.
    pub(crate) async fn refuse(&self, id: &str, agency: &str) {
        let refusal = case::Decision {
            granted: false,
            opinion: "不同意".to_owned(),
            reasons: "无法核实".to_owned(),
            article: "母婴保健法第二十三条".to_owned(),
            ..case::Decision::default()
        };
        let officer = staff(agency, "approver");
        self.run(&officer, async |ctx| case::decide(ctx, id, None, refusal).await).await.unwrap();
    }

    pub(crate) async fn get(&self, actor: &Actor, path: &str) -> Reply {
        self.site.admit(&actor.account, actor.clone());
        self.site.get(&actor.account, path).await
    }
}

/// An officer of an agency with a role; his division is the agency's.
pub(crate) fn staff(agency: &str, role: &str) -> Actor {
    let division = agency.rsplit_once('-').map_or("410000", |(_, division)| division);
    Actor {
        kind: ActorKind::Officer,
        account: format!("account-{role}-{agency}"),
        name: format!("{role} {agency}"),
        roles: vec![role.to_owned()],
        agency: agency.to_owned(),
        division: division.to_owned(),
        assurance: 2,
        ..Actor::default()
    }
}
