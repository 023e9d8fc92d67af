//! The demonstration: somebody is there for every task of every procedure of the library.

use crate::demo::accounts::posts;
use flow::process::{Kind, Task};
use process::bundle::{Files, prove};
use std::collections::BTreeSet;

#[test]
fn every_candidate_role_of_the_library_has_a_post_in_one_agency() {
    let pack = pack::Province::embedded().unwrap();
    let posts = posts(&pack, "410105").unwrap();
    let logins: BTreeSet<&str> = posts.iter().map(|post| post.login.as_str()).collect();
    assert_eq!(logins.len(), posts.len(), "two posts of one login");
    let mut named = BTreeSet::new();
    for procedure in pack.procedures() {
        let id = procedure.procedure.id.clone();
        let bundle = prove(&Files::drawn(&procedure).unwrap(), &pack, &|_| true).unwrap();
        let nodes = bundle.definitions.iter().flat_map(|one| one.nodes());
        let work = nodes.filter(|node| {
            matches!(node.kind, Kind::Task(Task::User { .. } | Task::Manual) | Kind::Sub(_))
        });
        let roles: BTreeSet<String> = work
            .flat_map(|node| node.candidates.iter().cloned())
            .filter(|candidate| pack.role(candidate).is_some())
            .collect();
        let all = |agency: &str| {
            let held = |role: &String| {
                let mut there = posts.iter().filter(|post| post.agency == agency);
                there.any(|post| post.roles.contains(role))
            };
            roles.iter().all(held)
        };
        assert!(posts.iter().any(|post| all(&post.agency)), "{id}: nowhere are {roles:?}");
        named.extend(roles);
    }
    assert!(named.len() > 8, "{named:?}");
}
