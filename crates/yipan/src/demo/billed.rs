//! A bill to pay: an advertisement that a citizen of the home county applied for on her own and was
//! granted, whose decision waits for the charge. All by the verbs that serve today's cases.
//!
//! Must not know: who signs in, what else is loaded.

use super::accounts::Home;
use super::past;
use super::population::Population;
use kernel::{Actor, ActorKind, Error, Lang, Result};
use pack::one_thing::FieldKind;
use party::person::NewPerson;
use service::case::{self, Acceptance, Decision};
use service::draft::{self, Change, Start};
use std::collections::BTreeMap;
use std::sync::Arc;
use store::{Ctx, Env};

/// The item, which charges before it delivers.
const ITEM: &str = "outdoor-advertising";

/// Applies and grants; who pays may sign in as `neighbour`, who takes the money as the finance clerk.
pub async fn run(env: &Arc<Env>, people: &Population, home: &Home) -> Result<()> {
    let birth = home.kept.get(1).and_then(|index| people.births.get(*index));
    let Some(birth) = birth else { return Ok(()) };
    let applicant = applicant(env, people, birth.mother).await?;
    let id = apply(env, &applicant, &people.persons[birth.mother].mobile).await?;
    let worker = crate::modules::worker(env);
    worker.drain().await?;
    let officer = officer(env, &applicant.division)?;
    let mut ctx = Ctx::write(env, officer.clone(), Lang::Zh).await?;
    // Nobody else is asked.
    case::accept(&mut ctx, &id, None, Acceptance::default()).await?;
    ctx.commit().await?;
    past::examine(env, &officer, &id, &worker).await?;
    let mut ctx = Ctx::write(env, officer, Lang::Zh).await?;
    let decision = Decision {
        granted: true,
        opinion: "符合规划，设施安全，准予设置。".to_owned(),
        article: "城市市容和环境卫生管理条例第十一条".to_owned(),
        ..Decision::default()
    };
    case::decide(&mut ctx, &id, None, decision).await?;
    ctx.commit().await?;
    worker.drain().await?;
    Ok(())
}

async fn applicant(env: &Arc<Env>, people: &Population, index: usize) -> Result<Actor> {
    let drawn = &people.persons[index];
    let division = people.households[drawn.household].division.clone();
    let mut ctx = env.system("demo").await?;
    let new = NewPerson {
        name: drawn.name.clone(),
        number: Some(drawn.number.clone()),
        birth_date: Some(drawn.born),
        division: division.clone(),
    };
    let person = party::person::ensure(&mut ctx, new).await?;
    ctx.commit().await?;
    Ok(Actor {
        kind: ActorKind::Citizen,
        account: format!("past:{}", person.id),
        party: person.id,
        name: drawn.name.clone(),
        roles: vec!["citizen".to_owned()],
        division,
        assurance: 2,
        ..Actor::default()
    })
}

/// The application, filled in as the item's own example is; the id of its case.
async fn apply(env: &Arc<Env>, applicant: &Actor, mobile: &str) -> Result<String> {
    let lacking = || Error::internal(format!("{ITEM} cannot be applied for"));
    let form = env.pack.form(ITEM).ok_or_else(lacking)?;
    let example = env.pack.examples(ITEM).and_then(|all| all.examples.first());
    let mut answers = example.ok_or_else(lacking)?.answers.clone();
    answers.insert("sign_division".to_owned(), applicant.division.as_str().into());
    answers.insert("mobile".to_owned(), mobile.into());
    let confirm: BTreeMap<String, bool> =
        form.pages.iter().map(|page| (page.id.clone(), true)).collect();
    let mut ctx = Ctx::write(env, applicant.clone(), Lang::Zh).await?;
    let start = Start { one_thing: ITEM.to_owned(), consent: true, ..Start::default() };
    let id = draft::start(&mut ctx, start).await?;
    let change = Change { answers, confirm: confirm.clone(), ..Change::default() };
    draft::amend(&mut ctx, &id, None, change).await?;
    for field in form.pages.iter().flat_map(|page| &page.fields) {
        if field.kind == FieldKind::File {
            let paper = paper(field.label.en.as_str());
            draft::attach(&mut ctx, &id, &field.id, "资料.pdf", &paper).await?;
        }
    }
    draft::amend(&mut ctx, &id, None, Change { confirm, ..Change::default() }).await?;
    let submitted = draft::submit(&mut ctx, &id, None, true).await?;
    ctx.commit().await?;
    submitted.items.first().map(|item| item.id.clone()).ok_or_else(lacking)
}

/// Whoever examines and decides at the agency that is competent there, in the procedure's posts too.
fn officer(env: &Env, division: &str) -> Result<Actor> {
    let place = env.pack.division(division).ok_or_else(Error::not_found)?;
    let item = env.pack.item(ITEM).ok_or_else(Error::not_found)?;
    let agency = env.pack.competent(&item.agency, item.level, place);
    let agency = agency.ok_or_else(Error::not_found)?;
    Ok(Actor {
        kind: ActorKind::Officer,
        account: format!("past:{}", agency.id),
        name: "往期承办人".to_owned(),
        roles: ["clerk", "reviewer", "approver"].map(str::to_owned).to_vec(),
        agency: agency.id,
        division: agency.division,
        assurance: 2,
        ..Actor::default()
    })
}

/// A page with a line of letters, as a file somebody sends.
fn paper(line: &str) -> Vec<u8> {
    let line: String = line.chars().filter(|c| c.is_ascii_alphanumeric() || *c == ' ').collect();
    let drawn = format!("BT /F 18 Tf 72 760 Td ({line} - demonstration) Tj ET");
    let bodies = [
        "<</Type/Catalog/Pages 2 0 R>>".to_owned(),
        "<</Type/Pages/Kids[3 0 R]/Count 1>>".to_owned(),
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F \
         <</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>>>"
            .to_owned(),
        format!("<</Length {}>>stream\n{drawn}\nendstream", drawn.len()),
    ];
    let (mut file, mut table) = ("%PDF-1.4\n".to_owned(), String::new());
    for (number, body) in (1..).zip(&bodies) {
        table.push_str(&format!("{:010} 00000 n \n", file.len()));
        file.push_str(&format!("{number} 0 obj\n{body}\nendobj\n"));
    }
    let (count, at) = (bodies.len() + 1, file.len());
    file.push_str(&format!(
        "xref\n0 {count}\n0000000000 65535 f \n{table}trailer\n<</Size {count}/Root 1 0 R>>\n\
         startxref\n{at}\n%%EOF\n"
    ));
    file.into_bytes()
}
