//! Deliveries against a scripted server on a real socket, and into a folder.
use std::collections::HashMap;
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use super::folder::Folder;
use super::memory::Memory;
use super::message::{Message, MessageHead, build};
use super::render::render;
use super::samples::{SITE, URL, Words, letter, reader};
use super::smtp::{Smtp, Timeouts};
use super::smtp_url::SmtpSettings;
use super::transport::{Delivery, Transport};
use crate::text::Language;

#[derive(Clone, Copy)]
enum Reply {
    Say(&'static str),
    /// Closes the connection without a word.
    Drop,
    /// Says nothing until the other side gives up.
    Stall,
}
use Reply::{Drop, Say, Stall};

const PLAIN_SERVER: Reply = Say("250-mail.example.com\r\n250-8BITMIME\r\n250 AUTH PLAIN LOGIN\r\n");

/// A server for one connection. What is not in the script is answered as a friendly server would; `greeting` and
/// `content` are the moments that have no verb.
struct Server {
    url: String,
    seen: JoinHandle<Vec<String>>,
}

impl Server {
    async fn start(script: &[(&'static str, Reply)]) -> Self {
        let mut answers: HashMap<&str, Reply> = HashMap::from([
            ("greeting", Say("220 mail.example.com\r\n")),
            ("EHLO", PLAIN_SERVER),
            ("STARTTLS", Say("220 go ahead\r\n")),
            ("AUTH", Say("235 welcome\r\n")),
            ("MAIL", Say("250 ok\r\n")),
            ("RCPT", Say("250 ok\r\n")),
            ("DATA", Say("354 go ahead\r\n")),
            ("content", Say("250 2.0.0 taken as 4711\r\n")),
            ("QUIT", Say("221 bye\r\n")),
        ]);
        answers.extend(script.iter().copied());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("smtp://{}", listener.local_addr().unwrap());
        let seen = tokio::spawn(async move { serve(listener.accept().await.unwrap().0, &answers).await });
        Self { url, seen }
    }

    async fn seen(self) -> Vec<String> {
        self.seen.await.unwrap()
    }
}

async fn serve(stream: TcpStream, answers: &HashMap<&'static str, Reply>) -> Vec<String> {
    let mut stream = BufReader::new(stream);
    let mut seen = Vec::new();
    let mut moment = "greeting".to_owned();
    loop {
        match answers.get(moment.as_str()).copied().unwrap_or(Say("500 what\r\n")) {
            Say(words) => stream.get_mut().write_all(words.as_bytes()).await.unwrap_or_default(),
            Drop => return seen,
            Stall => {}
        }
        let in_content = moment == "DATA" && matches!(answers["DATA"], Say(words) if words.starts_with("354"));
        let mut line = String::new();
        loop {
            if stream.read_line(&mut line).await.unwrap_or(0) == 0 {
                return seen;
            }
            if !in_content || line.ends_with("\r\n.\r\n") {
                break;
            }
        }
        if in_content {
            seen.push("content".to_owned());
            "content".clone_into(&mut moment);
        } else {
            let command = line.trim_end();
            command.split([' ', ':']).next().unwrap_or_default().clone_into(&mut moment);
            seen.push(command.to_owned());
        }
    }
}

fn quick() -> Timeouts {
    let soon = Duration::from_millis(200);
    Timeouts { connect: soon, command: soon, content: soon }
}

fn smtp(url: &str, timeouts: Timeouts) -> Transport {
    Transport::Smtp(Smtp::new(SmtpSettings::parse(url).unwrap(), "files.example.com:8443", timeouts).unwrap())
}

fn message_to(email: &str) -> Message {
    let letter = letter(Language::English, Words::friendly().contents().remove(0));
    let mut to = reader();
    email.clone_into(&mut to.email);
    let mail = render(&letter, &to, &SITE, Some(URL)).unwrap();
    let at = "2026-04-26T12:00:00Z".parse().unwrap();
    let head = MessageHead { id: "mail-1", host: "files.example.com", from: "waybill@files.example.com", to: &to, at };
    build(&mail, &head).unwrap()
}

async fn deliver(transport: &Transport, message: &Message) -> (bool, Delivery) {
    match transport.open(message).await {
        Ok(session) => (true, session.send(message).await),
        Err(delivery) => (false, delivery),
    }
}

/// Delivers to a server with this script: whether the content was begun, what became of it, what the server saw.
async fn with_script(script: &[(&'static str, Reply)]) -> (bool, Delivery, Vec<String>) {
    let server = Server::start(script).await;
    let transport = smtp(&server.url, quick());
    let (begun, delivery) = deliver(&transport, &message_to("ben@example.org")).await;
    (begun, delivery, server.seen().await)
}

#[tokio::test]
async fn a_message_that_the_server_takes_is_sent() {
    let (begun, delivery, seen) = with_script(&[]).await;
    assert!(begun);
    assert_eq!(delivery, Delivery::Sent { answer: "250 2.0.0 taken as 4711".to_owned() });
    assert_eq!(
        seen,
        [
            "EHLO files.example.com",
            "MAIL FROM:<waybill@files.example.com>",
            "RCPT TO:<ben@example.org>",
            "DATA",
            "content",
            "QUIT",
        ]
    );
}

#[tokio::test]
async fn nothing_of_the_content_leaves_before_the_caller_says_so() {
    let server = Server::start(&[]).await;
    let transport = smtp(&server.url, quick());
    let session = transport.open(&message_to("ben@example.org")).await.unwrap();
    session.cancel().await;
    let seen = server.seen().await;
    assert!(!seen.iter().any(|line| line == "DATA"), "{seen:?}");
}

#[tokio::test]
async fn a_refused_recipient_is_rejected_and_no_content_is_begun() {
    let (begun, delivery, seen) = with_script(&[("RCPT", Say("550 5.1.1 no such user\r\n"))]).await;
    assert!(!begun);
    assert_eq!(delivery, Delivery::Rejected { answer: "550 5.1.1 no such user".to_owned() });
    assert!(!seen.iter().any(|line| line == "DATA"), "{seen:?}");
}

#[tokio::test]
async fn later_means_later_at_every_step() {
    for step in ["greeting", "EHLO", "MAIL", "RCPT", "DATA", "content"] {
        let (_, delivery, _) = with_script(&[(step, Say("451 4.7.1 try later\r\n"))]).await;
        assert_eq!(delivery, Delivery::Deferred { answer: "451 4.7.1 try later".to_owned() }, "{step}");
    }
}

#[tokio::test]
async fn never_means_never_once_the_server_has_heard_of_the_message() {
    for step in ["MAIL", "RCPT", "DATA", "content"] {
        let (_, delivery, _) = with_script(&[(step, Say("554 5.7.1 refused\r\n"))]).await;
        assert_eq!(delivery, Delivery::Rejected { answer: "554 5.7.1 refused".to_owned() }, "{step}");
    }
}

#[tokio::test]
async fn a_server_that_refuses_us_altogether_only_delays_the_mail() {
    for step in ["greeting", "EHLO"] {
        let (begun, delivery, _) = with_script(&[(step, Say("554 5.7.1 go away\r\n"))]).await;
        assert!(!begun);
        assert_eq!(delivery, Delivery::Deferred { answer: "554 5.7.1 go away".to_owned() }, "{step}");
    }
}

#[tokio::test]
async fn a_loss_before_the_content_only_delays_the_mail() {
    for step in ["greeting", "EHLO", "MAIL", "RCPT", "DATA"] {
        for reply in [Drop, Stall] {
            let (begun, delivery, seen) = with_script(&[(step, reply)]).await;
            assert!(matches!(delivery, Delivery::Deferred { .. }), "{step}: {delivery:?}");
            assert_eq!(begun, step == "DATA");
            assert!(!seen.iter().any(|line| line == "content"), "{step}: {seen:?}");
        }
    }
}

#[tokio::test]
async fn a_loss_after_the_content_leaves_the_outcome_unknown() {
    for reply in [Drop, Stall, Say("what?\r\n"), Say("354 more\r\n")] {
        let (begun, delivery, seen) = with_script(&[("content", reply)]).await;
        assert!(begun);
        assert!(matches!(delivery, Delivery::Unknown { .. }), "{delivery:?}");
        assert!(seen.iter().any(|line| line == "content"), "{seen:?}");
    }
}

#[tokio::test]
async fn a_server_that_does_not_say_goodbye_has_still_taken_the_message() {
    for reply in [Drop, Stall] {
        let (_, delivery, _) = with_script(&[("QUIT", reply)]).await;
        assert!(matches!(delivery, Delivery::Sent { .. }), "{delivery:?}");
    }
}

#[tokio::test]
async fn an_unreachable_server_only_delays_the_mail() {
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let (begun, delivery) = deliver(&smtp(&format!("smtp://{closed}"), quick()), &message_to("ben@example.org")).await;
    assert!(!begun);
    assert!(matches!(delivery, Delivery::Deferred { .. }), "{delivery:?}");
}

async fn with_required_encryption(script: &[(&'static str, Reply)]) -> (Delivery, Vec<String>) {
    let server = Server::start(script).await;
    let url = format!("{}?tls=required", server.url.replace("smtp://", "smtp://anna:secret@"));
    let (begun, delivery) = deliver(&smtp(&url, quick()), &message_to("ben@example.org")).await;
    assert!(!begun);
    (delivery, server.seen().await)
}

#[tokio::test]
async fn where_encryption_is_required_a_server_without_it_gets_neither_password_nor_mail() {
    let offered = Say("250-mail.example.com\r\n250-AUTH PLAIN LOGIN\r\n250 STARTTLS\r\n");
    let refusals: [&[(&str, Reply)]; 4] = [
        &[],
        &[("EHLO", offered), ("STARTTLS", Say("454 4.7.0 not now\r\n"))],
        &[("EHLO", offered), ("STARTTLS", Say("554 5.7.0 never\r\n"))],
        // Says yes, and then speaks no TLS.
        &[("EHLO", offered), ("STARTTLS", Say("220 go ahead\r\nnot TLS at all\r\n"))],
    ];
    for script in refusals {
        let (delivery, seen) = with_required_encryption(script).await;
        assert!(matches!(delivery, Delivery::Deferred { .. }), "{delivery:?}");
        let said = seen.iter().any(|line| line.starts_with("AUTH") || line.starts_with("MAIL"));
        assert!(!said, "{seen:?}");
    }
}

#[tokio::test]
async fn a_refused_login_only_delays_the_mail_and_shows_no_password() {
    let server = Server::start(&[("AUTH", Say("535 5.7.8 wrong password\r\n"))]).await;
    let url = server.url.replace("smtp://", "smtp://anna:secret@");
    let transport = smtp(&url, quick());
    assert!(!format!("{transport:?}").contains("secret"));
    let (_, delivery) = deliver(&transport, &message_to("ben@example.org")).await;
    assert_eq!(delivery, Delivery::Deferred { answer: "535 5.7.8 wrong password".to_owned() });
    let seen = server.seen().await;
    assert!(seen.iter().any(|line| line.starts_with("AUTH PLAIN ")), "{seen:?}");
    assert!(!seen.iter().any(|line| line.starts_with("MAIL")), "{seen:?}");
}

#[tokio::test]
async fn an_address_with_other_letters_is_sent_only_to_a_server_that_takes_it() {
    let message = message_to("bén@example.org");
    let server = Server::start(&[]).await;
    let (_, delivery) = deliver(&smtp(&server.url, quick()), &message).await;
    assert!(matches!(delivery, Delivery::Rejected { .. }), "{delivery:?}");
    assert!(!server.seen().await.iter().any(|line| line.starts_with("MAIL")));

    let able = Say("250-mail.example.com\r\n250-8BITMIME\r\n250 SMTPUTF8\r\n");
    let server = Server::start(&[("EHLO", able)]).await;
    let (_, delivery) = deliver(&smtp(&server.url, quick()), &message).await;
    assert!(matches!(delivery, Delivery::Sent { .. }), "{delivery:?}");
    let seen = server.seen().await;
    assert_eq!(seen[1], "MAIL FROM:<waybill@files.example.com> SMTPUTF8 BODY=8BITMIME");
    assert_eq!(seen[2], "RCPT TO:<bén@example.org>");
}

#[tokio::test]
async fn a_servers_long_and_strange_answer_is_cut_and_made_harmless() {
    let long: &'static str = Box::leak(format!("550 \u{1b}[31m{}\r\n", "x".repeat(900)).into_boxed_str());
    let (_, delivery, _) = with_script(&[("RCPT", Say(long))]).await;
    let Delivery::Rejected { answer } = delivery else { panic!("{delivery:?}") };
    assert_eq!(answer.chars().count(), 500);
    assert!(!answer.contains(char::is_control), "{answer:?}");
}

#[tokio::test]
async fn a_folder_gets_whole_private_files_and_the_same_mail_only_once() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("mail/outbox");
    let transport = Transport::Folder(Folder::new(&path));
    let message = message_to("ben@example.org");
    for _ in 0..2 {
        let (_, delivery) = deliver(&transport, &message).await;
        assert!(matches!(delivery, Delivery::Sent { .. }), "{delivery:?}");
    }
    let names: Vec<_> = std::fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["mail-1.eml"]);
    let file = path.join("mail-1.eml");
    assert_eq!(std::fs::read(&file).unwrap(), message.bytes);
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o700);
}

#[tokio::test]
async fn a_folder_that_cannot_be_written_only_delays_the_mail() {
    let place = tempfile::tempdir().unwrap();
    let occupied = place.path().join("file");
    std::fs::write(&occupied, b"").unwrap();
    let (_, delivery) = deliver(&Transport::Folder(Folder::new(&occupied)), &message_to("ben@example.org")).await;
    assert!(matches!(delivery, Delivery::Deferred { .. }), "{delivery:?}");
}

#[tokio::test]
async fn the_server_in_memory_answers_at_the_same_two_points() {
    let memory = Memory::default();
    memory.refuse_next(Delivery::Rejected { answer: "550 no".to_owned() });
    memory.answer_next(Delivery::Deferred { answer: "451 later".to_owned() });
    memory.answer_next(Delivery::Unknown { reason: "lost".to_owned() });
    let transport = Transport::Memory(memory);
    let message = message_to("ben@example.org");
    assert_eq!(deliver(&transport, &message).await, (false, Delivery::Rejected { answer: "550 no".to_owned() }));
    assert_eq!(deliver(&transport, &message).await, (true, Delivery::Deferred { answer: "451 later".to_owned() }));
    assert_eq!(deliver(&transport, &message).await, (true, Delivery::Unknown { reason: "lost".to_owned() }));
    assert!(matches!(deliver(&transport, &message).await, (true, Delivery::Sent { .. })));
    let Transport::Memory(memory) = transport else { unreachable!() };
    assert_eq!(memory.taken(), [message.clone(), message]);
}
