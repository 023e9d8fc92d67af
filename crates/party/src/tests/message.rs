//! The message centre.

use super::on_both;
use super::world::{World, setup};
use crate::message;
use testkit::{Place, Setup};

on_both!(
    a_message_is_read_by_its_person_alone,
    pages_of_messages_follow_one_another,
    an_event_without_a_template_is_a_fault,
    a_message_leads_to_this_site_only,
    preferences_are_kept,
);

async fn a_message_is_read_by_its_person_alone(world: World) {
    let amy = world.citizen("amy", 10, 1).await;
    let eve = world.citizen("eve", 12, 1).await;
    let mut ctx = world.system().await;
    let args = [("item", "户口登记".to_owned()), ("case_tail", "0042".to_owned())];
    let id = message::send(&mut ctx, &amy.party, "case.accepted", &args, "/cases/1").await.unwrap();
    ctx.commit().await.unwrap();
    let mut ctx = world.as_actor(&eve).await;
    assert_eq!(message::find(&mut ctx, &id).await.unwrap_err().code, "not_found");
    assert_eq!(message::read(&mut ctx, &id).await.unwrap_err().code, "not_found");
    drop(ctx);
    let mut ctx = world.as_actor(&amy).await;
    let shown = message::find(&mut ctx, &id).await.unwrap();
    assert_eq!(shown.subject, "Accepted: 户口登记");
    assert!(shown.body.contains("0042") && shown.body.contains("http://yipan.test/cases/1"));
    assert!(!shown.body.contains('{'));
    assert_eq!(message::unread(&mut ctx, &amy.party).await.unwrap(), 1);
    message::read(&mut ctx, &id).await.unwrap();
    assert_eq!(message::unread(&mut ctx, &amy.party).await.unwrap(), 0);
}

async fn pages_of_messages_follow_one_another(world: World) {
    let amy = world.citizen("amy", 10, 1).await;
    let mut ctx = world.system().await;
    for _ in 0..53 {
        world.env.clock.advance_us(1_000);
        ctx.now = world.env.clock.now();
        message::send(&mut ctx, &amy.party, "delegation.asked", message::NO_ARGS, "")
            .await
            .unwrap();
    }
    ctx.commit().await.unwrap();
    let mut ctx = world.as_actor(&amy).await;
    let first = message::list(&mut ctx, "").await.unwrap();
    let second = message::list(&mut ctx, first.next.as_deref().unwrap()).await.unwrap();
    assert_eq!((first.messages.len(), second.messages.len(), second.next), (50, 3, None));
    assert!(first.messages.last().unwrap().id > second.messages[0].id);
    assert_eq!(message::read_all(&mut ctx).await.unwrap(), 53);
}

async fn an_event_without_a_template_is_a_fault(world: World) {
    let amy = world.citizen("amy", 10, 1).await;
    let mut ctx = world.system().await;
    let sent = message::send(&mut ctx, &amy.party, "no.such_event", message::NO_ARGS, "").await;
    assert_eq!(sent.unwrap_err().code, "internal");
}

async fn a_message_leads_to_this_site_only(world: World) {
    let amy = world.citizen("amy", 10, 1).await;
    let mut ctx = world.system().await;
    for link in ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:x"] {
        let sent =
            message::send(&mut ctx, &amy.party, "delegation.asked", message::NO_ARGS, link).await;
        assert!(sent.is_err(), "{link}");
    }
}

async fn preferences_are_kept(world: World) {
    let amy = world.citizen("amy", 10, 1).await;
    let mut ctx = world.as_actor(&amy).await;
    message::set_preferences(&mut ctx, &["delegation.granted"]).await.unwrap();
    let (choices, _) = message::preferences(&mut ctx).await.unwrap();
    for choice in &choices {
        assert!(!choice.name.zh.is_empty() && !choice.name.en.is_empty(), "{}", choice.template);
        assert!(!choice.name.zh.contains('{') && !choice.name.en.contains(':'), "{choice:?}");
        assert!(!choice.template.starts_with("work."), "a citizen is not asked of officers' work");
    }
    let accepted = choices.iter().find(|choice| choice.template == "case.accepted").unwrap();
    assert_eq!((accepted.name.zh.as_str(), accepted.name.en.as_str()), ("已受理", "Accepted"));
    let of = |event: &str| choices.iter().find(|choice| choice.template == event).unwrap().mail;
    assert!(of("delegation.granted") && !of("delegation.recorded"));
    assert!(of("case.accepted"), "mandatory whatever is chosen");
}

/// The six digits in a mail, however its body is encoded.
fn code_in(mail: &str) -> String {
    let body = mail.split_once("\n\n").unwrap().1.replace('\n', "");
    let plain = match mail.contains("base64") {
        true => {
            use base64::Engine;
            let bytes = base64::engine::general_purpose::STANDARD.decode(body).unwrap();
            String::from_utf8(bytes).unwrap()
        }
        false => body,
    };
    let at = plain.find("The code is ").map(|at| at + 12);
    let at = at.or_else(|| plain.find("验证码 ").map(|at| at + 10)).expect("a code");
    plain[at..at + 6].to_owned()
}

#[tokio::test]
async fn mail_goes_to_the_server_once() {
    use std::sync::Arc;
    use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
    let sink = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = sink.local_addr().unwrap().port();
    let taken = Arc::new(tokio::sync::Mutex::new(Vec::<String>::new()));
    let kept = taken.clone();
    let server = tokio::spawn(async move {
        loop {
            let (socket, _) = sink.accept().await.unwrap();
            let (read, mut write) = socket.into_split();
            let mut lines = BufReader::new(read).lines();
            write.write_all(b"220 sink\r\n").await.unwrap();
            let (mut in_data, mut text) = (false, String::new());
            while let Ok(Some(line)) = lines.next_line().await {
                if in_data {
                    if line == "." {
                        in_data = false;
                        kept.lock().await.push(std::mem::take(&mut text));
                        write.write_all(b"250 taken\r\n").await.unwrap();
                    } else {
                        text.push_str(&line);
                        text.push('\n');
                    }
                    continue;
                }
                let reply: &[u8] = match line.get(..4).unwrap_or("") {
                    "DATA" => {
                        in_data = true;
                        b"354 go on\r\n"
                    }
                    "QUIT" => b"221 bye\r\n",
                    _ => b"250 ok\r\n",
                };
                write.write_all(reply).await.unwrap();
            }
        }
    });
    let smtp =
        store::Smtp { host: "127.0.0.1".to_owned(), port, from: "yipan@example.org".to_owned() };
    let world = World::over(Setup { smtp: Some(smtp), ..setup() }, &Place::sqlite()).await;
    let amy = world.citizen("amy", 10, 1).await;
    let mut ctx = world.as_actor(&amy).await;
    crate::person::set_mail(&mut ctx, &amy.party, "amy@example.org").await.unwrap();
    let id = message::send(&mut ctx, &amy.party, "case.accepted", message::NO_ARGS, "/cases/1")
        .await
        .unwrap();
    // A repetition of the job, as after a crash, sends nothing more.
    ctx.enqueue(message::MAIL_JOB, &serde_json::json!({"message": id})).await.unwrap();
    ctx.commit().await.unwrap();
    world.drain().await;
    let mail = taken.lock().await.clone();
    assert_eq!(mail.len(), 1);
    assert!(mail[0].contains(&format!("Message-ID: <{id}@example.org>")), "{}", mail[0]);
    let mut ctx = world.system().await;
    assert_eq!(message::counts(&mut ctx).await.unwrap().sent, 1);
    drop(ctx);
    // Another address is used once the code that was sent there is typed, and not before.
    let weak = world.as_actor(&amy).await;
    let strong = kernel::Actor { assurance: 2, ..amy.clone() };
    let mut ctx = weak;
    let refused = message::change_address(&mut ctx, "amy@example.com").await.unwrap_err();
    assert_eq!(refused.code, "sign_in.second_factor");
    drop(ctx);
    let mut ctx = world.as_actor(&strong).await;
    let wrong = message::change_address(&mut ctx, "not an address").await.unwrap_err();
    assert_eq!(wrong.code, "person.mail");
    assert!(message::change_address(&mut ctx, " amy@example.com").await.unwrap());
    ctx.commit().await.unwrap();
    world.drain().await;
    let mail = taken.lock().await.clone();
    assert_eq!(mail.len(), 2);
    assert!(mail[1].contains("To: amy@example.com"), "{}", mail[1]);
    let code = code_in(&mail[1]);
    let mut ctx = world.as_actor(&strong).await;
    let portal = message::list(&mut ctx, "").await.unwrap().messages;
    assert!(portal.iter().all(|one| !one.body.contains(&code)), "it goes by mail alone");
    let other = if code == "000000" { "000001" } else { "000000" };
    let guess = message::confirm_address(&mut ctx, other).await.unwrap().unwrap_err();
    assert_eq!(guess.code, "person.mail_code");
    let now = crate::person::mail(&mut ctx, &amy.party).await.unwrap();
    assert_eq!(now.as_deref(), Some("amy@example.org"), "the former stays");
    message::confirm_address(&mut ctx, &code).await.unwrap().unwrap();
    let again = message::confirm_address(&mut ctx, &code).await.unwrap().unwrap_err();
    assert_eq!(again.code, "person.mail_code_over", "it is good once");
    ctx.commit().await.unwrap();
    world.drain().await;
    // That the address is another is told to the one that was his.
    let mail = taken.lock().await.clone();
    assert_eq!(mail.len(), 3);
    assert!(mail[2].contains("To: amy@example.org"), "{}", mail[2]);
    let mut ctx = world.as_actor(&strong).await;
    let now = crate::person::mail(&mut ctx, &amy.party).await.unwrap();
    assert_eq!(now.as_deref(), Some("amy@example.com"));
    let told = message::list(&mut ctx, "").await.unwrap().messages;
    let changed = told.iter().filter(|one| one.template == "account.mail_changed");
    assert_eq!(changed.count(), 1);
    // Five guesses, half an hour, five codes a day.
    assert!(message::change_address(&mut ctx, "amy@example.net").await.unwrap());
    for _ in 0..5 {
        let guess = message::confirm_address(&mut ctx, "x").await.unwrap().unwrap_err();
        assert_eq!(guess.code, "person.mail_code");
    }
    ctx.commit().await.unwrap();
    world.drain().await;
    let spent = code_in(&taken.lock().await.clone()[3]);
    let mut ctx = world.as_actor(&strong).await;
    let spent = message::confirm_address(&mut ctx, &spent).await.unwrap().unwrap_err();
    assert_eq!(spent.code, "person.mail_code_over");
    for _ in 2..5 {
        assert!(message::change_address(&mut ctx, "amy@example.net").await.unwrap());
    }
    let often = message::change_address(&mut ctx, "amy@example.net").await.unwrap_err();
    assert_eq!(often.code, "person.mail_often");
    // None at all is no address to prove.
    assert!(!message::change_address(&mut ctx, "").await.unwrap());
    assert_eq!(crate::person::mail(&mut ctx, &amy.party).await.unwrap(), None);
    drop(ctx);
    server.abort();
}
