//! Visitors who come back: the cookie of a start, what a rule ended meanwhile, and the button that asks the sender.
use std::time::Duration;

use rstest::rstest;
use waybill_core::package::change::{Changes, change};
use waybill_core::package::delete::delete;
use waybill_core::package::revoke::{revoke, revoke_recipient};
use waybill_core::policy::PolicyChange;

use super::*;

fn visit_of(html: &str) -> String {
    html.split("name=\"visit\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
}

/// Bob opens the page and presses "Download all"; answers his browser with the cookie he got, and where the bytes are.
async fn bob_presses<'a>(house: &'a House, link: &str) -> (Browser<'a>, String, String) {
    let mut bob = house.browser();
    let page = bob.get(link).await;
    assert_eq!(page.header("set-cookie"), "", "looking leaves no cookie");
    let visit = visit_of(page.page(200));
    let pressed = bob.post(&format!("{link}/archive"), &format!("visit={visit}")).await;
    let bytes = pressed.location().to_owned();
    let cookie = pressed.header("set-cookie").to_owned();
    for part in [&format!("Path={link}"), "HttpOnly", "SameSite=Lax", "Max-Age=86400"] {
        assert!(cookie.split("; ").any(|one| one == part), "{part} in {cookie}");
    }
    assert!(!cookie.contains("Secure"), "this server is reached over HTTP: {cookie}");
    bob.cookie = Some(pressed.cookie());
    (bob, visit, bytes)
}

#[rstest]
#[tokio::test]
async fn whoever_reloads_goes_on_with_the_same_download(#[values(Which::Sqlite, Which::Postgres)] which: Which) {
    let house = House::on(which).await;
    let sent = house.report().await;
    let link = &sent.links[0];
    let (bob, visit, bytes) = bob_presses(&house, link).await;
    let reloaded = bob.get(link).await;
    assert_eq!((visit_of(reloaded.page(200)), reloaded.header("set-cookie")), (visit.clone(), ""));
    assert_eq!(bob.post(&format!("{link}/archive"), "").await.location(), bytes, "the cookie alone says who it is");
    let mut program = bob.clone();
    program.headers.push(("accept", "application/json"));
    assert_eq!(program.get(link).await.json()["visit"], visit);
    // A cookie of another link, a forged one, and one whose day is over are none.
    let other = house.report().await;
    assert_ne!(visit_of(bob.get(&other.links[0]).await.page(200)), visit);
    let mut forger = bob.clone();
    forger.cookie = Some(format!("waybill_visit={}", visit.to_lowercase()));
    assert_ne!(visit_of(forger.get(link).await.page(200)), visit);
    house.test.clock.advance(Duration::from_hours(24));
    assert_ne!(visit_of(bob.get(link).await.page(200)), visit);
    house.test.finish().await;
}

#[rstest]
#[tokio::test]
async fn what_a_rule_ended_stays_open_for_whoever_had_begun(#[values(Which::Sqlite, Which::Postgres)] which: Which) {
    let house = House::on(which).await;
    let sent = house.report().await;
    let link = &sent.links[0];
    house.test.clock.advance(Duration::from_hours(24 * 7) - Duration::from_mins(1));
    let (bob, visit, bytes) = bob_presses(&house, link).await;
    house.test.clock.advance(Duration::from_mins(1));
    assert!(house.browser().get(link).await.page(410).contains("This link has expired"));
    let page = bob.get(link).await;
    let html = page.page(200);
    assert!(html.contains("This package has ended") && html.contains("30 November 2026, 08:59"), "{html}");
    assert_eq!(visit_of(html), visit);
    let one = format!("{link}/files/{}", sent.view.files[0].id);
    assert!(bob.post(&one, &format!("visit={visit}")).await.location().starts_with("/d/"), "a file not fetched yet");
    assert_eq!(bob.get(&bytes).await.status, StatusCode::OK);
    house.test.clock.advance(Duration::from_hours(24) - Duration::from_mins(1));
    assert!(bob.get(link).await.page(410).contains("This link has expired"), "his day is over");
    house.test.settle().await;
}

#[rstest]
#[tokio::test]
async fn what_the_sender_ended_is_over_for_everybody(#[values(Which::Sqlite, Which::Postgres)] which: Which) {
    let house = House::on(which).await;
    let (revoked, deleted) = (house.report().await, house.report().await);
    let (bob, visit, _) = bob_presses(&house, &revoked.links[0]).await;
    revoke(&house.test.app, &house.ann, revoked.id).await.unwrap();
    assert!(bob.get(&revoked.links[0]).await.page(410).contains("This link was withdrawn"));
    bob.post(&revoked.links[0], &format!("visit={visit}")).await.page(410);
    let (bob, visit, _) = bob_presses(&house, &deleted.links[0]).await;
    delete(&house.test.app, &house.ann, deleted.id).await.unwrap();
    bob.get(&deleted.links[0]).await.page(410);
    bob.post(&deleted.links[0], &format!("visit={visit}")).await.page(410);
    house.test.settle().await;
}

async fn asked_mails(house: &House) -> Vec<(String, String)> {
    house.test.settle().await;
    let mails = house.test.mails();
    let text = |mail: &waybill_core::mail::message::Message| String::from_utf8_lossy(&mail.bytes).into_owned();
    let asks = mails.iter().filter(|mail| text(mail).contains("asks for a new link"));
    asks.map(|mail| (mail.to.to_string(), text(mail))).collect()
}

#[rstest]
#[tokio::test]
async fn the_sender_is_asked_once_a_day_and_led_to_one_button(#[values(Which::Sqlite, Which::Postgres)] which: Which) {
    let house = House::on(which).await;
    let sent = house.report().await;
    let link = &sent.links[0];
    let ask = format!("{link}/ask");
    assert_eq!(house.browser().post(&ask, "").await.location(), link, "a link that works is shown");
    let mut program = house.browser();
    program.headers.push(("accept", "application/json"));
    assert_eq!(program.post(&ask, "").await.json()["code"], "link_works");
    house.test.clock.advance(Duration::from_hours(24 * 7));
    for looked in ["GET", "HEAD", "OPTIONS"] {
        house.browser().ask(looked, link, "", Body::empty()).await;
        house.browser().ask(looked, &ask, "", Body::empty()).await;
    }
    assert!(asked_mails(&house).await.is_empty(), "looking asks nobody");
    assert!(house.browser().get(link).await.page(410).contains(&format!("action=\"{ask}\"")));

    let answer = house.browser().post(&ask, "").await;
    assert_eq!((answer.location(), answer.header("referrer-policy")), (link.as_str(), "no-referrer"));
    let page = house.browser().get(link).await;
    assert!(page.page(410).contains("We have told Ann Example") && !page.text().contains("/ask\""));
    assert_eq!(program.post(&ask, "").await.status, StatusCode::NO_CONTENT);
    let mails = asked_mails(&house).await;
    assert_eq!(mails.len(), 1);
    assert!(mails[0].0.contains("ann@example.com"), "{}", mails[0].0);
    let letter = mails[0].1.replace("=\r\n", "");
    assert!(letter.contains(&format!("{}/extend", sent.page())), "{letter}");
    let actions = house.actions(sent.id).await;
    assert_eq!(actions.iter().filter(|action| **action == Action::LinkAsked).count(), 1);

    house.test.clock.advance(Duration::from_hours(24) - Duration::from_millis(1));
    house.browser().post(&ask, "").await;
    assert_eq!(asked_mails(&house).await.len(), 1);
    house.test.clock.advance(Duration::from_millis(1));
    assert!(house.browser().get(link).await.page(410).contains("/ask\""), "the next day he may ask again");
    house.browser().post(&ask, "").await;
    assert_eq!(asked_mails(&house).await.len(), 2);
    house.test.finish().await;
}

#[rstest]
#[tokio::test]
async fn many_at_once_ask_once(#[values(Which::Sqlite, Which::Postgres)] which: Which) {
    let house = House::on(which).await;
    let sent = house.report().await;
    house.test.clock.advance(Duration::from_hours(24 * 7));
    let (ask, visitor) = (format!("{}/ask", sent.links[0]), house.browser());
    let presses = (0..8).map(|_| visitor.post(&ask, ""));
    for answer in futures_util::future::join_all(presses).await {
        assert_eq!(answer.location(), sent.links[0]);
    }
    assert_eq!(asked_mails(&house).await.len(), 1);
    house.test.finish().await;
}

#[rstest]
#[tokio::test]
async fn who_may_be_asked(#[values(Which::Sqlite, Which::Postgres)] which: Which) {
    let house = House::on(which).await;
    let sent = house.sent("Press kit", &[BOB, EVE], &[("a.txt", b"a")]).await;
    let nobody = house.browser();
    // One link withdrawn: its holder may ask, and is told nothing but the day.
    revoke_recipient(&house.test.app, &house.ann, sent.id, sent.view.recipients[1].recipient.id).await.unwrap();
    assert!(nobody.get(&sent.links[1]).await.page(410).contains("/ask\""));
    assert_eq!(nobody.post(&format!("{}/ask", sent.links[1]), "").await.location(), sent.links[1]);
    let mails = asked_mails(&house).await;
    assert_eq!(mails.len(), 1);
    assert!(mails[0].1.contains("Eve Example"), "{}", mails[0].1);
    // Nobody for a link that nobody has, and for a package that is not there any more.
    for token in ["x".repeat(43), "short".to_owned(), "%ff".to_owned(), "a%0ab".to_owned()] {
        assert!(nobody.post(&format!("/p/{token}/ask"), "").await.page(410).contains("We do not know this link"));
    }
    delete(&house.test.app, &house.ann, sent.id).await.unwrap();
    assert!(!nobody.get(&sent.links[0]).await.page(410).contains("/ask\""));
    nobody.post(&format!("{}/ask", sent.links[0]), "").await.page(410);
    assert_eq!(asked_mails(&house).await.len(), 1);
}

#[tokio::test]
async fn asking_at_many_links_is_limited_by_address() {
    let house = House::new().await;
    let sent = house.sent("Press kit", &[BOB], &[("a.txt", b"a")]).await;
    let recipients = (0..11).map(|n| Addressee { name: String::new(), email: format!("guest{n}@example.net") });
    let changes = Changes { recipients: Some(recipients.collect()), ..Changes::default() };
    let view = change(&house.test.app, &house.ann, sent.id, changes).await.unwrap();
    house.test.clock.advance(Duration::from_hours(24 * 7));
    let links: Vec<_> = view.recipients.iter().map(|one| one.link.as_ref().unwrap().url.clone()).collect();
    let path = |url: &String| format!("{}/ask", url.strip_prefix("http://files.example.com").unwrap());
    for url in &links[..10] {
        assert_eq!(house.browser().post(&path(url), "").await.status, StatusCode::SEE_OTHER);
    }
    let refused = house.browser().post(&path(&links[10]), "").await;
    refused.page(429);
    assert!(!refused.header("retry-after").is_empty());
    let asked = house.actions(sent.id).await.into_iter().filter(|action| *action == Action::LinkAsked).count();
    assert_eq!(asked, 10);
}

#[tokio::test]
async fn the_rule_that_ended_it_is_told() {
    let house = House::new().await;
    let sent = house.sent("Press kit", &[BOB], &[("a.txt", b"alpha")]).await;
    let policy = PolicyChange { idle_hours: Some(5), ..PolicyChange::default() };
    let changes = Changes { policy: Some(policy), ..Changes::default() };
    change(&house.test.app, &house.ann, sent.id, changes).await.unwrap();
    let bytes = house.browser().post(&sent.links[0], "").await.location().to_owned();
    assert_eq!(house.browser().get(&bytes).await.text(), "alpha");
    house.test.settle().await;
    house.test.clock.advance(Duration::from_hours(5));
    let page = house.browser().get(&sent.links[0]).await;
    assert!(page.page(410).contains("Nobody had downloaded the files for 5 hours"), "{}", page.text());
}

#[rstest]
#[tokio::test]
async fn the_page_with_one_button_says_what_it_will_do(#[values(Which::Sqlite, Which::Postgres)] which: Which) {
    let house = House::on(which).await;
    let sent = house.report().await;
    let page = format!("{}/extend", sent.page());
    let ann = house.anns().await;
    assert!(ann.get(&page).await.page(200).contains("until 29 November 2026, 09:00"));
    house.test.clock.advance(Duration::from_hours(24 * 8));
    house.browser().post(&format!("{}/ask", sent.links[0]), "").await;
    let before = house.actions(sent.id).await;
    // The mail is opened where nobody is signed in: first the sign-in page, then back.
    let stranger = house.browser();
    let first = stranger.get(&page).await.location().to_owned();
    assert_eq!(first, format!("/sign-in?next={}", page.replace('/', "%2F")));
    let ann = house.anns().await;
    assert_eq!(ann.get(&first).await.location(), page);
    let html = ann.get(&page).await;
    for said in ["Quarterly report", "Bob Brown asked for a new link", "until 7 December 2026, 09:00"] {
        assert!(html.page(200).contains(said), "{said}: {}", html.text());
    }
    assert!(html.text().contains(&format!("method=\"post\" action=\"{page}\"")));
    ann.ask("HEAD", &page, "", Body::empty()).await;
    assert_eq!(house.actions(sent.id).await, before, "looking changes nothing");
    house.browser().get(&sent.links[0]).await.page(410);
    // Somebody else's package looks like none.
    house.test.person("Mallory Curious", Role::Regular).await;
    house.signed_in("mallory@example.com").await.get(&page).await.page(404);
    let ann = house.anns().await;
    revoke(&house.test.app, &house.ann, sent.id).await.unwrap();
    let html = ann.get(&page).await;
    assert!(html.page(200).contains("that is final") && !html.text().contains(&format!("action=\"{page}\"")));
    let draft = house.draft("Draft", &[BOB]).await.package.id;
    assert_eq!(ann.get(&format!("/packages/{draft}/extend")).await.location(), format!("/packages/{draft}"));
    house.test.settle().await;
}

/// Quarterly figures for Bob and Eve, whose links are good for one download each.
async fn once(house: &House) -> Sent {
    let sent = house.sent("Quarterly report", &[BOB, EVE], &[("a.txt", b"alpha"), ("b.txt", b"beta")]).await;
    let policy = PolicyChange { max_downloads: Some(1), ..PolicyChange::default() };
    change(&house.test.app, &house.ann, sent.id, Changes { policy: Some(policy), ..Changes::default() }).await.unwrap();
    sent
}

#[rstest]
#[tokio::test]
async fn whoever_comes_while_somebody_downloads_is_told_when_to_try_again(
    #[values(Which::Sqlite, Which::Postgres)] which: Which,
) {
    let house = House::on(which).await;
    let sent = once(&house).await;
    let link = &sent.links[0];
    let (bob, _, bytes) = bob_presses(&house, link).await;
    let other = house.browser();
    let visit = visit_of(other.get(link).await.page(200));
    let busy = other.post(&format!("{link}/archive"), &format!("visit={visit}")).await;
    let html = busy.page(409);
    let wait: u64 = busy.header("retry-after").parse().unwrap();
    assert!((1..=61).contains(&wait), "{wait}");
    assert!(html.contains(&format!("try again in {wait} seconds")), "{html}");
    assert!(html.contains(&format!("action=\"{link}/archive\"")), "a plain button tries again");
    assert!(!html.contains("http-equiv") && busy.header("set-cookie").is_empty());
    let mut german = other.clone();
    german.headers.push(("accept-language", "de"));
    assert!(german.post(link, "").await.page(409).contains("Gerade lädt jemand dies herunter"));
    let mut program = other.clone();
    program.headers.push(("accept", "application/json"));
    let problem = program.post(link, "").await;
    assert_eq!((problem.status, problem.json()["code"].as_str()), (StatusCode::CONFLICT, Some("downloading")));
    assert!(!problem.header("retry-after").is_empty());
    assert_eq!(bob.post(&format!("{link}/archive"), "").await.location(), bytes, "his own goes on at once");
    // A reservation that has fetched nothing is free after its time.
    house.test.clock.advance(Duration::from_secs(wait));
    let again = visit_of(html);
    assert!(other.post(&format!("{link}/archive"), &format!("visit={again}")).await.location().starts_with("/d/"));
    house.test.settle().await;
}

#[rstest]
#[tokio::test]
async fn a_link_that_is_used_up_has_done_its_job_while_others_go_on(
    #[values(Which::Sqlite, Which::Postgres)] which: Which,
) {
    let house = House::on(which).await;
    let sent = once(&house).await;
    let (bobs, eves) = (&sent.links[0], &sent.links[1]);
    let (bob, visit, bytes) = bob_presses(&house, bobs).await;
    assert_eq!(bob.get(&bytes).await.status, StatusCode::OK);
    house.test.settle().await;
    let page = house.browser().get(bobs).await;
    assert!(page.page(410).contains("This package has done its job") && page.text().contains("/ask\""));
    house.browser().post(bobs, "").await.page(410);
    let mine = bob.get(bobs).await;
    assert!(mine.page(200).contains("This package has ended"));
    assert_eq!(visit_of(mine.text()), visit);
    assert_eq!(bob.post(&format!("{bobs}/archive"), &format!("visit={visit}")).await.location(), bytes);
    house.browser().get(eves).await.page(200);
    house.browser().post(&format!("{bobs}/ask"), "").await;
    let mails = asked_mails(&house).await;
    assert!(mails[0].1.contains("Every download of the link was used"), "{}", mails[0].1);
    house.test.settle().await;
}
