//! Lists and search over the catalogue in memory.
//!
//! A search takes ordinary words: text without spaces is compared by pairs of characters, so that
//! 孩子上户口 finds 户口登记. Invariant: the cost is one pass over the catalogue, whatever is asked.

use kernel::Text;
use pack::Province;
use pack::catalogue::{Published, Status};
use pack::item::{Audience, Item, ItemType};
use pack::one_thing::OneThing;
use schemars::JsonSchema;
use serde::Serialize;

/// Rows of one page.
pub const PAGE: usize = 20;
/// Characters of a query that are looked at.
const QUERY_MAX: usize = 60;

/// What is asked of the list; empty fields ask nothing.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Words.
    pub text: String,
    /// Agency kind.
    pub agency: String,
    /// Two-digit code of the item type.
    pub item_type: String,
    /// `person` or `organization`: an item that names the other audience is left out.
    pub audience: String,
    /// `online` for items that can be applied for here.
    pub online: bool,
    /// Id of the last row of the page before.
    pub after: String,
}

/// A row of the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Entry {
    /// Id: a word for an item handled online, a number for one only published.
    pub id: String,
    /// `item` or `one_thing`.
    pub kind: &'static str,
    /// Name. The published list is in Chinese only, which then stands in both.
    pub name: Text,
    /// One line about it.
    pub summary: Text,
    /// Agency kind that decides, or leads.
    pub agency: Text,
    /// Type of power or service; empty for a thing done once.
    pub item_type: Text,
    /// Can be applied for online.
    pub online: bool,
    /// Its published code could not be read; the source must mend it.
    pub quarantined: bool,
}

/// A page of rows.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
pub struct Found {
    /// At most 50.
    pub items: Vec<Entry>,
    /// Rows of the whole list that fit.
    pub total: usize,
    /// Id to go on after; absent on the last page.
    pub next: Option<String>,
}

/// One page of the items that fit, those handled online first.
pub fn list(pack: &Province, filter: &Filter) -> Found {
    let kind_fits = |kind: &str| filter.agency.is_empty() || filter.agency == kind;
    let type_fits = |kind: ItemType| filter.item_type.is_empty() || filter.item_type == kind.code();
    let online = pack
        .items()
        .filter(|item| kind_fits(&item.agency) && type_fits(item.item_type))
        .filter(|item| audience_fits(item.audience, &filter.audience))
        .filter(|item| {
            score(&filter.text, &[(&item.name, 3), (&item.short_name, 3), (&item.summary, 1)]) > 0
        })
        .map(|item| of_item(pack, item));
    let published = pack
        .catalogue()
        .items
        .iter()
        .filter(|item| !filter.online && kind_fits(&item.agency_kind) && type_fits(item.item_type))
        .filter(|item| score_published(&filter.text, item) > 0)
        .map(|item| of_published(pack, item));
    let all: Vec<Entry> = online.chain(published).collect();
    let from = match filter.after.as_str() {
        "" => 0,
        after => all.iter().position(|entry| entry.id == after).map_or(0, |at| at + 1),
    };
    let total = all.len();
    let items: Vec<Entry> = all.into_iter().skip(from).take(PAGE).collect();
    let next =
        (from + items.len() < total).then(|| items.last().map(|entry| entry.id.clone())).flatten();
    Found { items, total, next }
}

fn audience_fits(audience: Audience, asked: &str) -> bool {
    match asked {
        "person" => audience != Audience::Organisation,
        "organization" => audience != Audience::Person,
        _ => true,
    }
}

/// The things done once, as rows.
pub fn one_thing_entries(pack: &Province) -> Vec<Entry> {
    pack.one_things()
        .map(|one| Entry {
            id: one.id.clone(),
            kind: "one_thing",
            name: one.name.clone(),
            summary: one.summary.clone(),
            agency: agency_name(pack, &one.lead_agency),
            item_type: Text::default(),
            online: true,
            quarantined: false,
        })
        .collect()
}

/// The items applied for alone, as rows.
pub fn alone_entries(pack: &Province) -> Vec<Entry> {
    let alone = pack.items().filter(|item| item.application.is_some());
    alone.map(|item| of_item(pack, item)).collect()
}

/// The best matches for ordinary words over things done once and all items, best first; at most
/// [`PAGE`]. Empty words find nothing.
pub fn search(pack: &Province, text: &str) -> Vec<Entry> {
    if tokens(text).is_empty() {
        return Vec::new();
    }
    let mut found: Vec<(u32, Entry)> = Vec::new();
    for (one, entry) in pack.one_things().zip(one_thing_entries(pack)) {
        let members = one.members.iter().filter_map(|member| pack.item(&member.item));
        let inner: u32 = members.map(|item| item_score(text, item)).max().unwrap_or(0);
        // A thing done once that holds the item is the better way to it.
        let own = score(text, &[(&one.name, 4), (&one.summary, 2)]).max(inner);
        found.push((if own > 0 { own + 1 } else { 0 }, entry));
    }
    found.extend(pack.items().map(|item| (item_score(text, item), of_item(pack, item))));
    for item in &pack.catalogue().items {
        let points = score_published(text, item);
        if points > 0 {
            found.push((points, of_published(pack, item)));
        }
    }
    found.retain(|(points, _)| *points > 0);
    let best = found.iter().map(|(points, _)| *points).max().unwrap_or(0);
    // A match by one common pair of characters is no match beside a good one.
    found.retain(|(points, _)| *points * 4 >= best);
    found.sort_by_key(|(points, _)| std::cmp::Reverse(*points));
    found.into_iter().take(PAGE).map(|(_, entry)| entry).collect()
}

fn item_score(text: &str, item: &Item) -> u32 {
    score(text, &[(&item.name, 3), (&item.short_name, 3), (&item.summary, 1)])
}

fn score_published(text: &str, item: &Published) -> u32 {
    let name = Text::new(item.name.as_str(), "");
    let group = Text::new(item.group.as_deref().unwrap_or(""), "");
    score(text, &[(&name, 3), (&group, 1)])
}

/// Points of a text against weighted texts; 1 for a text without words, 0 for no match.
fn score(text: &str, fields: &[(&Text, u32)]) -> u32 {
    let tokens = tokens(text);
    if tokens.is_empty() {
        return 1;
    }
    let fields: Vec<(String, u32)> = fields
        .iter()
        .map(|(field, weight)| (format!("{} {}", field.zh, field.en).to_lowercase(), *weight))
        .collect();
    let whole = text.trim().to_lowercase();
    let exact = fields
        .iter()
        .filter(|(field, _)| field.contains(&whole))
        .map(|(_, weight)| weight * 10)
        .max();
    let points: u32 = tokens
        .iter()
        .map(|token| {
            fields
                .iter()
                .filter(|(field, _)| field.contains(token))
                .map(|(_, weight)| *weight)
                .max()
                .unwrap_or(0)
        })
        .sum();
    points + exact.unwrap_or(0)
}

/// Words of a query: Latin words whole, Chinese by pairs of characters.
fn tokens(text: &str) -> Vec<String> {
    let text: String = text.chars().take(QUERY_MAX).collect::<String>().to_lowercase();
    let mut out: Vec<String> = Vec::new();
    for word in text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
        let chars: Vec<char> = word.chars().collect();
        if word.is_ascii() || chars.len() < 3 {
            out.push(word.to_owned());
            continue;
        }
        out.extend(chars.windows(2).map(|pair| pair.iter().collect::<String>()));
    }
    out.sort();
    out.dedup();
    out
}

fn of_item(pack: &Province, item: &Item) -> Entry {
    let within = |one: &OneThing| one.members.iter().any(|member| member.item == item.id);
    Entry {
        id: item.id.clone(),
        kind: "item",
        name: item.name.clone(),
        summary: item.summary.clone(),
        agency: agency_name(pack, &item.agency),
        item_type: item.item_type.text(),
        online: pack.matters().any(within),
        quarantined: false,
    }
}

fn of_published(pack: &Province, item: &Published) -> Entry {
    let group = item.group.clone().unwrap_or_default();
    Entry {
        id: item.row.to_string(),
        kind: "item",
        name: Text::new(item.name.clone(), item.name.clone()),
        summary: Text::new(group.clone(), group),
        agency: agency_name(pack, &item.agency_kind),
        item_type: item.item_type.text(),
        online: false,
        quarantined: item.status == Status::Quarantined,
    }
}

pub(super) fn agency_name(pack: &Province, kind: &str) -> Text {
    pack.agency_kind(kind).map(|kind| kind.short_name.clone()).unwrap_or_default()
}
