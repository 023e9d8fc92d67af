//! Random walks over random procedures: whatever officers do in whatever order, what the database
//! shows is what the histories say, and every procedure comes to its end.

use super::world::{World, document, draw};
use crate::task;
use flow::process::Variables;
use kernel::Random;
use serde_json::{Value as Json, json};

/// Draws blocks: sequences, choices, forks, loops, sub-processes, calls.
struct Artist {
    random: Random,
    next: usize,
    nodes: Vec<String>,
    flows: Vec<String>,
    variables: serde_json::Map<String, Json>,
}

impl Artist {
    fn new(seed: u64) -> Artist {
        let (nodes, flows, variables) = Default::default();
        Artist { random: Random::from_number(seed), next: 0, nodes, flows, variables }
    }

    fn node(&mut self, kind: &str) -> String {
        self.next += 1;
        let id = format!("n{}", self.next);
        self.nodes.push(kind.replace("ID", &id));
        id
    }

    fn flow(&mut self, from: &str, to: &str, condition: &str) {
        self.flows.push(format!("{from} {to} {condition}").trim().to_owned());
    }

    /// Draws a block after a node; the node it ends at.
    fn block(&mut self, from: &str, condition: &str, depth: usize) -> String {
        let kind = if depth == 0 { 0 } else { self.random.below(8) };
        match kind {
            0 | 1 => {
                let role = ["clerk", "reviewer", "approver"][self.random.below(3) as usize];
                let id = self.node(&format!("userTask ID y:candidates={role} y:limit=P2D"));
                self.flow(from, &id, condition);
                id
            }
            2 => {
                let id = self.node("serviceTask ID y:topic=test.outside");
                self.flow(from, &id, condition);
                id
            }
            3 => {
                let id = self.node("<intermediateCatchEvent id=\"ID\"><timerEventDefinition><timeDuration>PT3H</timeDuration></timerEventDefinition></intermediateCatchEvent>");
                self.flow(from, &id, condition);
                id
            }
            4 => {
                let first = self.block(from, condition, depth - 1);
                self.block(&first, "", depth - 1)
            }
            5 => self.fork("parallelGateway ID", from, condition, depth),
            6 => self.fork("exclusiveGateway ID", from, condition, depth),
            _ => {
                let id = self.node("callActivity ID calledElement=child");
                self.flow(from, &id, condition);
                id
            }
        }
    }

    fn fork(&mut self, kind: &str, from: &str, condition: &str, depth: usize) -> String {
        let (split, join) = (self.node(kind), self.node(kind));
        self.flow(from, &split, condition);
        let name = format!("v{}", self.next);
        let branches = 2 + self.random.below(2);
        if kind.starts_with("exclusive") {
            self.variables.insert(name.clone(), json!(self.random.below(branches)));
        }
        for branch in 0..branches {
            let way = match kind.starts_with("exclusive") {
                true => format!("{name} = {branch}"),
                false => String::new(),
            };
            let last = self.block(&split, &way, depth - 1);
            self.flow(&last, &join, "");
        }
        join
    }

    fn drawing(&mut self) -> String {
        self.nodes.push("startEvent s0".to_owned());
        let last = self.block("s0", "", 3);
        self.nodes.push("endEvent e".to_owned());
        self.flow(&last, "e", "");
        let nodes: Vec<&str> = self.nodes.iter().map(String::as_str).collect();
        let flows: Vec<&str> = self.flows.iter().map(String::as_str).collect();
        draw(&nodes, &flows)
    }
}

#[tokio::test]
async fn whatever_officers_do_the_rows_are_what_the_histories_say() {
    let world = World::new().await;
    let child = draw(&["startEvent cs", "userTask ca", "endEvent ce"], &["cs ca", "ca ce"]);
    let officers = ["clerk", "wang", "lijing", "zhao"];
    let mut ended = 0;
    for seed in 0..12 {
        let mut artist = Artist::new(seed);
        let drawing = artist.drawing();
        world.deploy(&document(&[("p", &drawing), ("child", &child)])).await;
        let variables = Json::Object(artist.variables.clone());
        let begun = world.start("clerk", "p", variables).await.unwrap();
        let mut random = artist.random;
        for _ in 0..120 {
            if world.phase(&begun.id).await != "active" {
                break;
            }
            let mut ctx = world.system().await;
            let sql = "SELECT id FROM process_task WHERE open = 1 ORDER BY id";
            let open: Vec<String> = ctx.column(sql, store::vals![]).await.unwrap();
            drop(ctx);
            let login = *random.pick(&officers).unwrap();
            match (random.below(12), random.pick(&open).cloned()) {
                (0 | 1, _) => {
                    world.drain().await;
                }
                (2, _) => world.advance_hours(2),
                (_, None) => {
                    world.advance_hours(4);
                    world.drain().await;
                }
                (choice, Some(id)) => {
                    let to = *random.pick(&officers).unwrap();
                    let back = (random.below(2) == 0).then_some("n1");
                    // Many of these are refused; whatever comes, the world is checked after.
                    let _ = world
                        .run(login, async |ctx| match choice {
                            3 => task::claim(ctx, &id, None).await,
                            4 => task::release(ctx, &id, None).await,
                            5 => task::delegate(ctx, &id, None, to, "委托").await,
                            6 => task::send_back(ctx, &id, None, back, "退回", true).await,
                            7 => task::recall(ctx, &id, None, "撤回").await,
                            8 => task::give_back(ctx, &id, None, "退还").await,
                            _ => task::complete(ctx, &id, None, "", Variables::new()).await,
                        })
                        .await;
                }
            }
        }
        // What is left is done by whoever may, so that the procedure ends.
        for _ in 0..200 {
            if world.phase(&begun.id).await != "active" {
                break;
            }
            world.advance_hours(4);
            world.drain().await;
            let mut ctx = world.system().await;
            let sql = "SELECT id FROM process_task WHERE open = 1 ORDER BY id";
            let open: Vec<String> = ctx.column(sql, store::vals![]).await.unwrap();
            drop(ctx);
            for id in open {
                for login in officers {
                    let _ = world
                        .run(login, async |ctx| task::give_back(ctx, &id, None, "退还").await)
                        .await;
                    let _ = world
                        .run(login, async |ctx| {
                            task::complete(ctx, &id, None, "", Variables::new()).await
                        })
                        .await;
                }
            }
        }
        assert_eq!(world.phase(&begun.id).await, "completed", "seed {seed}");
        ended += 1;
    }
    assert_eq!(ended, 12);
}
