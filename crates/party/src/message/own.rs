//! Templates: those of the packs, and this area's own events.

use super::security::SECURITY;
use kernel::{Lang, Text};

/// A template found by its event.
pub(super) struct Template {
    pub(super) subject: Text,
    pub(super) body: Text,
    pub(super) mail: bool,
    pub(super) mandatory: bool,
}

/// This area's own events: id, subject and body in Chinese and English.
const OWN: [(&str, [&str; 4]); 5] = [
    (
        "delegation.asked",
        [
            "有人请您授权",
            "有人请您授权由其代您办事。请登录后查看范围和期限，再决定同意或不同意。",
            "Somebody asks for your authorisation",
            "Somebody asks to act for you. Sign in, look at the scope and the period, then grant or decline.",
        ],
    ),
    (
        "delegation.granted",
        [
            "授权已同意",
            "您请求的授权已获同意，可以办理了。",
            "Your request was granted",
            "The authorisation you asked for was granted. You can go on.",
        ],
    ),
    (
        "delegation.declined",
        [
            "授权未获同意",
            "您请求的授权未获同意。",
            "Your request was declined",
            "The authorisation you asked for was declined.",
        ],
    ),
    (
        "delegation.revoked",
        [
            "授权已撤回",
            "一项授权已被撤回，从现在起不再有效。",
            "An authorisation was withdrawn",
            "An authorisation was withdrawn and no longer holds.",
        ],
    ),
    (
        "delegation.recorded",
        [
            "监护关系已登记",
            "您作为监护人代孩子办事的关系已按登记信息记录。",
            "Guardianship recorded",
            "Your guardianship of a child was recorded from the register, so that you may act for the child.",
        ],
    ),
];

/// The template of an event: the packs' before our own.
pub(super) fn find(pack: &pack::Province, event: &str) -> Option<Template> {
    if let Some(message) = pack.message(event) {
        return Some(Template {
            subject: message.subject.clone(),
            body: message.body.clone(),
            mail: message.channels.contains(&pack::standard::Channel::Email),
            mandatory: message.mandatory,
        });
    }
    let (_, [subject_zh, body_zh, subject_en, body_en]) =
        OWN.iter().chain(&SECURITY).find(|(id, _)| *id == event)?;
    Some(Template {
        subject: Text::new(*subject_zh, *subject_en),
        body: Text::new(*body_zh, *body_en),
        mail: true,
        mandatory: false,
    })
}

/// Every event there is a template for, with its subject and whether it is mandatory.
pub(super) fn all(pack: &pack::Province) -> Vec<(String, Template)> {
    let mut events: Vec<String> = pack.messages().map(|message| message.id.clone()).collect();
    events.extend(OWN.iter().chain(&SECURITY).map(|(id, _)| (*id).to_owned()));
    events.sort();
    events.dedup();
    events.into_iter().filter_map(|event| find(pack, &event).map(|t| (event, t))).collect()
}

/// The text with its `{placeholder}`s filled; one without an argument is left out.
pub(super) fn fill(text: &Text, lang: Lang, args: &[(String, String)]) -> String {
    let mut out = String::new();
    let mut rest = text.get(lang);
    while let Some(open) = rest.find('{') {
        let Some(length) = rest[open..].find('}') else { break };
        out.push_str(&rest[..open]);
        let name = &rest[open + 1..open + length];
        if let Some((_, value)) = args.iter().find(|(key, _)| key == name) {
            out.push_str(value);
        }
        rest = &rest[open + length + 1..];
    }
    out.push_str(rest);
    out
}
