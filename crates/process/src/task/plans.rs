//! The walks behind every list of an officer, the counts beside them and the claim of a timer, as
//! the engines plan them: along an index in its order, whatever else there is.

use super::list::COUNTED;
use super::{copy, store};
use crate::instance::store as instances;
use crate::tests::world::World;
use ::store::{Ctx, Engine, FromQueryResult, Value, job, vals};

#[derive(FromQueryResult)]
struct Planned {
    detail: String,
}

/// Refuses a plan that reads rows it does not give, or sorts them. PostgreSQL is told that it may
/// not, and does so all the same where no index gives rows and order.
async fn walks(ctx: &mut Ctx, sql: &str, values: Vec<Value>) {
    let bad = match ctx.engine() {
        Engine::Sqlite => {
            let plan: Vec<Planned> =
                ctx.all(&format!("EXPLAIN QUERY PLAN {sql}"), values).await.unwrap();
            let steps = plan.into_iter().map(|step| step.detail);
            // What reads the bounded walk beneath it, and nothing else.
            let beneath =
                ["CO-ROUTINE ", "SCAN counted", "SCAN walk", "SCALAR SUBQUERY", "SCAN CONST"];
            let own = |step: &String| !beneath.iter().any(|known| step.starts_with(known));
            steps.filter(own).find(|step| !step.starts_with("SEARCH"))
        }
        Engine::Postgres => {
            let plan: Vec<String> = ctx.column(&format!("EXPLAIN {sql}"), values).await.unwrap();
            let bad = |line: &String| {
                ["Seq Scan", "Sort", "Bitmap", "Filter"].iter().any(|word| line.contains(word))
            };
            plan.into_iter().find(bad)
        }
    };
    assert!(bad.is_none(), "{bad:?} in {sql}");
}

#[tokio::test]
async fn no_list_and_no_count_reads_more_than_it_gives() {
    let world = World::new().await;
    let mut ctx = world.system().await;
    if ctx.engine() == Engine::Postgres {
        for kind in ["seqscan", "sort", "bitmapscan"] {
            ctx.execute(&format!("SET LOCAL enable_{kind} = off"), vals![]).await.unwrap();
        }
    }
    walks(&mut ctx, &store::walk_offered(1), vals![5, "b", 51, "a"]).await;
    for column in ["assignee", "owner"] {
        walks(&mut ctx, &store::walk_of(column), vals!["a", 1, 5, "b", 51]).await;
    }
    walks(&mut ctx, &store::walk_done(), vals!["a", 5, "b", 51]).await;
    walks(&mut ctx, copy::WALK, vals!["a", 1, "b", 51]).await;
    walks(&mut ctx, &instances::walk_started(), vals!["a", "b", 51]).await;
    for counting in COUNTED {
        let sql = format!("SELECT {}", store::counted(counting, 1));
        walks(&mut ctx, &sql, vals!["a"]).await;
    }
}

#[tokio::test]
async fn a_count_is_a_walk_also_where_it_is_planned_for_nobody_in_particular() {
    let world = World::new().await;
    let mut ctx = world.system().await;
    let sql = format!("SELECT {}", store::counted(COUNTED[0], 1));
    if ctx.engine() == Engine::Sqlite {
        // It plans once for all.
        walks(&mut ctx, &sql, vals!["a"]).await;
        return;
    }
    // Four pools have so much that a look through the table would find the bound in one of them
    // soon, and in none that has nothing.
    let fill = "INSERT INTO process_candidate (pool, due_us, task_id)
         SELECT 'pool' || n % 4, n, 'task' || n FROM generate_series(1, 40000) AS n";
    for sql in [
        fill,
        "ANALYZE process_candidate",
        "SET LOCAL plan_cache_mode = force_generic_plan",
        &format!("PREPARE counted (text) AS {sql}"),
    ] {
        ctx.execute(sql, vals![]).await.unwrap();
    }
    let plan: Vec<String> = ctx.column("EXPLAIN EXECUTE counted('a')", vals![]).await.unwrap();
    assert!(plan.iter().any(|line| line.contains("using process_candidate_pkey")), "{plan:?}");
    assert!(!plan.iter().any(|line| line.contains("Seq Scan")), "{plan:?}");
}

#[tokio::test]
async fn a_timer_is_claimed_along_the_jobs_that_can_be() {
    let world = World::new().await;
    let mut ctx = world.system().await;
    let sql = job::claim(ctx.engine(), "");
    if ctx.engine() == Engine::Sqlite {
        walks(&mut ctx, &sql, vals![5]).await;
        return;
    }
    for kind in ["seqscan", "sort", "bitmapscan"] {
        ctx.execute(&format!("SET LOCAL enable_{kind} = off"), vals![]).await.unwrap();
    }
    let plan: Vec<String> = ctx.column(&format!("EXPLAIN {sql}"), vals![5]).await.unwrap();
    // What others have in hand is passed over; the rest is the walk.
    assert!(plan.iter().any(|line| line.contains("using job_ready")), "{plan:?}");
    assert!(!plan.iter().any(|line| line.contains("Sort")), "{plan:?}");
}
