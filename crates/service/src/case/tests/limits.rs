//! The time of a case and of the procedure that examines it: the lists of tasks tell the case's, and
//! what the law adds to the case is added to what runs in the drawing.

use super::examination::{self, INSURER};
use super::world::{World, approver, reviewer};
use crate::case::{self, Extension, Resumption, Suspension};
use process::task::{self, ListKind};

async fn row(world: &World) -> task::TaskRow {
    let mut ctx = world.read(&reviewer(INSURER));
    let page = task::list(&mut ctx, ListKind::ToDo, "").await.unwrap();
    assert_eq!(page.tasks.len(), 1);
    page.tasks[0].clone()
}

#[tokio::test]
async fn a_lawful_extension_moves_the_limits_of_the_drawing() {
    let world = World::new().await;
    let (_, _, id) = examination::accepted(&world).await;
    let shown = case::show(&mut world.read(&approver(INSURER)), &id).await.unwrap();
    let before = row(&world).await;
    assert_eq!(before.matter_due.map(|at| at.0), shown.due.map(|at| at.0), "the case's own");
    assert_eq!(before.matter_lamp, "green");
    let extension = Extension {
        amount: 3,
        reason: "向外省医院核实".to_owned(),
        article: "行政许可法第四十二条".to_owned(),
    };
    let extend = async |ctx: &mut store::Ctx| case::extend(ctx, &id, None, extension).await;
    world.run(&approver(INSURER), extend).await.unwrap();
    let shown = case::show(&mut world.read(&approver(INSURER)), &id).await.unwrap();
    let after = row(&world).await;
    assert_eq!(after.matter_due.map(|at| at.0), shown.due.map(|at| at.0));
    assert!(after.matter_due > before.matter_due);
    let calendar = world.env.pack.calendar().unwrap();
    let day = |row: &task::TaskRow| row.due.unwrap().0.plus_us(-1).date();
    let moved = calendar.working_days_between(day(&before), day(&after)).unwrap();
    assert_eq!(moved, 3, "the office's limit by as many working days");
    examination::whole(&world).await;
}

#[tokio::test]
async fn an_extension_granted_while_the_case_stands_still_is_left_to_the_drawing() {
    let world = World::new().await;
    let (_, _, id) = examination::accepted(&world).await;
    let officer = approver(INSURER);
    let left = |due: kernel::Timestamp| {
        let calendar = world.env.pack.calendar().unwrap();
        let today = world.env.clock.now().date();
        calendar.working_days_between(today, due.plus_us(-1).date()).unwrap()
    };
    let before = left(row(&world).await.due.unwrap().0);
    let suspension = Suspension {
        procedure: "cost-check".to_owned(),
        article: String::new(),
        needed: "十日".to_owned(),
    };
    world.run(&officer, async |ctx| case::suspend(ctx, &id, None, suspension).await).await.unwrap();
    // Longer than the limit of the task: it stands still, and has not passed.
    world.advance_days(14);
    let extension = Extension {
        amount: 3,
        reason: "向外省医院核实".to_owned(),
        article: "行政许可法第四十二条".to_owned(),
    };
    let extend = async |ctx: &mut store::Ctx| case::extend(ctx, &id, None, extension).await;
    world.run(&officer, extend).await.unwrap();
    examination::whole(&world).await;
    world.advance_days(7);
    let found = Resumption { result: "费用属实".to_owned() };
    world.run(&officer, async |ctx| case::resume(ctx, &id, None, found).await).await.unwrap();
    let after = left(row(&world).await.due.unwrap().0);
    assert_eq!(after, before + 3, "what was left, and three working days");
    let shown = case::show(&mut world.read(&officer), &id).await.unwrap();
    assert_eq!(row(&world).await.matter_due.map(|at| at.0), shown.due.map(|at| at.0));
    examination::whole(&world).await;
}

#[tokio::test]
async fn while_a_case_stands_still_its_tasks_tell_no_limit_of_it() {
    let world = World::new().await;
    let (_, _, id) = examination::accepted(&world).await;
    let suspension = Suspension {
        procedure: "cost-check".to_owned(),
        article: String::new(),
        needed: "十日".to_owned(),
    };
    let officer = approver(INSURER);
    world.run(&officer, async |ctx| case::suspend(ctx, &id, None, suspension).await).await.unwrap();
    examination::whole(&world).await;
    world.advance_days(3);
    let found = Resumption { result: "费用属实".to_owned() };
    world.run(&officer, async |ctx| case::resume(ctx, &id, None, found).await).await.unwrap();
    let shown = case::show(&mut world.read(&officer), &id).await.unwrap();
    assert_eq!(row(&world).await.matter_due.map(|at| at.0), shown.due.map(|at| at.0));
    let mut ctx = world.system().await;
    let sql = "UPDATE process_matter_limit SET due_us = 7";
    ctx.execute(sql, store::vals![]).await.unwrap();
    let told = case::disagreements(&mut ctx).await.unwrap();
    assert_eq!((told.len(), told[0].case_id.as_str()), (1, id.as_str()), "a limit changed by hand");
}
