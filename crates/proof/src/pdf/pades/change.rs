//! What was added to a signed file: nothing but signatures that show nothing.
//!
//! Invariant: every object of the later file that is new or different is accounted for; what is not
//! known to be harmless is refused (shadow attacks: replaced pages, hidden layers, fonts, forms and
//! annotations).
//! Must not know: whether signatures hold.

use crate::pdf::embed::SEALS;
use kernel::{Error, Result};
use lopdf::{Dictionary, Document, Object, ObjectId};
use std::collections::{BTreeMap, BTreeSet};

/// Checks that the later file is the earlier one with signatures added. Errors:
/// `proof.pades.changed`.
pub(super) fn only_signatures(before: &Document, after: &Document) -> Result<()> {
    let root = |document: &Document| document.trailer.get(b"Root").and_then(Object::as_reference);
    let catalog = root(before).map_err(|_| changed("root"))?;
    if root(after).ok() != Some(catalog) {
        return Err(changed("root"));
    }
    let information = |document: &Document| document.trailer.get(b"Info").ok().cloned();
    if information(before) != information(after) {
        return Err(changed("information"));
    }
    // An object that is gone reads as null.
    if before.objects.keys().any(|id| !after.objects.contains_key(id) && !is_table(before, *id)) {
        return Err(changed("an object is gone"));
    }
    let referred = references(before);
    let new = |id: &ObjectId| after.objects.contains_key(id) && !before.objects.contains_key(id);
    // A reference that led nowhere when it was signed must not lead somewhere now.
    if referred.keys().any(new) {
        return Err(changed("a reference fulfilled"));
    }
    let sealed = super::verify::seals(after)?;
    let sealed = sealed.into_iter().filter(|id| !before.objects.contains_key(id)).collect();
    let check = Check { before, after, catalog, added: added(before, after), sealed, referred };
    let different = after
        .objects
        .iter()
        .filter(|(id, object)| before.objects.get(id) != Some(object) && !is_table(after, **id));
    for (id, object) in different {
        check.object(*id, object)?;
    }
    Ok(())
}

fn changed(what: &'static str) -> Error {
    Error::invalid("proof.pades.changed").detail(what)
}

/// How often each object is referred to by others.
fn references(document: &Document) -> BTreeMap<ObjectId, usize> {
    let mut found = BTreeMap::new();
    let mut open: Vec<&Object> = document.objects.values().collect();
    while let Some(object) = open.pop() {
        match object {
            Object::Reference(id) => *found.entry(*id).or_default() += 1,
            Object::Array(list) => open.extend(list),
            Object::Dictionary(members) => open.extend(members.iter().map(|(_, value)| value)),
            Object::Stream(stream) => open.extend(stream.dict.iter().map(|(_, value)| value)),
            _ => {}
        }
    }
    found
}

/// Cross-reference and object streams hold objects, and are none themselves.
fn is_table(document: &Document, id: ObjectId) -> bool {
    let Some(Object::Stream(stream)) = document.objects.get(&id) else { return false };
    let kind = stream.dict.get(b"Type").and_then(Object::as_name).unwrap_or(b"");
    [&b"XRef"[..], b"ObjStm"].contains(&kind)
}

/// New signature fields.
fn added(before: &Document, after: &Document) -> BTreeSet<ObjectId> {
    after
        .objects
        .iter()
        .filter(|(id, object)| !before.objects.contains_key(id) && is_field(object))
        .map(|(id, _)| *id)
        .collect()
}

/// A signed field that shows nothing.
fn is_field(object: &Object) -> bool {
    let Ok(field) = object.as_dict() else { return false };
    let name = |key: &[u8]| field.get(key).and_then(Object::as_name).unwrap_or(b"");
    let nothing = field.get(b"Rect").and_then(Object::as_array).is_ok_and(|rect| {
        rect.len() == 4 && rect.iter().all(|n| n.as_float().is_ok_and(|n| n == 0.0))
    });
    // `Lock` and `SV` only restrict; an appearance of no extent shows nothing.
    let known = [
        &b"Type"[..],
        b"Subtype",
        b"FT",
        b"T",
        b"F",
        b"Ff",
        b"Rect",
        b"P",
        b"V",
        b"AP",
        b"Lock",
        b"SV",
        b"MK",
        b"BS",
    ];
    name(b"FT") == b"Sig"
        && name(b"Subtype") == b"Widget"
        && nothing
        && field.iter().all(|(key, _)| known.contains(&key.as_slice()))
}

/// Whether a member may change from one value to another.
type May<'a> = &'a dyn Fn(&[u8], Option<&Object>, Option<&Object>) -> bool;

struct Check<'a> {
    before: &'a Document,
    after: &'a Document,
    catalog: ObjectId,
    /// New signature fields.
    added: BTreeSet<ObjectId>,
    /// New seals in the catalogue.
    sealed: BTreeSet<ObjectId>,
    /// How often each object of the earlier file is referred to there.
    referred: BTreeMap<ObjectId, usize>,
}

impl Check<'_> {
    fn object(&self, id: ObjectId, object: &Object) -> Result<()> {
        match self.before.objects.get(&id) {
            None => self.new_object(id, object),
            Some(old) if id == self.catalog => {
                self.dictionary(old, object, "catalogue", &|key, old, new| match key {
                    b"AcroForm" => self.form(old, new),
                    SEALS => self.longer(old, new, &self.sealed),
                    _ => false,
                })
            }
            Some(old) if self.form_id() == Some(id) => {
                if self.form(Some(old), Some(object)) {
                    Ok(())
                } else {
                    Err(changed("form"))
                }
            }
            // Who wrote the update and when: nothing that is shown on a page.
            Some(_) if self.is_metadata(id, object) => Ok(()),
            Some(old) if self.info_id() == Some(id) => {
                self.dictionary(old, object, "information", &|key, _, new| {
                    [&b"ModDate"[..], b"Producer"].contains(&key)
                        && new.is_some_and(|value| value.as_str().is_ok())
                })
            }
            Some(old) if is_page(old) => self.dictionary(old, object, "page", &|key, old, new| {
                key == b"Annots" && self.longer(old, new, &self.added)
            }),
            Some(old @ Object::Array(_)) if self.is_list(id) => {
                if self.longer(Some(old), Some(object), &self.added) {
                    Ok(())
                } else {
                    Err(changed("list"))
                }
            }
            Some(_) => Err(changed("another object")),
        }
    }

    /// What a signature brings along, and nothing that is shown or run.
    fn new_object(&self, id: ObjectId, object: &Object) -> Result<()> {
        // A form that stood in the catalogue keeps what it said when it becomes an object.
        let held = self.before.get_dictionary(self.catalog).and_then(|c| c.get(b"AcroForm")).ok();
        if self.added.contains(&id) || self.form_id() == Some(id) && self.form(held, Some(object)) {
            return Ok(());
        }
        if (self.is_value(id) && object.as_dict().is_ok()) || self.belongs(id, object) {
            return Ok(());
        }
        Err(changed("a new object"))
    }

    /// A new seal, or the value of a new signature field.
    fn is_value(&self, id: ObjectId) -> bool {
        self.sealed.contains(&id)
            || self.fields().any(|field| {
                field.get(b"V").and_then(Object::as_reference).is_ok_and(|value| value == id)
            })
    }

    /// The empty appearance of a field of no extent.
    fn belongs(&self, id: ObjectId, object: &Object) -> bool {
        let appearance = self.fields().any(|field| {
            let states = field.get(b"AP").and_then(Object::as_dict);
            states.is_ok_and(|s| s.iter().any(|(_, o)| o.as_reference().ok() == Some(id)))
        });
        appearance && object.as_stream().is_ok_and(|stream| stream.content.is_empty())
    }

    fn fields(&self) -> impl Iterator<Item = &Dictionary> {
        self.added.iter().filter_map(|id| self.after.get_dictionary(*id).ok())
    }

    fn form_id(&self) -> Option<ObjectId> {
        self.after.get_dictionary(self.catalog).ok()?.get(b"AcroForm").ok()?.as_reference().ok()
    }

    /// The metadata of the catalogue, which nothing else refers to: else it could be a page's
    /// content as well.
    fn is_metadata(&self, id: ObjectId, object: &Object) -> bool {
        let catalog = self.before.get_dictionary(self.catalog);
        let named = catalog.and_then(|c| c.get(b"Metadata")).and_then(Object::as_reference);
        let kind = object.as_stream().and_then(|s| s.dict.get(b"Type")).and_then(Object::as_name);
        named.is_ok_and(|named| named == id)
            && self.referred.get(&id) == Some(&1)
            && kind.is_ok_and(|kind| kind == b"Metadata")
    }

    fn info_id(&self) -> Option<ObjectId> {
        self.before.trailer.get(b"Info").ok()?.as_reference().ok()
    }

    /// Lists of annotations or fields that stand in objects of their own.
    fn is_list(&self, id: ObjectId) -> bool {
        let refers = |dictionary: &Dictionary, key: &[u8]| {
            dictionary.get(key).and_then(Object::as_reference).ok() == Some(id)
        };
        let form = self.form_id().and_then(|form| self.before.get_dictionary(form).ok());
        let pages = self.before.objects.values().filter(|o| is_page(o));
        form.is_some_and(|form| refers(form, b"Fields"))
            || pages.filter_map(|o| o.as_dict().ok()).any(|page| refers(page, b"Annots"))
    }

    /// Two dictionaries that agree in all but what `may` allows.
    fn dictionary(
        &self,
        old: &Object,
        new: &Object,
        what: &'static str,
        may: May<'_>,
    ) -> Result<()> {
        let (Ok(old), Ok(new)) = (old.as_dict(), new.as_dict()) else { return Err(changed(what)) };
        let keys: BTreeSet<&Vec<u8>> = old.iter().chain(new.iter()).map(|(key, _)| key).collect();
        for key in keys {
            let (was, is) = (old.get(key).ok(), new.get(key).ok());
            if was != is && !may(key, was, is) {
                return Err(changed(what));
            }
        }
        Ok(())
    }

    /// A form that has fields added, and otherwise says what it said; it may become an object.
    fn form(&self, old: Option<&Object>, new: Option<&Object>) -> bool {
        let follow = |document: &Document, object: Option<&Object>| -> Option<Object> {
            match object? {
                Object::Reference(id) => document.get_object(*id).ok().cloned(),
                other => Some(other.clone()),
            }
        };
        let empty = || Object::Dictionary(Dictionary::new());
        let old = follow(self.before, old).unwrap_or_else(empty);
        let Some(new) = follow(self.after, new) else { return false };
        self.dictionary(&old, &new, "form", &|key, old, new| match key {
            b"Fields" => self.longer(old, new, &self.added),
            // Signatures exist, and the file is to be added to only.
            b"SigFlags" => new.and_then(|n| n.as_i64().ok()) == Some(3),
            _ => false,
        })
        .is_ok()
    }

    /// A list with some of these at its end.
    fn longer(
        &self,
        old: Option<&Object>,
        new: Option<&Object>,
        these: &BTreeSet<ObjectId>,
    ) -> bool {
        let list = |document: &Document, object: Option<&Object>| -> Option<Vec<Object>> {
            match object {
                None => Some(Vec::new()),
                Some(Object::Reference(id)) => {
                    Some(document.get_object(*id).ok()?.as_array().ok()?.clone())
                }
                Some(other) => Some(other.as_array().ok()?.clone()),
            }
        };
        let (Some(old), Some(new)) = (list(self.before, old), list(self.after, new)) else {
            return false;
        };
        let Some(rest) = new.strip_prefix(old.as_slice()) else { return false };
        rest.iter().all(|item| item.as_reference().is_ok_and(|id| these.contains(&id)))
    }
}

fn is_page(object: &Object) -> bool {
    let kind = object.as_dict().and_then(|d| d.get(b"Type")).and_then(Object::as_name);
    kind.is_ok_and(|kind| kind == b"Page")
}
