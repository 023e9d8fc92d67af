//! Credentials whose holder chooses what to show: SD-JWT (RFC 9901) as verifiable credentials
//! (SD-JWT VC), with the holder's key bound to each presentation.
//!
//! Invariants: a digest stands in one place and is opened by at most one disclosure; a disclosure
//! that opens nothing, opens a name that is there already, or brings in the structure's own names
//! is refused; claims a verifier relies on cannot be withheld; counts and depths are bounded.
//! Must not know: what the claims say, who issues.

use super::{DRIFT_US, Jws, SIZE_MAX, decode, encode, seconds, sign, time, verify_times};
use crate::certificate::Certificate;
use crate::hash::Hash;
use crate::json;
use crate::key::{PublicKey, Signer};
use kernel::{Error, Random, Result, Timestamp};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// The kind of such credentials.
pub const TYP: &str = "dc+sd-jwt";
/// Most disclosures of one credential.
pub const DISCLOSURES_MAX: usize = 512;
/// Longest age of a proof that the holder has the key.
const BINDING_AGE_US: i64 = 5 * 60 * kernel::time::SECOND_US;

const CODE: &str = "proof.sdjwt.form";
const TYP_BINDING: &str = "kb+jwt";
const DIGESTS: &str = "_sd";
const ALGORITHM: &str = "_sd_alg";
const ELEMENT: &str = "...";
/// Claims that are always shown (SD-JWT VC §3.2.2.2).
const SHOWN: &[&str] = &["iss", "nbf", "exp", "cnf", "vct", "vct#integrity", "status"];

/// A credential or presentation that was read. Not yet trusted: that is [`SdJwt::verify`].
#[derive(Clone, Debug)]
pub struct SdJwt {
    jwt: String,
    disclosures: Vec<String>,
    binding: Option<String>,
}

/// One who signs credentials.
#[derive(Clone, Copy)]
pub struct Issuer<'a> {
    /// The key.
    pub key: &'a dyn Signer,
    /// Its certificate and those above it; may be empty where verifiers know the key.
    pub chain: &'a [Certificate],
}

/// What binds a presentation to one occasion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Occasion<'a> {
    /// Whom it is for.
    pub audience: &'a str,
    /// The verifier's challenge.
    pub nonce: &'a str,
    /// When it is made, or checked.
    pub at: Timestamp,
}

/// Issues a credential. `concealed` are JSON pointers of the members and elements that the holder
/// may withhold; `holder` is the key it is bound to. Errors: `proof.sdjwt.claim` for a pointer that
/// leads nowhere or to a claim that is always shown, `proof.sdjwt.form` for claims with names of
/// the structure, and those of [`sign`].
pub fn issue(
    issuer: &Issuer<'_>,
    claims: &Map<String, Value>,
    concealed: &[&str],
    holder: Option<&PublicKey>,
    random: &mut Random,
) -> Result<SdJwt> {
    let mut body = Value::Object(claims.clone());
    plain(&body, 0)?;
    if concealed.len() > DISCLOSURES_MAX {
        return Err(Error::invalid(CODE).detail("too many disclosures"));
    }
    let mut pointers: Vec<&str> = concealed.to_vec();
    // What lies deeper is concealed first, so that it is inside what is concealed after it.
    pointers.sort_by_key(|pointer| std::cmp::Reverse((pointer.matches('/').count(), *pointer)));
    let mut disclosures = Vec::new();
    for pointer in pointers {
        disclosures.push(conceal(&mut body, pointer, random)?);
    }
    if let Some(map) = body.as_object_mut() {
        map.insert(ALGORITHM.into(), "sha-256".into());
        if let Some(key) = holder {
            map.insert("cnf".into(), json!({ "jwk": key.to_jwk() }));
        }
    }
    let payload = json::canonical(&body)?;
    let jwt = sign(TYP, payload.as_bytes(), issuer.key, issuer.chain)?;
    Ok(SdJwt { jwt, disclosures, binding: None })
}

/// Refuses the structure's own names among claims, and claims nested too deep.
fn plain(value: &Value, depth: usize) -> Result<()> {
    let wrong = |why| Error::invalid(CODE).detail(why);
    if depth > json::DEPTH_MAX {
        return Err(wrong("nested too deep"));
    }
    match value {
        Value::Object(map) => {
            if map.keys().any(|name| [DIGESTS, ALGORITHM, ELEMENT].contains(&name.as_str())) {
                return Err(wrong("reserved name"));
            }
            map.values().try_for_each(|inner| plain(inner, depth + 1))
        }
        Value::Array(list) => list.iter().try_for_each(|inner| plain(inner, depth + 1)),
        _ => Ok(()),
    }
}

/// Takes one value out and leaves its digest; the disclosure.
fn conceal(body: &mut Value, pointer: &str, random: &mut Random) -> Result<String> {
    let nowhere = || Error::invalid("proof.sdjwt.claim").arg("name", pointer.escape_debug());
    let (parent, name) = pointer.rsplit_once('/').ok_or_else(nowhere)?;
    let name = name.replace("~1", "/").replace("~0", "~");
    if parent.is_empty() && SHOWN.contains(&name.as_str()) {
        return Err(nowhere());
    }
    let salt = encode(&random.bytes::<16>());
    match body.pointer_mut(parent).ok_or_else(nowhere)? {
        Value::Object(map) => {
            // A claim may be concealed once: afterwards its name is gone.
            let value = map.remove(&name).ok_or_else(nowhere)?;
            let text = encode(json!([salt, name, value]).to_string().as_bytes());
            let digests = map.entry(DIGESTS).or_insert_with(|| Value::Array(Vec::new()));
            let list = digests.as_array_mut().ok_or_else(nowhere)?;
            list.push(digest(&text).into());
            // Sorted, so that their order does not tell which is which.
            list.sort_by(|a, b| a.as_str().cmp(&b.as_str()));
            Ok(text)
        }
        Value::Array(list) => {
            let index: usize = name.parse().map_err(|_| nowhere())?;
            let element = list.get_mut(index).ok_or_else(nowhere)?;
            if element.get(ELEMENT).is_some() {
                return Err(nowhere());
            }
            let text = encode(json!([salt, element]).to_string().as_bytes());
            *element = json!({ ELEMENT: digest(&text) });
            Ok(text)
        }
        _ => Err(nowhere()),
    }
}

fn digest(disclosure: &str) -> String {
    encode(&Hash::Sha256.digest(&[disclosure.as_bytes()]))
}

impl SdJwt {
    /// Reads a credential or presentation. Errors: `proof.sdjwt.form`.
    pub fn parse(text: &str) -> Result<SdJwt> {
        let form = || Error::invalid(CODE);
        if text.len() > SIZE_MAX {
            return Err(form().detail("too large"));
        }
        let mut parts: Vec<&str> = text.split('~').take(DISCLOSURES_MAX + 3).collect();
        if parts.len() < 2 || parts.len() > DISCLOSURES_MAX + 2 {
            return Err(form().detail("number of parts"));
        }
        let binding = parts.pop().filter(|last| !last.is_empty()).map(str::to_owned);
        let jwt = parts.remove(0).to_owned();
        if parts.iter().any(|part| part.is_empty()) {
            return Err(form().detail("empty disclosure"));
        }
        let disclosures = parts.into_iter().map(str::to_owned).collect();
        Ok(SdJwt { jwt, disclosures, binding })
    }

    /// The certificates of its header, the issuer's own first. Errors: those of [`Jws::parse`] and
    /// [`Jws::certificates`].
    pub(crate) fn certificates(&self) -> Result<Vec<Certificate>> {
        Jws::parse(&self.jwt)?.certificates()
    }

    /// What its issuer signed, nothing disclosed. Trust it only after [`SdJwt::verify_signature`].
    /// Errors: `proof.jose.json`.
    pub(crate) fn issued(&self) -> Result<Map<String, Value>> {
        Jws::parse(&self.jwt)?.claims()
    }

    /// Checks the issuer's signature alone. Errors: those of [`Jws::verify`].
    pub(crate) fn verify_signature(&self, key: &PublicKey) -> Result<()> {
        Jws::parse(&self.jwt)?.verify(key, TYP)
    }

    /// The claims with what is disclosed in its place. Errors: `proof.sdjwt.form`,
    /// `proof.sdjwt.disclosure`.
    pub(crate) fn claims(&self) -> Result<Map<String, Value>> {
        Ok(self.open()?.claims)
    }

    /// True when it is bound to an occasion.
    pub fn is_bound(&self) -> bool {
        self.binding.is_some()
    }

    /// Values it can show.
    pub fn disclosures(&self) -> usize {
        self.disclosures.len()
    }

    /// Shows the chosen members alone, and what encloses them; everything not concealed is always
    /// shown. Errors: `proof.sdjwt.claim` for a pointer to nothing that is concealed, and those of
    /// reading it.
    pub fn choose(&self, pointers: &[&str]) -> Result<SdJwt> {
        let opened = self.open()?;
        for wanted in pointers {
            if !opened.places.contains_key(*wanted) {
                return Err(Error::invalid("proof.sdjwt.claim").arg("name", wanted.escape_debug()));
            }
        }
        let chosen: BTreeSet<usize> = opened
            .places
            .iter()
            .filter(|(place, _)| {
                pointers.iter().any(|wanted| {
                    wanted
                        .strip_prefix(place.as_str())
                        .is_some_and(|r| r.is_empty() || r.starts_with('/'))
                })
            })
            .map(|(_, index)| *index)
            .collect();
        let keep = |(index, text): (usize, &String)| chosen.contains(&index).then(|| text.clone());
        let disclosures = self.disclosures.iter().enumerate().filter_map(keep).collect();
        Ok(SdJwt { jwt: self.jwt.clone(), disclosures, binding: None })
    }

    /// Binds it to an occasion with the holder's key. Errors: `proof.sdjwt.holder` when the
    /// credential is bound to another key or none.
    pub fn bind(&self, key: &dyn Signer, occasion: &Occasion<'_>) -> Result<SdJwt> {
        if holder_key(&self.issued()?)? != key.public() {
            return Err(Error::invalid("proof.sdjwt.holder"));
        }
        let body = json!({
            "aud": occasion.audience,
            "iat": seconds(occasion.at),
            "nonce": occasion.nonce,
            "sd_hash": digest(&self.unbound()),
        });
        let binding = sign(TYP_BINDING, json::canonical(&body)?.as_bytes(), key, &[])?;
        Ok(SdJwt { binding: Some(binding), ..self.clone() })
    }

    fn unbound(&self) -> String {
        let mut text = self.jwt.clone();
        text.push('~');
        for disclosure in &self.disclosures {
            text.push_str(disclosure);
            text.push('~');
        }
        text
    }

    /// Checks the issuer's signature with a key, every disclosure, and the credential's times; the
    /// claims shown. Errors: those of [`Jws::verify`], `proof.sdjwt.form`,
    /// `proof.sdjwt.disclosure`, `proof.jose.early`, `proof.jose.expired`.
    pub fn verify(&self, key: &PublicKey, at: Timestamp) -> Result<Map<String, Value>> {
        self.verify_signature(key)?;
        self.shown(at)
    }

    /// As [`SdJwt::verify`], with the certificate in the header leading to an anchor at the
    /// instant; the certificate too.
    pub fn verify_certified(
        &self,
        anchors: &[Certificate],
        at: Timestamp,
    ) -> Result<(Certificate, Map<String, Value>)> {
        let signer = Jws::parse(&self.jwt)?.verify_certified(TYP, anchors, at)?;
        Ok((signer, self.shown(at)?))
    }

    fn shown(&self, at: Timestamp) -> Result<Map<String, Value>> {
        let claims = self.claims()?;
        verify_times(&claims, at)?;
        Ok(claims)
    }

    /// Checks that the holder's key bound the presentation to the occasion. Trust it only after
    /// [`SdJwt::verify`]. Errors: `proof.sdjwt.holder` without a bound key, `proof.sdjwt.binding`
    /// for another audience, challenge, time or other disclosures, and those of [`Jws::verify`].
    pub fn verify_binding(&self, occasion: &Occasion<'_>) -> Result<()> {
        let wrong = |why| Error::invalid("proof.sdjwt.binding").detail(why);
        let claims = self.bound()?;
        let text = |name: &str| claims.get(name).and_then(Value::as_str).unwrap_or("");
        if text("aud") != occasion.audience || text("nonce") != occasion.nonce {
            return Err(wrong("audience or nonce"));
        }
        let made = time(&claims, "iat")?.ok_or_else(|| wrong("no time"))?;
        let early = made > occasion.at.plus_us(DRIFT_US);
        if early || made < occasion.at.plus_us(-BINDING_AGE_US) {
            return Err(wrong("time"));
        }
        Ok(())
    }

    /// What the holder signed of this very presentation, for whatever occasion. Errors: as
    /// [`SdJwt::verify_binding`], the occasion aside.
    pub(crate) fn bound(&self) -> Result<Map<String, Value>> {
        let wrong = |why| Error::invalid("proof.sdjwt.binding").detail(why);
        let binding = self.binding.as_deref().ok_or_else(|| wrong("absent"))?;
        let binding = Jws::parse(binding)?;
        binding.verify(&holder_key(&self.issued()?)?, TYP_BINDING)?;
        let claims = binding.claims()?;
        let over = claims.get("sd_hash").and_then(Value::as_str);
        if over != Some(&digest(&self.unbound())) {
            return Err(wrong("other disclosures"));
        }
        Ok(claims)
    }

    fn open(&self) -> Result<Opened> {
        let body = Jws::parse(&self.jwt)?.claims()?;
        if body.get(ALGORITHM).is_some_and(|name| name != "sha-256") {
            return Err(Error::invalid(CODE).detail("digest algorithm"));
        }
        let mut opening = Opening::read(&self.disclosures)?;
        let mut body = Value::Object(body);
        opening.walk(&mut body, &mut String::new(), 0)?;
        opening.finish(body)
    }
}

impl std::fmt::Display for SdJwt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}{}", self.unbound(), self.binding.as_deref().unwrap_or(""))
    }
}

fn holder_key(claims: &Map<String, Value>) -> Result<PublicKey> {
    let jwk = claims.get("cnf").and_then(|cnf| cnf.get("jwk"));
    PublicKey::from_jwk(jwk.ok_or_else(|| Error::invalid("proof.sdjwt.holder"))?)
}

/// Claims with every disclosure put in its place.
struct Opened {
    claims: Map<String, Value>,
    /// Where each disclosure stands, by JSON pointer.
    places: BTreeMap<String, usize>,
}

struct Opening {
    /// Disclosures by digest: index, name of a member or none of an element, value.
    held: BTreeMap<String, (usize, Option<String>, Value)>,
    seen: BTreeSet<String>,
    places: BTreeMap<String, usize>,
}

fn refused(why: &'static str) -> Error {
    Error::invalid("proof.sdjwt.disclosure").detail(why)
}

impl Opening {
    fn read(disclosures: &[String]) -> Result<Opening> {
        let mut held = BTreeMap::new();
        for (index, text) in disclosures.iter().enumerate() {
            let value = json::parse(&decode(text)?, SIZE_MAX)?;
            let parts = value.as_array().map_or(&[][..], Vec::as_slice);
            let (name, inner) = match parts {
                [Value::String(_), inner] => (None, inner),
                [Value::String(_), Value::String(name), inner] => {
                    if [DIGESTS, ELEMENT].contains(&name.as_str()) {
                        return Err(refused("reserved name"));
                    }
                    (Some(name.clone()), inner)
                }
                _ => return Err(refused("not a disclosure")),
            };
            if held.insert(digest(text), (index, name, inner.clone())).is_some() {
                return Err(refused("a disclosure twice"));
            }
        }
        Ok(Opening { held, seen: BTreeSet::new(), places: BTreeMap::new() })
    }

    /// The disclosure of a digest, which may stand in one place only.
    fn take(&mut self, found: &str) -> Result<Option<(usize, Option<String>, Value)>> {
        if !self.seen.insert(found.to_owned()) {
            return Err(refused("a digest twice"));
        }
        Ok(self.held.remove(found))
    }

    fn walk(&mut self, value: &mut Value, place: &mut String, depth: usize) -> Result<()> {
        if depth > json::DEPTH_MAX {
            return Err(refused("nested too deep"));
        }
        match value {
            Value::Object(map) => self.walk_object(map, place, depth),
            Value::Array(list) => self.walk_array(list, place, depth),
            _ => Ok(()),
        }
    }

    fn walk_object(
        &mut self,
        map: &mut Map<String, Value>,
        place: &mut String,
        depth: usize,
    ) -> Result<()> {
        let digests = map.remove(DIGESTS);
        if map.contains_key(ELEMENT) {
            return Err(refused("an element outside a list"));
        }
        // `_sd_alg` belongs to the outermost object alone.
        if map.remove(ALGORITHM).is_some() && depth > 0 {
            return Err(refused("digest algorithm inside"));
        }
        for (name, inner) in map.iter_mut() {
            self.inside(inner, name, place, depth)?;
        }
        let Some(digests) = digests else { return Ok(()) };
        for found in digests.as_array().ok_or_else(|| refused("digests are no list"))? {
            let found = found.as_str().ok_or_else(|| refused("a digest is no text"))?;
            let Some((index, name, mut inner)) = self.take(found)? else { continue };
            let name = name.ok_or_else(|| refused("an element in an object"))?;
            if map.contains_key(&name) {
                return Err(refused("a name that is there already"));
            }
            if place.is_empty() && SHOWN.contains(&name.as_str()) {
                return Err(refused("a claim that is always shown"));
            }
            self.places.insert(format!("{place}/{}", escaped(&name)), index);
            self.inside(&mut inner, &name, place, depth)?;
            map.insert(name, inner);
        }
        Ok(())
    }

    fn inside(
        &mut self,
        inner: &mut Value,
        name: &str,
        place: &mut String,
        depth: usize,
    ) -> Result<()> {
        let length = place.len();
        place.push('/');
        place.push_str(&escaped(name));
        let result = self.walk(inner, place, depth + 1);
        place.truncate(length);
        result
    }

    fn walk_array(
        &mut self,
        list: &mut Vec<Value>,
        place: &mut String,
        depth: usize,
    ) -> Result<()> {
        let mut kept = Vec::with_capacity(list.len());
        for (index, mut element) in std::mem::take(list).into_iter().enumerate() {
            let found =
                match element.as_object().and_then(|map| Some((map.len(), map.get(ELEMENT)?))) {
                    None => None,
                    Some((1, Value::String(found))) => Some(found.clone()),
                    Some(_) => return Err(refused("an element with other members")),
                };
            if let Some(found) = found {
                let Some((at, name, inner)) = self.take(&found)? else { continue };
                if name.is_some() {
                    return Err(refused("a member in a list"));
                }
                self.places.insert(format!("{place}/{index}"), at);
                element = inner;
            }
            self.inside(&mut element, &index.to_string(), place, depth)?;
            kept.push(element);
        }
        *list = kept;
        Ok(())
    }

    fn finish(self, body: Value) -> Result<Opened> {
        if !self.held.is_empty() {
            return Err(refused("a disclosure that opens nothing"));
        }
        match body {
            Value::Object(claims) => Ok(Opened { claims, places: self.places }),
            _ => Err(refused("claims are no object")),
        }
    }
}

fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}
