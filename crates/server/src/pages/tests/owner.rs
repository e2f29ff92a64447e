//! The dashboard and the owner's page of a package.
use std::time::Duration;

use waybill_core::package::revoke::revoke;
use waybill_core::package::show::show;
use waybill_core::policy::Status;

use super::*;

/// Titles in the list, newest first.
fn titles(page: &str) -> Vec<&str> {
    let rows = page.split("<td class=\"what\"").skip(1);
    rows.map(|row| row.split_once("<bdi>").unwrap().1.split_once("</bdi>").unwrap().0.trim()).collect()
}

#[rstest::rstest]
#[tokio::test]
async fn the_list_is_narrowed_searched_and_counted(#[values(Which::Sqlite, Which::Postgres)] which: Which) {
    let house = House::on(which).await;
    let ann = house.anns().await;
    assert!(ann.get("/").await.page(200).contains("Nothing has been shipped yet"));
    house.draft("Draft one", &[BOB]).await;
    house.test.clock.advance(Duration::from_millis(1));
    house.sent("Press kit", &[BOB, EVE], &[("a.txt", b"a")]).await;
    house.test.clock.advance(Duration::from_millis(1));
    let revoked = house.sent("Old plans", &[EVE], &[("a.txt", b"a")]).await;
    revoke(&house.test.app, &house.ann, revoked.id).await.unwrap();
    for (path, expected) in [
        ("/", vec!["Old plans", "Press kit", "Draft one"]),
        ("/?show=sent", vec!["Old plans", "Press kit", "Draft one"]),
        ("/?show=requested", vec![]),
        ("/?show=active", vec!["Press kit"]),
        ("/?show=drafts", vec!["Draft one"]),
        ("/?show=ended", vec!["Old plans"]),
        ("/?show=nonsense&cursor=nonsense", vec!["Old plans", "Press kit", "Draft one"]),
        ("/?q=pre+ki", vec!["Press kit"]),
        ("/?q=eve%40example.org", vec!["Old plans", "Press kit"]),
        ("/?q=eve&show=active", vec!["Press kit"]),
        ("/?q=nothing", vec![]),
    ] {
        assert_eq!(titles(ann.get(path).await.page(200)), expected, "{path}");
    }
    let page = ann.get("/?q=eve&show=active").await;
    let nav = page.page(200).split_once("<nav class=\"filters\"").unwrap().1.split_once("</nav>").unwrap().0;
    let counts: Vec<&str> =
        nav.split("class=\"figure\">").skip(1).map(|rest| rest.split_once('<').unwrap().0).collect();
    assert_eq!(counts, ["3", "3", "0", "1", "1", "1"]);
    assert!(nav.contains("href=\"/?show=ended&#38;q=eve\""), "{nav}");
    assert_eq!(nav.matches("aria-current=\"true\"").count(), 1);

    house.test.clock.advance(Duration::from_hours(24 * 7));
    let ann = house.anns().await;
    assert_eq!(titles(ann.get("/?show=active").await.page(200)), Vec::<&str>::new());
    assert_eq!(titles(ann.get("/?show=ended").await.page(200)), ["Old plans", "Press kit"]);
    house.test.settle().await;
    assert_eq!(titles(ann.get("/?show=ended").await.page(200)), ["Old plans", "Press kit"]);
    house.test.finish().await;
}

#[tokio::test]
async fn a_long_list_is_read_page_by_page() {
    let house = House::new().await;
    for n in 0..51 {
        house.test.clock.advance(Duration::from_millis(5));
        house.draft(&format!("No. {n}"), &[BOB]).await;
    }
    let ann = house.anns().await;
    let first = ann.get("/?show=drafts").await;
    let (html, next) = (first.page(200), first.text().split("rel=\"next\" href=\"").nth(1).unwrap());
    let next = next.split_once('"').unwrap().0.replace("&#38;", "&");
    let shown = titles(html);
    assert_eq!((shown.len(), shown[0], shown[49]), (50, "No. 50", "No. 1"));
    assert!(next.starts_with("/?show=drafts&cursor="), "{next}");
    let second = ann.get(&next).await;
    assert_eq!(titles(second.page(200)), ["No. 0"]);
    assert!(second.text().contains("href=\"/?show=drafts\"") && !second.text().contains("rel=\"next\""));
}

#[tokio::test]
async fn the_page_of_a_package_says_what_happened_to_each_recipient() {
    let house = House::new().await;
    let sent = house.sent("Press kit", &[BOB, EVE], &[("plans/a.txt", b"a"), ("b.txt", b"bb")]).await;
    house.browser().get(&sent.links[0]).await.page(200);
    house.test.settle().await;
    let ann = house.anns().await;
    let page = ann.get(&sent.page()).await;
    let html = page.page(200);
    for said in
        ["Press kit", "E-mail sent", "Sent by Ann Example", "File added: plans/a.txt", "E-mail sent to Bob Brown"]
    {
        assert!(html.contains(said), "{said} in {html}");
    }
    assert_eq!(html.matches("(may be a mail scanner)</span>").count(), 1);
    assert_eq!(html.matches("Link opened <wb-time>").count(), 1);
    assert_eq!(html.matches("Not opened yet").count(), 1);
    for link in &sent.links {
        assert!(html.contains(&format!("http://files.example.com{link}")));
    }
    assert!(!html.contains("Upload started"), "what repeats itself is left out");
    assert!(html.contains("Revoke link") && html.contains(">Extend<"));

    let live = ann.get(&format!("{}?fragment=live", sent.page())).await;
    assert!(live.page(200).trim_start().starts_with("<article") && !live.text().contains("<html"));
    assert!(html.contains(live.text().trim()));
    house.test.finish().await;
}

#[tokio::test]
async fn a_download_shows_on_the_owners_page() {
    let house = House::new().await;
    let sent = house.report().await;
    let path = format!("{}/files/{}", sent.links[0], sent.view.files[0].id);
    let started = house.browser().post(&path, "").await;
    house.browser().get(started.location()).await;
    house.test.settle().await;
    let page = house.anns().await.get(&sent.page()).await;
    assert!(page.page(200).contains("Bob Brown started to download report.pdf"), "{}", page.text());
    house.test.finish().await;
}

#[tokio::test]
async fn the_page_says_how_far_a_download_came() {
    let house = House::new().await;
    let sent = house.sent("Press kit", &[BOB], &[("a.txt", &[b'a'; 200])]).await;
    let notify = Some(vec!["desk@example.org".to_owned()]);
    let changes = waybill_core::package::change::Changes { notify, ..Default::default() };
    waybill_core::package::change::change(&house.test.app, &house.ann, sent.id, changes).await.unwrap();
    let started = house.browser().post(&sent.links[0], "").await;
    let origin = waybill_core::access::Origin { ip: Some([192, 0, 2, 9].into()), user_agent: Some("Browser".into()) };
    let token = started.location().split('/').nth(2).unwrap().to_owned();
    let deliver = async |range: std::ops::Range<u64>, whole: bool| {
        let content = waybill_core::download::serve::by_token(&house.test.app, &token).await.unwrap();
        let object = content.counted.as_ref().unwrap().object;
        let took = Duration::from_secs(1);
        let delivered =
            waybill_core::download::Delivered { object, claim: None, range, whole, took, origin: origin.clone() };
        waybill_core::download::record::record(&house.test.app, &delivered).await.unwrap();
        house.test.settle().await;
        house.anns().await.get(&sent.page()).await.page(200).to_owned()
    };
    let html = deliver(0..87, false).await;
    assert!(html.contains("Download broke off at 43 %, <wb-time>"), "{html}");
    assert!(html.contains("Download by Bob Brown broke off: a.txt (at 43 %)") && !html.contains("Not downloaded yet"));
    house.test.clock.advance(Duration::from_secs(70));
    let html = deliver(87..200, true).await;
    assert!(html.contains("Downloaded 1 time, last <wb-time>") && !html.contains("broke off at"), "{html}");
    assert!(html.contains("Bob Brown downloaded a.txt (200 B in 1 minute 10 seconds)"), "{html}");
    let told = house.test.mails().iter().filter(|mail| mail.to.to_string() == "desk@example.org").count();
    let html = house.anns().await.get(&sent.page()).await;
    let history = html.page(200).split_once("id=\"history-title\"").unwrap().1;
    assert!(told == 1 && !history.contains("E-mail sent to desk@example.org"), "{history}");
    house.test.finish().await;
}

#[tokio::test]
async fn a_view_is_called_a_possible_scanner_until_somebody_downloads_from_there() {
    let house = House::new().await;
    let sent = house.report().await;
    house.test.settle().await;
    house.test.clock.advance(Duration::from_mins(1));
    let browser = Browser { headers: vec![("user-agent", "Browser")], ..house.browser() };
    browser.get(&sent.links[0]).await.page(200);
    house.test.clock.advance(Duration::from_mins(1));
    waybill_core::audit::views::flush(&house.test.app).await.unwrap();
    let html = house.anns().await.get(&sent.page()).await;
    assert!(html.page(200).contains("Link of Bob Brown opened (may be a mail scanner)"), "{}", html.text());
    browser.post(&sent.links[0], "").await;
    let html = house.anns().await.get(&sent.page()).await;
    assert!(html.page(200).contains("Link of Bob Brown opened</span>"), "{}", html.text());
    house.test.finish().await;
}

#[tokio::test]
async fn the_buttons_of_the_page_do_what_they_say() {
    let house = House::new().await;
    let sent = house.sent("Press kit", &[BOB, EVE], &[("a.txt", b"a"), ("b.txt", b"b")]).await;
    house.test.settle().await;
    let mailed = house.test.mails().len();
    let ann = house.anns().await;
    let (bob, eve) = (sent.view.recipients[0].recipient.id, sent.view.recipients[1].recipient.id);
    let page = sent.page();
    let look = async || show(&house.test.app, &house.ann, sent.id).await.unwrap();

    let resent = ann.post(&format!("{page}/recipients/{bob}/resend"), "").await;
    assert_eq!(resent.location(), format!("{page}?done=resent"));
    assert!(ann.get(resent.location()).await.page(200).contains("Sent again."));
    assert!(!ann.get(&format!("{page}?done=nonsense&done=twice")).await.page(200).contains("Sent again."));
    assert_eq!(ann.post(&format!("{page}/recipients/{eve}/revoke"), "").await.location(), page);
    assert_eq!(ann.post(&format!("{page}/resend"), "").await.location(), format!("{page}?done=resent"));
    house.test.settle().await;
    assert_eq!(house.test.mails().len() - mailed, 2, "Eve's link is revoked, so nobody writes to her");
    ann.post(&format!("{page}/recipients/{eve}/resend"), "").await.page(409);

    let file = sent.view.files[0].id;
    assert_eq!(ann.post(&format!("{page}/files/{file}/remove"), "").await.location(), page);
    assert_eq!(look().await.files.len(), 1);
    let last = look().await.files[0].id;
    let refused = ann.post(&format!("{page}/files/{last}/remove"), "").await;
    assert!(
        refused.page(409).contains("This is the last file") && refused.text().contains(&format!("href=\"{page}\""))
    );

    assert_eq!(ann.post(&format!("{page}/revoke"), "").await.location(), page);
    assert_eq!(look().await.status, Status::Revoked);
    assert!(!ann.get(&page).await.page(200).contains(&format!("action=\"{page}/revoke\"")));
    house.test.settle().await;
    assert!(ann.get(&page).await.page(200).contains("The files are erased"));
    house.test.finish().await;
}

#[tokio::test]
async fn one_press_extends_a_package_that_has_ended() {
    let house = House::new().await;
    let sent = house.report().await;
    house.test.clock.advance(Duration::from_hours(7 * 24));
    house.browser().get(&sent.links[0]).await.page(410);
    let ann = house.anns().await;
    let page = sent.page();
    assert!(ann.get(&page).await.page(200).contains(&format!("action=\"{page}/extend\"")));
    let extended = ann.post(&format!("{page}/extend"), "").await;
    assert_eq!(extended.location(), format!("{page}?done=extended"));
    assert!(ann.get(extended.location()).await.page(200).contains("Extended."));
    house.browser().get(&sent.links[0]).await.page(200);
    let view = show(&house.test.app, &house.ann, sent.id).await.unwrap();
    assert_eq!(view.package.ends_at, Some(house.test.now() + jiff::SignedDuration::from_hours(7 * 24)));
    revoke(&house.test.app, &house.ann, sent.id).await.unwrap();
    let html = ann.get(&page).await.page(200).to_owned();
    assert!(!html.contains("/extend\"") && !html.contains("/policy\""), "nothing brings it back");
    ann.post(&format!("{page}/extend"), "").await.page(409);
    ann.post(&format!("{page}/policy"), "expires_in=3&expires_unit=days").await.page(409);
    assert!(!html.contains("/password\""), "nor is there a link that could ask");
    ann.post(&format!("{page}/password"), "password=correct+horse").await.page(409);
    ann.post(&format!("{page}/password/remove"), "").await.page(409);
    house.test.settle().await;
    house.test.finish().await;
}

#[tokio::test]
async fn the_policy_is_edited_in_a_form_that_says_what_it_cannot_take() {
    let house = House::new().await;
    let sent = house.report().await;
    let (ann, page) = (house.anns().await, sent.page());
    let look = async || show(&house.test.app, &house.ann, sent.id).await.unwrap().package;
    let html = ann.get(&page).await.page(200).to_owned();
    assert!(html.contains("name=\"expires_in\" type=\"number\" min=\"1\""), "{html}");
    assert!(html.contains("value=\"7\"") && html.contains("value=\"days\" selected"), "{html}");

    let typed = "expires_in=36&expires_unit=hours&idle_hours=&max_downloads=2";
    let saved = ann.post(&format!("{page}/policy"), typed).await;
    assert_eq!(saved.location(), format!("{page}?done=policy"));
    assert_eq!(
        look().await.policy(),
        waybill_core::policy::Policy { expires_in_hours: 36, idle_hours: 0, max_downloads: 2 }
    );
    let html = ann.get(saved.location()).await.page(200).to_owned();
    assert!(html.contains("The policy is changed.") && html.contains("value=\"hours\" selected"), "{html}");
    assert!(html.contains("after 2 more downloads"), "{html}");

    let typed = "expires_in=91&expires_unit=days&idle_hours=x%22%3E&max_downloads=-3";
    let refused = ann.post(&format!("{page}/policy"), typed).await;
    let html = refused.page(422);
    for mistake in
        ["expires_in-mistake", "idle_hours-mistake", "max_downloads-mistake", "between 1 and 90", "x&#34;&#62;"]
    {
        assert!(html.contains(mistake), "{mistake} in {html}");
    }
    assert!(html.contains("<details class=\"sheet more\" open>"), "what was refused is in sight");
    let too_many = ann.post(&format!("{page}/policy"), "expires_in=3&expires_unit=days&max_downloads=1000001").await;
    assert!(too_many.page(422).contains("max_downloads-mistake"));
    assert_eq!(look().await.max_downloads, 2, "a refused form changes nothing");
    house.test.settle().await;
    house.test.finish().await;
}

fn is_locked(page: Answer) -> bool {
    page.page(200).contains("/unlock\"")
}

#[tokio::test]
async fn the_password_of_what_was_sent_is_set_changed_and_removed() {
    let house = House::new().await;
    let sent = house.report().await;
    let (ann, page) = (house.anns().await, sent.page());
    let link = &sent.links[0];
    let html = ann.get(&page).await.page(200).to_owned();
    assert!(html.contains("Set a password") && !html.contains("/password/remove\""), "{html}");

    for typed in ["password=q7q7q", ""] {
        let refused = ann.post(&format!("{page}/password"), typed).await;
        let html = refused.page(422);
        assert!(html.contains("password-mistake") && html.contains("<details class=\"sheet more\" open>"), "{html}");
        assert!(!html.contains("q7q7q"), "what was typed does not come back");
    }
    assert!(!is_locked(house.browser().get(link).await), "a refused form changes nothing");

    let saved = ann.post(&format!("{page}/password"), "password=correct+horse").await;
    assert_eq!(saved.location(), format!("{page}?done=password"));
    let html = ann.get(saved.location()).await.page(200).to_owned();
    assert!(html.contains("The password is set.") && html.contains("Change or remove the password"), "{html}");
    assert!(!html.contains("correct"), "a password is never shown");
    assert!(is_locked(house.browser().get(link).await));
    house.browser().post(&format!("{link}/unlock"), "password=correct+horse").await.page(200);

    ann.post(&format!("{page}/password"), "password=battery+staple").await.location();
    house.browser().post(&format!("{link}/unlock"), "password=correct+horse").await.page(401);
    let removed = ann.post(&format!("{page}/password/remove"), "password=typed+as+well").await;
    assert_eq!(removed.location(), format!("{page}?done=password-removed"));
    assert!(ann.get(removed.location()).await.page(200).contains("The password is removed."));
    assert!(!is_locked(house.browser().get(link).await));
    house.test.settle().await;
    house.test.finish().await;
}

#[tokio::test]
async fn a_package_without_recipients_says_what_became_of_its_link() {
    let house = House::new().await;
    let ticket = house.sent("For whoever asks", &[], &[("a.txt", b"a")]).await;
    let ann = house.anns().await;
    assert!(ann.get(&ticket.page()).await.page(200).contains("Not opened yet"));
    let visitor = house.browser();
    visitor.get(&ticket.links[0]).await.page(200);
    house.test.settle().await;
    let html = ann.get(&ticket.page()).await.page(200).to_owned();
    assert!(html.contains("Link opened <wb-time>") && html.contains("Not downloaded yet"), "{html}");
    house.test.finish().await;
}

#[tokio::test]
async fn extend_is_offered_only_where_it_would_do_something() {
    let house = House::new().await;
    let sent = house.report().await;
    let (ann, page) = (house.anns().await, sent.page());
    let offers = async |expected: bool| {
        for at in [page.clone(), format!("{page}/extend")] {
            let html = ann.get(&at).await.page(200).to_owned();
            assert_eq!(html.contains(&format!("action=\"{page}/extend\"")), expected, "{at}: {html}");
        }
    };
    offers(true).await;
    let view = show(&house.test.app, &house.ann, sent.id).await.unwrap();
    for person in &view.recipients {
        ann.post(&format!("{page}/recipients/{}/revoke", person.recipient.id), "").await.location();
    }
    offers(false).await;
    house.test.settle().await;
    house.test.finish().await;
}

#[tokio::test]
async fn a_deleted_package_can_be_brought_back_for_ten_seconds() {
    let house = House::new().await;
    let sent = house.report().await;
    let ann = house.anns().await;
    let gone = ann.post(&format!("{}/delete", sent.page()), "").await;
    let list = gone.location().to_owned();
    ann.get(&sent.page()).await.page(404);
    house.test.clock.advance(Duration::from_millis(3_200));
    let page = ann.get(&list).await;
    assert!(page.page(200).contains("data-seconds=\"7\"") && page.text().contains("Quarterly report"));
    assert_eq!(ann.post(&format!("{}/undelete", sent.page()), "").await.location(), sent.page());
    house.browser().get(&sent.links[0]).await.page(200);
    assert!(!ann.get(&list).await.page(200).contains("data-seconds"));

    ann.post(&format!("{}/delete", sent.page()), "").await.location();
    house.test.clock.advance(Duration::from_secs(10));
    assert!(!ann.get(&list).await.page(200).contains("data-seconds"));
    ann.post(&format!("{}/undelete", sent.page()), "").await.page(409);
    house.test.settle().await;
    house.test.finish().await;
}
