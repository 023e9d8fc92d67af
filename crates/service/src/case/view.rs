//! A whole case as its reader may see it.
//!
//! Invariants: numbers leave masked, values of grade 3 and 4 too, except the applicant's own
//! answers that he is asked to mend; the applicant is not shown who handles his case nor internal
//! opinions; a supervisor is shown no answers, facts or files.

use super::access::{self, Reader};
use super::model::{Case, Lamp, Moment, Named};
use super::shown::{AskedShown, Choices, ClockShown, LicenceShown, Person, ProcedureShown, Shown};
use super::verbs::{ACCEPT, DECIDE, EXTEND, REVOKE, SUSPEND, TRANSFER};
use super::{
    agent, authorisation, automatic, beginning, check, definition, document, ending, examination,
    handed, history, licences, list, store, supply, transfer, view_contents, view_parts,
};
use ::store::Ctx;
use flow::case::{CommandName, Phase, allowed};
use kernel::identifier::{CitizenNumber, Mobile};
use kernel::{Result, Text};
use pack::item::{Item, PeriodUnit};
use party::{absence, authority};

/// The name of a case: its item, or its one-thing.
pub(super) fn title_of(ctx: &Ctx, case: &Case) -> Text {
    let pack = &ctx.env.pack;
    let id = match case.is_parent() {
        false => case.item.as_str(),
        true => match pack.one_thing(&case.one_thing) {
            Some(one_thing) => return one_thing.name.clone(),
            None => case.plan.first().map_or("", |item| item.id.as_str()),
        },
    };
    pack.item(id).map_or_else(|| Text::new(id, id), |item| item.name.clone())
}

/// The remedies of an item as a sentence.
pub(super) fn remedies(item: &Item) -> Text {
    let mut told = Text::default();
    for remedy in &item.remedies {
        let (zh, en) = match remedy.unit {
            PeriodUnit::Day => ("日", "days"),
            PeriodUnit::Month => ("个月", "months"),
        };
        let (amount, separator) =
            (remedy.amount, if told.zh.is_empty() { ("", "") } else { ("；也可以", "; or ") });
        told.zh.push_str(&format!(
            "{}自收到本决定之日起 {amount} {zh}内向{}申请{}",
            separator.0, remedy.body.zh, remedy.name.zh
        ));
        told.en.push_str(&format!(
            "{}{} with {} within {amount} {en} of receipt",
            separator.1, remedy.name.en, remedy.body.en
        ));
    }
    told.zh = told.zh.replace("申请行政诉讼", "提起行政诉讼");
    told
}

fn masked_number(number: &str) -> String {
    CitizenNumber::parse(number).map(|number| number.masked()).unwrap_or_default()
}

fn masked_mobile(number: &str) -> String {
    Mobile::parse(number).map(|number| number.masked()).unwrap_or_default()
}

fn person(name: &str, number: &str, whole: bool) -> Person {
    let name = if whole { name.to_owned() } else { list::masked(name) };
    Person { name, number: masked_number(number), mobile: String::new() }
}

/// A case, item or parent. Errors: `not_found` for whoever may not know of it.
pub async fn show(ctx: &mut Ctx, id: &str) -> Result<Shown> {
    let case = store::get(ctx, id).await?;
    let reader = access::reader(ctx, &case).await?;
    let family = store::children(ctx, case.root_id()).await?;
    let mut shown = bare(ctx, &case, reader).await?;
    let only = (!case.is_parent()).then_some(case.id.as_str());
    let documents = match reader {
        Reader::Partner => Vec::new(),
        _ => document::list(ctx, case.root_id(), only).await?,
    };
    let events = history::list(ctx, case.root_id(), only).await?;
    shown.timeline = view_parts::timeline(ctx, &case, &family, &events, &documents, reader)?;
    shown.documents = documents.iter().map(view_parts::document).collect();
    shown.lanes = view_parts::lanes(ctx, &case, &family, &shown.timeline).await?;
    if let Some(given) = authorisation::happened(ctx, &case, reader).await? {
        shown.timeline.push(given);
        shown.timeline.sort_by_key(|one| one.at);
    }
    shown.licences = licences(ctx, &case, &family);
    if reader == Reader::Guardian {
        shown.lanes.retain(|lane| lane.id == case.id);
    }
    if reader != Reader::Partner {
        shown.endings = ending::of(ctx, &case, &family, &shown.timeline).await?;
        shown.asked = asked(ctx, &case, &family).await?;
    }
    if reader.reads_contents() {
        shown.awaited = handed::awaited(ctx, &case, &family).await?;
    }
    if !case.is_parent() {
        Box::pin(one_item(ctx, &case, reader, &mut shown)).await?;
    }
    if reader.reads_contents() {
        Box::pin(contents(ctx, &case, &family, reader, &mut shown)).await?;
    }
    if reader == Reader::Applicant && case.is_parent() {
        let open = |case: &&Case| !case.phase.is_decided() && !case.phase.is_final();
        if family.iter().any(|case| open(&case)) {
            shown.allowed.push("withdraw".to_owned());
        }
    }
    Ok(shown)
}

/// What the row itself tells.
async fn bare(ctx: &mut Ctx, case: &Case, reader: Reader) -> Result<Shown> {
    let parent = match case.is_parent() {
        true => case.clone(),
        false => store::get(ctx, &case.parent_id).await?,
    };
    let own = matches!(reader, Reader::Applicant | Reader::Guardian | Reader::Clerk);
    let staff = matches!(reader, Reader::Officer | Reader::Supervisor);
    let whole = own || matches!(reader, Reader::Officer | Reader::Partner);
    let pack = ctx.env.pack.clone();
    let one_thing =
        pack.one_thing(&case.one_thing).map(|one| Named::new(&one.id, one.name.clone()));
    let item = pack.item(&case.item).map(|item| Named::new(&item.id, item.name.clone()));
    let charged = !case.assignee.is_empty();
    let account = ctx.actor.account.clone();
    let mine = charged
        && (case.assignee == account || absence::stands_in(ctx, &case.assignee, &account).await?);
    let child = !case.names.child.is_empty();
    let agent = agent::of(ctx, case).await?;
    Ok(Shown {
        id: case.id.clone(),
        parent_id: case.parent_id.clone(),
        number: case.number.clone(),
        query_code: match reader {
            Reader::Applicant | Reader::Clerk => parent.query_code.clone(),
            _ => String::new(),
        },
        title: title_of(ctx, case),
        one_thing: one_thing.unwrap_or_default(),
        item: item.unwrap_or_default(),
        agency: Named::new(&case.agency, super::paper::agency_name(ctx, &case.agency)),
        division: case.division.clone(),
        channel: case.channel.clone(),
        phase: case.phase.as_str().to_owned(),
        lamp: Lamp::of(case.open, case.paused, case.yellow.0, case.red.0, ctx.now),
        revision: case.revision,
        applicant: Person {
            mobile: match reader {
                Reader::Officer => masked_mobile(&case.names.mobile),
                _ => String::new(),
            },
            ..person(&case.names.applicant, &case.names.applicant_number, whole)
        },
        agent: agent.map(|one| person(&one.name, one.number.as_deref().unwrap_or_default(), whole)),
        child: child.then(|| person(&case.names.child, &case.names.child_number, whole)),
        submitted: Moment(case.submitted),
        accepted: case.accepted.map(Moment),
        decided: case.decided.map(Moment),
        completed: case.completed.map(Moment),
        due: case.due.map(Moment),
        statutory_due: case.statutory_due.map(Moment),
        assignee: if staff { case.assignee.clone() } else { String::new() },
        assignee_name: if staff { case.assignee_name.clone() } else { String::new() },
        mine,
        referred: case.referred,
        automatic: case.automatic,
        human_review: case.state.human_review_requested,
        disputed: match reader {
            Reader::Partner => Vec::new(),
            _ => view_parts::labels(ctx, case, case.state.disputed.iter()),
        },
        objections: Vec::new(),
        clocks: clocks(ctx, case, reader)?,
        timeline: Vec::new(),
        endings: Vec::new(),
        lanes: Vec::new(),
        materials: Vec::new(),
        answers: Vec::new(),
        facts: Vec::new(),
        explanation: None,
        asked: Vec::new(),
        awaited: Vec::new(),
        documents: Vec::new(),
        licences: Vec::new(),
        allowed: Vec::new(),
        transfer: match reader {
            Reader::Partner => None,
            _ => view_parts::transfer(ctx, case)?,
        },
        basis_lost: view_parts::basis_lost(ctx, case),
        examination: None,
        check: None,
        choices: Choices::default(),
    })
}

/// The clocks; why one stood still is the agency's to tell.
fn clocks(ctx: &Ctx, case: &Case, reader: Reader) -> Result<Vec<ClockShown>> {
    let mut clocks = view_parts::clocks(ctx, case)?;
    if reader == Reader::Partner {
        for pause in clocks.iter_mut().flat_map(|clock| &mut clock.pauses) {
            (pause.cause, pause.article) = (String::new(), String::new());
        }
    }
    Ok(clocks)
}

/// What an item adds: its explanation, what may be done, what the reviewer's form needs.
async fn one_item(ctx: &mut Ctx, case: &Case, reader: Reader, shown: &mut Shown) -> Result<()> {
    let item = definition::item(ctx, case).await?;
    let profile = item.profile();
    let names = allowed(&profile, &case.state);
    // What waits for another item ends with that one alone, and what was handed over is answered first.
    let ends = case.state.received.is_some() && case.state.transferring().is_none();
    let charged = reader != Reader::Officer || has_charge(ctx, case).await?;
    shown.allowed = names
        .into_iter()
        .filter(|name| may(ctx, *name, reader, case))
        .filter(|name| charged || !name.is_of_who_has_charge())
        .filter(|name| *name != CommandName::Terminate || ends)
        .map(|name| name.as_str().to_owned())
        .collect();
    if reader == Reader::Officer {
        shown.objections = super::disputes::of_case(ctx, case).await?;
        shown.examination = examination::shown(ctx, case).await?;
        shown.check = check::shown(ctx, case).await?;
        shown.timeline.extend(examination::happened(ctx, case).await?);
        shown.timeline.sort_by_key(|one| one.at);
        shown.choices = choices(ctx, case, &item, &profile);
        let allowed = |name: &str| shown.allowed.iter().any(|one| one == name);
        if allowed("transfer") {
            shown.choices.transfer = transfer::choices(ctx, case, &item);
        }
        let begins = allowed("accept") || (allowed("take_over") && case.phase == Phase::Accepted);
        if begins && let Some(begins) = beginning::of_case(ctx, case, &item).await? {
            (shown.choices.begins, shown.choices.begins_with) = (Some(begins.form), begins.told);
        }
    }
    Ok(())
}

/// Whether the officer may act on a case as to who has charge of it: nobody has, he has, he stands in
/// for who has, or he is the head.
async fn has_charge(ctx: &mut Ctx, case: &Case) -> Result<bool> {
    let (charged, own) = (case.assignee.clone(), ctx.actor.account.clone());
    let free = charged.is_empty() || charged == own || authority::may(ctx, EXTEND);
    Ok(free || absence::stands_in(ctx, &charged, &own).await?)
}

/// Whether the reader may give a command that the state admits.
fn may(ctx: &Ctx, name: CommandName, reader: Reader, case: &Case) -> bool {
    use CommandName as C;
    let ours = authority::same_agency(ctx, &case.agency);
    let accepted = case.phase == Phase::Accepted;
    if matches!(name, C::TakeOver | C::ReturnTransfer) {
        return transfer::offered(ctx, case) && authority::may(ctx, ACCEPT);
    }
    let permission = match name {
        C::SupplyCorrection | C::SupplyTolerated | C::Withdraw | C::RequestHumanReview => {
            return matches!(reader, Reader::Applicant | Reader::Guardian | Reader::Clerk);
        }
        C::Accept | C::RefuseAcceptance | C::AskCorrection => ACCEPT,
        C::Suspend | C::Resume => SUSPEND,
        C::Decide | C::Issue => DECIDE,
        C::Transfer if !authority::may(ctx, EXTEND) && accepted => return false,
        C::Transfer => ACCEPT,
        C::Extend | C::Reopen | C::Terminate => EXTEND,
        C::Revoke | C::ConfirmCheck | C::Uphold => REVOKE,
        C::Claim | C::Unclaim | C::HandOver => TRANSFER,
        C::AwaitPayment
        | C::SettlePayment
        | C::BeginProcedure
        | C::EndProcedure
        | C::BeginCheck
        | C::LoseBasis
        | C::EndCheck
        | C::DisputeData
        | C::CorrectData
        | C::Release
        | C::Complete
        | C::Lapse
        | C::DeemAccepted
        | C::LapseTolerance
        | C::DeemTakenOver
        | C::TakeOver
        | C::ReturnTransfer
        | C::Restore => return false,
    };
    ours && reader == Reader::Officer && authority::may(ctx, permission)
}

fn choices(ctx: &Ctx, case: &Case, item: &Item, profile: &flow::case::Profile) -> Choices {
    let form = ctx.env.pack.form(&case.one_thing);
    let fields = form.into_iter().flat_map(|form| form.fields());
    let named = |id: &String| item.material(id).map(|one| Named::new(id, one.name.clone()));
    Choices {
        procedures: profile
            .special_procedures
            .iter()
            .map(|one| ProcedureShown {
                id: one.id.clone(),
                name: one.text.clone(),
                article: view_parts::cited(ctx, &one.article),
                max: one.max,
            })
            .collect(),
        extension_max: profile.extension_max,
        tolerable: profile
            .tolerance
            .iter()
            .flat_map(|may| &may.materials)
            .filter_map(named)
            .collect(),
        fields: fields
            .filter(|field| field.items.contains(&case.item) && !field.picks())
            .map(|field| Named::new(&field.id, field.label.clone()))
            .collect(),
        materials: item.materials.iter().map(|one| Named::new(&one.id, one.name.clone())).collect(),
        remedies: remedies(item),
        articles: item.basis.iter().map(|basis| basis.citation().zh).collect(),
        ..Choices::default()
    }
}

/// Licences the case or its family yielded.
fn licences(ctx: &Ctx, case: &Case, family: &[Case]) -> Vec<LicenceShown> {
    let of = family.iter().filter(|one| case.is_parent() || one.id == case.id);
    of.filter(|one| !one.licence_id.is_empty())
        .map(|one| {
            let item = ctx.env.pack.item(&one.item);
            LicenceShown {
                id: one.licence_id.clone(),
                identifier: one.state.licence.clone(),
                name: item.map(|item| item.result.name.clone()).unwrap_or_default(),
                item: one.item.clone(),
                at: Moment(one.issued.unwrap_or(one.submitted)),
            }
        })
        .collect()
}

/// What is asked of the applicant now.
async fn asked(ctx: &mut Ctx, case: &Case, family: &[Case]) -> Result<Vec<AskedShown>> {
    let pack = ctx.env.pack.clone();
    let calendar = pack.calendar()?;
    let mut out = Vec::new();
    let of = family.iter().filter(|one| case.is_parent() || one.id == case.id);
    for one in of {
        let outstanding: Vec<String> =
            one.state.outstanding().iter().map(|id| (*id).to_owned()).collect();
        let correction = one.state.correction.as_ref().filter(|_| one.phase == Phase::Correcting);
        if correction.is_none() && outstanding.is_empty() {
            continue;
        }
        let item = definition::item(ctx, one).await?;
        let form = pack.form(&one.one_thing);
        let field = |id: &String| {
            let label = form.and_then(|form| form.field(id)).map(|field| field.label.clone());
            Named::new(id, label.unwrap_or_else(|| Text::new(id, id)))
        };
        let material = |id: &String| {
            let name = item.material(id).map(|one| one.name.clone());
            Named::new(id, name.unwrap_or_else(|| Text::new(id, id)))
        };
        let clocks = &one.state.clocks;
        let clock = if correction.is_some() { &clocks.correction } else { &clocks.tolerance };
        let due = clock.as_ref().map_or(Ok(None), |clock| clock.due(calendar))?;
        out.push(AskedShown {
            case_id: one.id.clone(),
            item: Named::new(&item.id, item.name.clone()),
            fields: correction.iter().flat_map(|asked| &asked.fields).map(field).collect(),
            materials: match correction {
                Some(asked) => asked.materials.iter().map(material).collect(),
                None => outstanding.iter().map(material).collect(),
            },
            note: correction.map(|asked| asked.note.clone()).unwrap_or_default(),
            asked: Moment(
                correction.map_or(one.accepted.unwrap_or(one.submitted), |asked| asked.asked),
            ),
            due: due.map(Moment),
        });
    }
    Ok(out)
}

/// Answers, facts and materials, and what a rule found in them.
async fn contents(
    ctx: &mut Ctx,
    case: &Case,
    family: &[Case],
    reader: Reader,
    shown: &mut Shown,
) -> Result<()> {
    let root = case.root_id().to_owned();
    let (_, answers) = supply::answers_of(ctx, &root).await?;
    let mut facts = supply::facts(ctx, &root).await?;
    let stored = supply::materials_of(ctx, &root).await?;
    shown.answers = view_contents::answers(ctx, case, family, &facts, &answers, reader);
    let hidden = access::hidden(ctx, case, reader, &facts).await?;
    if !case.is_parent() {
        let explanation = automatic::explanation(ctx, &case.id).await?;
        let mut untold = hidden.clone();
        if reader != Reader::Officer
            && let Some(found) = &explanation
        {
            untold.extend(access::former(ctx, case, found, &facts));
        }
        shown.explanation =
            explanation.map(|found| view_parts::explanation(ctx, case, found, &untold));
    }
    facts.retain(|path, _| !view_parts::is_of(path, &hidden));
    let read = licences::read_for(ctx, case).await?;
    shown.facts = view_contents::facts(ctx, case, &facts, &answers, &read);
    let mut materials = Vec::new();
    for one in family.iter().filter(|one| case.is_parent() || one.id == case.id) {
        let item = definition::item(ctx, one).await?;
        materials.extend(view_contents::materials(ctx, one, &item, &facts, &answers, &stored)?);
    }
    shown.materials = materials;
    Ok(())
}
