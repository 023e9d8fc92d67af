//! Pages of ratings: parse, call one verb, present.

use super::model::{NewRating, Ratable, RatingPage, Statistic, TaskPage, TaskRow};
use super::{READ, RECTIFY};
use ::store::command;
use axum::extract::Path;
use kernel::{Error, Kind, Result, Text};
use pack::standard::Ratings;
use serde::Serialize;
use std::collections::BTreeMap;
use webkit::{Access, Answer, Call, Form, Route, get, post};

pub(super) fn routes() -> Vec<Route> {
    vec![
        get("/cases/{id}/rating", Access::Citizen, form),
        post("/cases/{id}/rating", Access::Citizen, rate),
        get("/ratings", Access::Staff(READ), tasks),
        get("/ratings/all", Access::Staff(READ), list),
        get("/ratings/statistics", Access::Staff(READ), statistics),
        get("/ratings/tasks/{id}", Access::Staff(READ), task),
        post("/ratings/tasks/{id}/contact", Access::Staff(RECTIFY), contact),
        post("/ratings/tasks/{id}/rectify", Access::Staff(RECTIFY), rectify),
        post("/ratings/tasks/{id}/call_back", Access::Staff(RECTIFY), call_back),
        post("/ratings/tasks/{id}/close", Access::Staff(RECTIFY), close),
        post("/ratings/tasks/{id}/appeal", Access::Staff(RECTIFY), appeal),
        post("/ratings/tasks/{id}/rule", Access::Staff(super::SUPERVISE), rule),
    ]
}

/// A choice of a form.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Choice {
    value: String,
    text: Text,
}

/// A field at fault as `error_summary` shows it.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Fault {
    field: String,
    text: String,
}

/// `service/rating/case.html`: the items of a case, the one to rate with its form.
#[derive(Debug, Serialize)]
pub(super) struct CaseView {
    id: String,
    items: Vec<Ratable>,
    levels: Vec<Choice>,
    dimensions: Vec<Choice>,
    values: BTreeMap<String, String>,
    errors: BTreeMap<String, String>,
    faults: Vec<Fault>,
}

impl CaseView {
    fn new(id: &str, items: Vec<Ratable>, scale: &Ratings) -> CaseView {
        let online = items.first().is_none_or(|item| item.channel == "online");
        let asked = scale.dimensions.iter().filter(|one| one.online == online);
        CaseView {
            id: id.to_owned(),
            items,
            levels: levels(scale),
            dimensions: asked
                .map(|one| Choice {
                    value: format!("dimension.{}", one.id),
                    text: one.name.clone(),
                })
                .collect(),
            values: BTreeMap::new(),
            errors: BTreeMap::new(),
            faults: Vec::new(),
        }
    }
}

fn levels(scale: &Ratings) -> Vec<Choice> {
    scale
        .levels
        .iter()
        .map(|level| Choice { value: level.stars.to_string(), text: level.name.clone() })
        .collect()
}

/// `service/rating/task.html`.
#[derive(Debug, Serialize)]
pub(super) struct TaskView {
    task: TaskRow,
    /// Act whose form is shown again, with what was typed and the sentence of its fault.
    again: Option<Again>,
}

/// A form shown again.
#[derive(Debug, Serialize)]
pub(super) struct Again {
    act: &'static str,
    note: String,
    choice: String,
    error: String,
}

/// `service/rating/tasks.html`.
#[derive(Debug, Serialize)]
pub(super) struct TasksView {
    open: bool,
    page: TaskPage,
}

/// `service/rating/list.html`.
#[derive(Debug, Serialize)]
pub(super) struct ListView {
    page: RatingPage,
}

/// `service/rating/statistics.html`.
#[derive(Debug, Serialize)]
pub(super) struct StatisticsView {
    rows: Vec<Statistic>,
}

async fn form(call: Call, Path(id): Path<String>) -> Answer {
    let mut ctx = call.read();
    let items = super::of_case(&mut ctx, &id).await?;
    let view = CaseView::new(&id, items, ctx.env.pack.ratings()?);
    call.page("service/rating/case.html", &view)
}

async fn rate(call: Call, Path(id): Path<String>, form: Form) -> Answer {
    let to = format!("/cases/{id}/rating?notice=rating.given");
    let mut ctx = call.write().await?;
    if command::begin(&mut ctx, form.once(), "rating.rate").await?.is_some() {
        return call.see(&to);
    }
    match super::rate(&mut ctx, &id, typed(&form)).await {
        Ok(_) => {
            ctx.commit().await?;
            call.see(&to)
        }
        Err(error) if error.kind == Kind::Invalid => {
            drop(ctx);
            rate_again(&call, &id, &form, &error).await
        }
        Err(error) => Err(error.into()),
    }
}

/// The rating as typed; what is not a number is no level.
fn typed(form: &Form) -> NewRating {
    let stars = |text: &str| text.parse().unwrap_or(0);
    let dimensions = form.pairs().filter(|(_, value)| !value.is_empty());
    NewRating {
        stars: stars(form.text("stars")),
        dimensions: dimensions
            .filter_map(|(name, value)| {
                name.strip_prefix("dimension.").map(|id| (id.to_owned(), stars(value)))
            })
            .collect(),
        comment: form.text("comment").to_owned(),
    }
}

async fn rate_again(call: &Call, id: &str, form: &Form, error: &Error) -> Answer {
    let mut ctx = call.read();
    let items = super::of_case(&mut ctx, id).await?;
    let mut view = CaseView::new(id, items, ctx.env.pack.ratings()?);
    view.values = form.values();
    for fault in call.faults(error) {
        view.errors.insert(fault.field.clone(), fault.message.clone());
        view.faults.push(Fault { field: fault.field, text: fault.message });
    }
    call.page_again("service/rating/case.html", &view)
}

async fn tasks(call: Call) -> Answer {
    let open = call.query("open").as_deref() != Some("0");
    let after = call.query("after").unwrap_or_default();
    let page = super::tasks(&mut call.read(), open, &after).await?;
    call.page("service/rating/tasks.html", &serde_json::json!({ "view": TasksView { open, page } }))
}

async fn list(call: Call) -> Answer {
    let after = call.query("after").unwrap_or_default();
    let page = super::list(&mut call.read(), &after).await?;
    call.page("service/rating/list.html", &serde_json::json!({ "view": ListView { page } }))
}

async fn statistics(call: Call) -> Answer {
    let rows = super::statistics(&mut call.read()).await?;
    call.page("service/rating/statistics.html", &StatisticsView { rows })
}

async fn task(call: Call, Path(id): Path<String>) -> Answer {
    let task = super::task(&mut call.read(), &id).await?;
    call.page("service/rating/task.html", &TaskView { task, again: None })
}

async fn contact(call: Call, Path(id): Path<String>, form: Form) -> Answer {
    let Some(mut ctx) = begin(&call, &form, "rating.contact").await? else {
        return seen(&call, &id);
    };
    let done = super::contact(&mut ctx, &id, form.number("revision"), form.text("note")).await;
    after(&call, ctx, &id, &form, "contact", done).await
}

async fn rectify(call: Call, Path(id): Path<String>, form: Form) -> Answer {
    let Some(mut ctx) = begin(&call, &form, "rating.rectify").await? else {
        return seen(&call, &id);
    };
    let done = super::rectify(&mut ctx, &id, form.number("revision"), form.text("note")).await;
    after(&call, ctx, &id, &form, "rectify", done).await
}

async fn call_back(call: Call, Path(id): Path<String>, form: Form) -> Answer {
    let Some(mut ctx) = begin(&call, &form, "rating.call_back").await? else {
        return seen(&call, &id);
    };
    let done = match form.text("satisfied") {
        choice @ ("yes" | "no") => {
            let satisfied = choice == "yes";
            super::call_back(&mut ctx, &id, form.number("revision"), form.text("note"), satisfied)
                .await
        }
        _ => Err(Error::invalid("rating.choice").field("satisfied", "rating.choice")),
    };
    after(&call, ctx, &id, &form, "call_back", done).await
}

async fn close(call: Call, Path(id): Path<String>, form: Form) -> Answer {
    let Some(mut ctx) = begin(&call, &form, "rating.close").await? else { return seen(&call, &id) };
    let done = super::close(&mut ctx, &id, form.number("revision"), form.text("note")).await;
    after(&call, ctx, &id, &form, "close", done).await
}

async fn appeal(call: Call, Path(id): Path<String>, form: Form) -> Answer {
    let Some(mut ctx) = begin(&call, &form, "rating.appeal").await? else {
        return seen(&call, &id);
    };
    let done = super::appeal(&mut ctx, &id, form.number("revision"), form.text("note")).await;
    after(&call, ctx, &id, &form, "appeal", done).await
}

async fn rule(call: Call, Path(id): Path<String>, form: Form) -> Answer {
    let Some(mut ctx) = begin(&call, &form, "rating.rule").await? else { return seen(&call, &id) };
    let done = match form.text("ruling") {
        choice @ ("annul" | "uphold") => {
            let annulled = choice == "annul";
            super::rule(&mut ctx, &id, form.number("revision"), form.text("note"), annulled).await
        }
        _ => Err(Error::invalid("rating.choice").field("ruling", "rating.choice")),
    };
    after(&call, ctx, &id, &form, "rule", done).await
}

/// The context of a form's command; none when the command was done before.
async fn begin(call: &Call, form: &Form, verb: &str) -> Result<Option<::store::Ctx>> {
    let mut ctx = call.write().await?;
    let done = command::begin(&mut ctx, form.once(), verb).await?.is_some();
    Ok((!done).then_some(ctx))
}

fn seen(call: &Call, id: &str) -> Answer {
    call.see(&format!("/ratings/tasks/{id}?notice=rating.step"))
}

/// After a step: the task again, or the form with what was typed.
async fn after(
    call: &Call,
    ctx: ::store::Ctx,
    id: &str,
    form: &Form,
    act: &'static str,
    done: Result<TaskRow>,
) -> Answer {
    match done {
        Ok(_) => {
            ctx.commit().await?;
            seen(call, id)
        }
        Err(error) if error.kind == Kind::Invalid => {
            drop(ctx);
            let task = super::task(&mut call.read(), id).await?;
            let sentence = call.faults(&error).into_iter().next().map(|fault| fault.message);
            let note = form.text("note").to_owned();
            // A form asks one of the two.
            let choice = format!("{}{}", form.text("satisfied"), form.text("ruling"));
            let again = Again { act, note, choice, error: sentence.unwrap_or_default() };
            call.page_again("service/rating/task.html", &TaskView { task, again: Some(again) })
        }
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
pub(super) mod samples {
    //! Views filled by hand, for the test that renders every template.

    use super::*;
    use crate::case::Moment;
    use crate::rating::model::{Phase, Rating, StepRow};
    use kernel::Timestamp;

    fn moment() -> Moment {
        Moment(Timestamp(1_789_000_000_000_000))
    }

    fn rating() -> Rating {
        Rating {
            id: "01R".into(),
            case_id: "01C".into(),
            item: "household-registration".into(),
            item_name: Text::new("户口登记", "Household registration"),
            agency: "police-410302".into(),
            channel: "online".into(),
            stars: 1,
            level: Text::new("非常不满意", "Very dissatisfied"),
            dimensions: [("speed".to_owned(), 2)].into(),
            comment: "等了<b>很久</b>".into(),
            bad: true,
            annulled: false,
            at: moment(),
        }
    }

    /// A case with one item rated and one to rate, with a fault.
    pub(crate) fn case(scale: &Ratings) -> CaseView {
        let item = |rating| Ratable {
            case_id: "01C".into(),
            item: Text::new("户口登记", "Household registration"),
            agency: Text::new("公安局", "Police"),
            channel: "online".into(),
            ended: true,
            rating,
        };
        let mut view = CaseView::new("01C", vec![item(None)], scale);
        view.items[0].rating = None;
        view.errors.insert("stars".into(), "请选择".into());
        view.faults.push(Fault { field: "stars".into(), text: "请选择".into() });
        view
    }

    /// A one-thing with an item rated, one to rate and one under way.
    pub(crate) fn one_thing(scale: &Ratings) -> CaseView {
        let mut view = case(scale);
        let mut rated = view.items[0].clone();
        rated.rating = Some(rating());
        let mut open = view.items[0].clone();
        open.ended = false;
        view.items.extend([rated, open]);
        view
    }

    fn row() -> TaskRow {
        let step =
            |kind| StepRow { kind, at: moment(), by: "周明远".into(), note: "已道歉".into() };
        TaskRow {
            id: "01T".into(),
            revision: 3,
            case_id: "01C".into(),
            case_open: true,
            item: Text::new("户口登记", "Household registration"),
            number: "11410302005418900D341070990100120260901001".into(),
            applicant: "顾晓宁".into(),
            agency: "police-410302".into(),
            agency_name: Text::new("洛阳市老城区公安分局", "Police of Laocheng"),
            division: "410302".into(),
            phase: Phase::Contacted,
            lamp: "yellow".into(),
            due: Some(moment()),
            appealed: true,
            rating: Some(rating()),
            steps: ["opened", "contacted", "satisfied", "appealed", "upheld"].map(step).to_vec(),
            allowed: vec!["contact", "rectify", "call_back", "close", "appeal", "rule"],
        }
    }

    /// A task with every form, one shown again.
    pub(crate) fn task() -> TaskView {
        let again =
            Again {
                act: "contact", note: "x".into(), choice: String::new(), error: "必填".into()
            };
        TaskView { task: row(), again: Some(again) }
    }

    /// Lists with rows and without.
    pub(crate) fn lists() -> Vec<(&'static str, serde_json::Value)> {
        let tasks = TaskPage { tasks: vec![row()], next: Some("1.01T".into()) };
        let ratings = RatingPage { ratings: vec![rating()], next: Some("01R".into()) };
        let statistic = Statistic {
            agency: String::new(),
            item: "household-registration".into(),
            item_name: Text::new("户口登记", "Household registration"),
            count: 3,
            by_stars: [1, 1, 0, 0, 1],
            satisfied_permille: 667,
        };
        let view = |view: serde_json::Value| serde_json::json!({ "view": view });
        vec![
            ("tasks.html", view(serde_json::json!(TasksView { open: true, page: tasks }))),
            (
                "tasks.html",
                view(serde_json::json!(TasksView { open: false, page: TaskPage::default() })),
            ),
            ("list.html", view(serde_json::json!(ListView { page: ratings }))),
            ("list.html", view(serde_json::json!(ListView { page: RatingPage::default() }))),
            ("statistics.html", serde_json::json!(StatisticsView { rows: vec![statistic] })),
            ("statistics.html", serde_json::json!(StatisticsView { rows: Vec::new() })),
        ]
    }
}
