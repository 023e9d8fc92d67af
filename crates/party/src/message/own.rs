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
const OWN: [(&str, [&str; 4]); 4] = [
    (
        "delegation.asked",
        [
            "有人请您授权",
            "{who} 请您授权由其代您办事：{one_thing}，{deadline}前有效。请登录核对后，再决定同意或不同意。",
            "Somebody asks for your authorisation",
            "{who} asks to act for you: {one_thing}, until {deadline}. Sign in, check, then grant or decline.",
        ],
    ),
    (
        "delegation.granted",
        [
            "授权已同意",
            "{who} 已同意您的授权请求：{one_thing}，{deadline}前有效。您现在可以查看和跟进对方在这件事上的办件（在“我的办件”里）；能不能以对方的名义申请，见授权页。",
            "Your request was granted",
            "{who} granted what you asked for: {one_thing}, until {deadline}. You may see and follow this person's cases in the matter (under “My cases”); whether you may apply in this person's name, too, is told on the page of the authorisation.",
        ],
    ),
    (
        "delegation.revoked",
        [
            "授权已撤回",
            "{who} 撤回了一项授权：{one_thing}，从现在起不再有效。",
            "An authorisation was withdrawn",
            "{who} withdrew an authorisation: {one_thing}. It no longer holds.",
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

/// Subject and body of the mail that brings a code.
pub(super) fn code(lang: Lang, code: &str) -> (String, String) {
    let subject = Text::new("邮箱验证码", "Code for your mail address");
    let body = Text::new(
        "您正在把这个邮箱设为接收政务服务消息的邮箱，验证码 {code}，三十分钟内有效。不要告诉任何人。不是您本人操作的，请忽略这封邮件，什么都不会改变。",
        "Somebody gave this address for messages of the government service platform. The code is {code}, good for half an hour; tell it to nobody. If it was not you, ignore this mail: nothing changes.",
    );
    let args = [("code".to_owned(), code.to_owned())];
    (subject.get(lang).to_owned(), fill(&body, lang, &args))
}

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
