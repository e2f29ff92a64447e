//! The recipient's page, and what a link answers that does not open.
use std::time::Duration;

use waybill_core::audit::views;
use waybill_core::file::hostile::HOSTILE_NAMES;
use waybill_core::package::delete::delete;
use waybill_core::package::revoke::{revoke, revoke_recipient};
use waybill_core::package::show::show;

use super::*;

#[tokio::test]
async fn the_page_says_who_sent_what_and_keeps_nothing() {
    let house = House::new().await;
    let sent = house.report().await;
    let page = house.browser().get(&sent.links[0]).await;
    let html = page.page(200);
    for said in ["Quarterly report", "Ann Example", "ann@example.com", "Bob Brown", "report.pdf", "29 November 2026"] {
        assert!(html.contains(said), "{said}");
    }
    assert!(html.contains(&format!("action=\"{}/archive\"", sent.links[0])));
    assert!(html.contains(&format!("{}/files/{}", sent.links[0], sent.view.files[0].id)));
    assert_eq!(page.header("set-cookie"), "");
    assert_eq!(page.header("referrer-policy"), "no-referrer");
    // Bob's address is Bob's; whoever he passes the link on to does not learn it.
    assert!(!html.contains("bob@example.net"));
    house.test.finish().await;
}

#[tokio::test]
async fn a_link_made_for_nobody_keeps_the_senders_address() {
    let house = House::new().await;
    let ticket = house.sent("", &[], &[("one.bin", b"1")]).await;
    let page = house.browser().get(&ticket.links[0]).await;
    assert!(page.page(200).contains("Whoever has the link") && !page.text().contains("ann@example.com"));
    assert!(page.text().contains(&format!("action=\"{}/files/", ticket.links[0])), "one file is never zipped");
    house.test.finish().await;
}

#[tokio::test]
async fn each_rendering_has_a_visit_id_of_its_own() {
    let house = House::new().await;
    let sent = house.report().await;
    let visit = |page: &str| page.split("name=\"visit\" value=\"").nth(1).unwrap()[..43].to_owned();
    let first = visit(house.browser().get(&sent.links[0]).await.page(200));
    let second = visit(house.browser().get(&sent.links[0]).await.page(200));
    assert_ne!(first, second);
    let started = house.browser().post(&format!("{}/archive", sent.links[0]), &format!("visit={first}")).await;
    let again = house.browser().post(&format!("{}/archive", sent.links[0]), &format!("visit={first}")).await;
    assert_eq!(started.location(), again.location());
    let other = house.browser().post(&format!("{}/archive", sent.links[0]), &format!("visit={second}")).await;
    assert_ne!(started.location(), other.location());
    house.test.finish().await;
}

#[tokio::test]
async fn looking_counts_a_view_and_changes_nothing_else() {
    let house = House::new().await;
    let sent = house.report().await;
    house.test.settle().await;
    let before = show(&house.test.app, &house.ann, sent.id).await.unwrap();
    house.test.clock.advance(Duration::from_millis(1));
    let head = house.browser().ask("HEAD", &sent.links[0], "", Body::empty()).await;
    assert_eq!(head.status, StatusCode::OK);
    assert!(head.body.is_empty());
    house.browser().get(&sent.links[0]).await.page(200);
    house.test.clock.advance(Duration::from_mins(2));
    views::flush(&house.test.app).await.unwrap();
    let after = show(&house.test.app, &house.ann, sent.id).await.unwrap();
    let link = |view: &PackageView| view.recipients[0].link.as_ref().unwrap().link.clone();
    assert_eq!((link(&after).uses, link(&after).downloads), (2, 0));
    assert_eq!(after.package.ends_at, before.package.ends_at);
    assert_eq!(after.package.downloads, 0);
    let entries = audit_list::of_package(&house.test.app, &house.ann, sent.id, None, 1).await.unwrap();
    assert_eq!((entries[0].action, &entries[0].details.0["count"]), (Action::LinkViewed, &serde_json::json!(2)));
    assert!(house.anns().await.get(&sent.page()).await.page(200).contains("Link of Bob Brown opened 2 times"));
    house.test.finish().await;
}

#[tokio::test]
async fn a_program_gets_the_same_as_json() {
    let house = House::new().await;
    let sent = house.report().await;
    let mut program = house.browser();
    program.headers.push(("accept", "application/json"));
    let answer = program.get(&sent.links[0]).await;
    assert_eq!((answer.status, answer.header("content-type")), (StatusCode::OK, "application/json"));
    assert_eq!((answer.header("cache-control"), answer.header("set-cookie")), ("no-store", ""));
    let shown = answer.json();
    assert_eq!(shown["title"], "Quarterly report");
    assert_eq!(shown["sender"]["name"], "Ann Example");
    assert_eq!(shown["recipient"]["name"], "Bob Brown");
    assert_eq!(shown["total_bytes"], 20);
    assert_eq!(shown["files"][1]["relative_path"], "a/b.txt");
    assert_eq!(shown["files"][1]["name"], "b.txt");
    assert_eq!(shown["files"][1]["sha256"], "3e23e8160039594a33894f6564e1b1348bbd7a0088d42c4acb73eeaed59c009d");
    assert_eq!(shown["policy_state"]["rule"], "total");
    assert_eq!(shown["policy_state"]["at"], "2026-11-29T09:00:00.000Z");
    assert_eq!(shown["visit"].as_str().unwrap().len(), 43);
    let started = program.post(&sent.links[0], &format!("visit={}", shown["visit"].as_str().unwrap())).await;
    assert_eq!(started.status, StatusCode::CREATED);
    assert_eq!(started.json()["size"], shown["archive_bytes"]);
    house.test.finish().await;
}

#[tokio::test]
async fn an_unknown_link_says_nothing() {
    let house = House::new().await;
    for token in ["x".repeat(43), "short".to_owned(), "%ff".to_owned()] {
        let page = house.browser().get(&format!("/p/{token}")).await;
        assert!(page.page(410).contains("We do not know this link"), "{token}");
        assert_eq!(page.header("referrer-policy"), "no-referrer");
    }
    house.test.finish().await;
}

#[tokio::test]
async fn every_end_is_told_to_the_holder_of_a_known_link() {
    let house = House::new().await;
    let sent = house.sent("Press kit", &[BOB, EVE], &[("a.txt", b"a")]).await;
    let told = async |link: &str, heading: &str, code: &str| {
        let page = house.browser().get(link).await;
        let html = page.page(410);
        assert!(html.contains(heading) && html.contains("Press kit"), "{heading}: {html}");
        assert!(!html.contains("a.txt"), "an ended page shows no contents");
        let mut program = house.browser();
        program.headers.push(("accept", "application/json"));
        let problem = program.get(link).await;
        assert_eq!((problem.status, problem.json()["code"].as_str()), (StatusCode::GONE, Some(code)));
        for path in [link.to_owned(), format!("{link}/archive"), format!("{link}/files/{}", sent.view.files[0].id)] {
            assert!(house.browser().post(&path, "").await.page(410).contains(heading), "{path}");
        }
    };
    let eve = sent.view.recipients[1].recipient.id;
    revoke_recipient(&house.test.app, &house.ann, sent.id, eve).await.unwrap();
    told(&sent.links[1], "This link was withdrawn", "link_revoked").await;
    house.browser().get(&sent.links[0]).await.page(200);

    // At the very second of its end it has ended, whether or not a sweep noticed.
    house.test.clock.advance(Duration::from_hours(24 * 7) - Duration::from_millis(1));
    house.browser().get(&sent.links[0]).await.page(200);
    house.test.clock.advance(Duration::from_millis(1));
    told(&sent.links[0], "This link has expired", "link_expired").await;

    revoke(&house.test.app, &house.ann, sent.id).await.unwrap();
    told(&sent.links[0], "This link was withdrawn", "link_revoked").await;
    house.test.settle().await;
    house.test.finish().await;
}

#[tokio::test]
async fn a_deleted_packages_link_is_withdrawn_and_says_no_title() {
    let house = House::new().await;
    let sent = house.report().await;
    delete(&house.test.app, &house.ann, sent.id).await.unwrap();
    let page = house.browser().get(&sent.links[0]).await;
    assert!(page.page(410).contains("This link was withdrawn") && !page.text().contains("Quarterly report"));
}

#[tokio::test]
async fn no_file_name_becomes_markup_on_any_page() {
    let house = House::new().await;
    let id = house.draft("<script>alert(1)</script>", &[("<img src=x onerror=alert(1)>", "bob@example.net")]).await;
    let id = id.package.id;
    let names = HOSTILE_NAMES.iter().filter(|name| RelativePath::parse(name).is_ok());
    for (n, name) in names.enumerate() {
        house.add(id, name, format!("content {n}").as_bytes()).await;
    }
    let ann = house.anns().await;
    let draft = ann.get(&format!("/packages/{id}")).await.page(200).to_owned();
    let view = finalize(&house.test.app, &house.ann, id, Unfinished::Refuse).await.unwrap();
    let url = view.recipients[0].link.as_ref().unwrap().url.strip_prefix("http://files.example.com").unwrap();
    let pages = [
        draft,
        ann.get(&format!("/packages/{id}")).await.page(200).to_owned(),
        ann.get("/").await.page(200).to_owned(),
        house.browser().get(url).await.page(200).to_owned(),
    ];
    for page in pages {
        for bad in ["<script>", "<img src=x", "\"><img", "onerror=alert(1)>\""] {
            assert!(!page.contains(bad), "{bad}");
        }
    }
}
