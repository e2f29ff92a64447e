//! Sending without script, and the pages of drafts.
use sha2::Digest as _;
use waybill_core::package::change::{Changes, change};
use waybill_core::package::delete::delete;
use waybill_core::package::list;
use waybill_core::package::show::show;
use waybill_core::policy::{Policy, Status};

use super::*;

const TITLE: Part<'_> = ("title", None, b"Quarterly report");
const TO: Part<'_> = ("recipients", None, b"Bob Brown <bob@example.net>\r\neve@example.org");
const DAYS: Part<'_> = ("expires_in_days", None, b"3");
const NOTE: Part<'_> = ("note", None, b"line one\r\nline <b>two</b>");
const NO_FILE: Part<'_> = ("files", Some(""), b"");

async fn packages(house: &House) -> Vec<PackageView> {
    let query = list::Query { limit: 50, ..list::Query::default() };
    let mut views = Vec::new();
    for listed in list::list(&house.test.app, &house.ann, &query).await.unwrap().items {
        views.push(show(&house.test.app, &house.ann, listed.package.id).await.unwrap());
    }
    views
}

fn draft_of(page: &str) -> String {
    let action = page.split("action=\"/packages/").find(|rest| rest.split_once('"').unwrap().0.ends_with("/finalize"));
    format!("/packages/{}", action.unwrap().split_once('/').unwrap().0)
}

#[tokio::test]
async fn a_form_with_files_is_sent_whole() {
    let house = House::new().await;
    let ann = house.anns().await;
    let big = vec![7; 3_000_000];
    // As browsers send the form: the files stand before what is below them, the folder's input is empty.
    let files: [Part<'_>; 3] = [
        ("files", Some("report.pdf"), &big),
        ("files", Some("photos/<img src=x>%22; \u{e4}\u{202e}gpj.txt"), b"hostile only in name"),
        ("files", Some("empty.bin"), b""),
    ];
    let parts = [&[TITLE, TO][..], &files, &[NO_FILE, DAYS, NOTE]].concat();
    let sent = ann.post_parts("/send", &parts).await;
    let [view] = &packages(&house).await[..] else { panic!("one package") };
    assert_eq!(sent.location(), format!("/packages/{}", view.package.id));
    assert_eq!((view.status, view.package.title.as_str()), (Status::Active, "Quarterly report"));
    assert_eq!((view.package.note.as_str(), view.package.expires_in_hours), ("line one\nline <b>two</b>", 72));
    let people: Vec<_> =
        view.recipients.iter().map(|one| (one.recipient.name.as_str(), one.recipient.email.as_str())).collect();
    assert_eq!(people, [("Bob Brown", "bob@example.net"), ("eve", "eve@example.org")]);
    let mut files: Vec<_> = view.files.iter().map(|file| (file.relative_path.as_str(), file.size)).collect();
    files.sort_unstable();
    let hostile = "photos/<img src=x>\"; \u{e4}\u{202e}gpj.txt";
    assert_eq!(files, [("empty.bin", 0), (hostile, 20), ("report.pdf", 3_000_000)]);
    let report = view.files.iter().find(|file| file.size > 20).unwrap();
    assert_eq!(report.sha256, <[u8; 32]>::from(sha2::Sha256::digest(&big)));
    house.test.settle().await;
    assert_eq!(house.test.mails().len(), 2);
    house.test.finish().await;
}

#[tokio::test]
async fn what_is_missing_is_said_at_once_and_what_arrived_is_kept() {
    let house = House::new().await;
    let ann = house.anns().await;
    let typed: [Part<'_>; 4] = [
        ("title", None, b""),
        ("recipients", None, b"Bob <bob@>"),
        ("files", Some("report.pdf"), b"report"),
        ("note", None, b"</textarea><script>alert(1)</script>"),
    ];
    let refused = ann.post_parts("/send", &typed).await;
    let html = refused.page(422);
    for mistake in ["title-mistake", "recipients-mistake", "bob@: ", "report.pdf", "Bob &#60;bob@&#62;"] {
        assert!(html.contains(mistake), "{mistake} in {html}");
    }
    assert!(!html.contains("files-mistake") && !html.contains("<script>alert"));
    let draft = draft_of(html);
    assert!(ann.get(&draft).await.page(200).contains("report.pdf"));

    // The corrected form continues the draft; no second file is needed.
    let parts = [TITLE, TO, NO_FILE, DAYS, NOTE];
    assert_eq!(ann.post_parts(&format!("{draft}/finalize"), &parts).await.location(), draft);
    let [view] = &packages(&house).await[..] else { panic!("one package") };
    assert_eq!((view.status, view.files.len()), (Status::Active, 1));

    // Sent is sent: the form pressed twice changes nothing and mails nobody again.
    let parts = [("title", None, &b"Other"[..]), TO, ("files", Some("more.txt"), b"more"), DAYS, NOTE];
    assert_eq!(ann.post_parts(&format!("{draft}/finalize"), &parts).await.location(), draft);
    let [view] = &packages(&house).await[..] else { panic!("one package") };
    assert_eq!((view.package.title.as_str(), view.files.len()), ("Quarterly report", 1));
    house.test.settle().await;
    assert_eq!(house.test.mails().len(), 2);
    house.test.finish().await;
}

#[rstest::rstest]
#[case("0")]
#[case("91")]
#[case("soon")]
#[case("-1")]
#[tokio::test]
async fn days_outside_the_range_are_refused_beside_their_field(#[case] days: &str) {
    let house = House::new().await;
    let parts: [Part<'_>; 4] = [TITLE, TO, ("files", Some("a.txt"), b"a"), ("expires_in_days", None, days.as_bytes())];
    let refused = house.anns().await.post_parts("/send", &parts).await;
    assert!(refused.page(422).contains("expires_in_days-mistake") && refused.text().contains("between 1 and 90"));
    assert_eq!(packages(&house).await[0].status, Status::Draft);
}

#[tokio::test]
async fn nothing_is_sent_without_a_file_or_with_one_that_could_not_be_taken() {
    let house = House::new().await;
    let ann = house.anns().await;
    let refused = ann.post_parts("/send", &[TITLE, TO, NO_FILE, DAYS, NOTE]).await;
    assert!(refused.page(409).contains("There is no complete file yet"), "{}", refused.text());
    let draft = draft_of(refused.text());
    let long = "x".repeat(256);
    let parts = [TITLE, TO, ("files", Some(&*long), &b"x"[..]), ("files", Some("b.txt"), b"b"), DAYS, NOTE];
    let refused = ann.post_parts(&format!("{draft}/finalize"), &parts).await;
    assert!(refused.page(422).contains("The name is too long") && refused.text().contains("b.txt"));
    let [view] = &packages(&house).await[..] else { panic!("one package") };
    assert_eq!((view.status, view.files.len(), view.uploads.len()), (Status::Draft, 1, 0));
    house.test.settle().await;
    assert!(house.test.mails().is_empty());
    house.test.finish().await;
}

#[tokio::test]
async fn an_unfinished_upload_is_never_left_out_silently() {
    let house = House::new().await;
    let ann = house.anns().await;
    let id = house.draft("Quarterly report", &[BOB]).await.package.id;
    house.add(id, "done.txt", b"done").await;
    let new = NewUpload {
        path: RelativePath::parse("footage.mov").unwrap(),
        size: Some(8),
        sha256: None,
        resumable: true,
        client_metadata: String::new(),
    };
    begin(&house.test.app, &house.ann, id, new).await.unwrap();
    let page = format!("/packages/{id}");
    assert!(ann.get(&page).await.page(200).contains("footage.mov"));
    let refused = ann.post_parts(&format!("{page}/finalize"), &[TITLE, TO, NO_FILE, DAYS, NOTE]).await;
    assert!(refused.page(409).contains("footage.mov"));
    assert_eq!(packages(&house).await[0].status, Status::Draft);
}

#[tokio::test]
async fn a_form_that_breaks_off_keeps_the_whole_files_and_nothing_of_the_last() {
    let house = House::new().await;
    let ann = house.anns().await;
    let parts: [Part<'_>; 3] = [TITLE, ("files", Some("a.txt"), b"whole"), ("files", Some("b.txt"), &vec![7; 500_000])];
    let mut body = multipart(&parts);
    body.truncate(body.len() - 1_000);
    let broken = ann.ask("POST", "/send", "multipart/form-data; boundary=edge", body.into()).await;
    assert!(broken.page(422).contains("href=\"/packages/"), "{}", broken.text());
    let [view] = &packages(&house).await[..] else { panic!("one package") };
    let names: Vec<_> = view.files.iter().map(waybill_core::package::File::name).collect();
    assert_eq!((names, view.uploads.len()), (vec!["a.txt"], 0));
    house.test.finish().await;
}

#[tokio::test]
async fn what_is_no_form_is_refused() {
    let house = House::new().await;
    let ann = house.anns().await;
    ann.post("/send", "title=x").await.page(422);
    ann.ask("POST", "/send", "multipart/form-data; boundary=edge", "nonsense".into()).await.page(422);
    assert!(packages(&house).await.is_empty());
}

#[tokio::test]
async fn a_draft_is_continued_where_it_was_left() {
    let house = House::new().await;
    let ann = house.anns().await;
    let id = house.draft("Plans", &[("Doe, Jane", "jane@example.net")]).await.package.id;
    house.add(id, "east/plan.dwg", b"plan").await;
    assert!(ann.get("/send").await.page(200).contains(&format!("href=\"/packages/{id}\"")));
    let page = ann.get(&format!("/packages/{id}")).await;
    let html = page.page(200);
    assert!(html.contains("&#34;Doe, Jane&#34; &#60;jane@example.net&#62;"), "{html}");
    assert!(html.contains("plan.dwg") && html.contains("east/") && html.contains("value=\"Plans\""));
    assert!(html.contains(&format!("data-package=\"{id}\"")));
    assert!(ann.get("/request").await.page(200).contains("Until then"));
}

#[tokio::test]
async fn what_the_page_does_not_show_of_a_draft_stays() {
    let house = House::new().await;
    let id = house.draft("Plans", &[BOB]).await.package.id;
    house.add(id, "plan.dwg", b"plan").await;
    let policy = Policy { expires_in_hours: 100, idle_hours: 24, max_downloads: 0 };
    change(&house.test.app, &house.ann, id, Changes { policy: Some(policy.into()), ..Changes::default() })
        .await
        .unwrap();
    let ann = house.anns().await;
    let page = format!("/packages/{id}");
    assert!(ann.get(&page).await.page(200).contains("value=\"5\""));
    let days = ("expires_in_days", None, &b"5"[..]);
    assert_eq!(ann.post_parts(&format!("{page}/finalize"), &[TITLE, TO, NO_FILE, days, NOTE]).await.location(), page);
    assert_eq!(packages(&house).await[0].package.policy(), policy);
}

#[tokio::test]
async fn a_draft_that_is_deleted_while_its_form_arrives_is_not_there() {
    let house = House::new().await;
    let ann = house.anns().await;
    let id = house.draft("Plans", &[BOB]).await.package.id;
    let body = multipart(&[TITLE, TO, ("files", Some("big.bin"), &vec![7; 100_000])]);
    let (app, actor) = (house.test.app.clone(), house.ann.clone());
    // The second half comes once the package is gone.
    let halves = body.chunks(body.len().div_ceil(2)).map(Bytes::copy_from_slice).collect::<Vec<_>>();
    let body = futures_util::stream::unfold((0, halves), move |(step, mut halves)| {
        let (app, actor) = (app.clone(), actor.clone());
        async move {
            if halves.is_empty() {
                return None;
            }
            if step == 1 {
                // On its own: the form's reader may look ahead, and must not hold somebody else's use case half done.
                let (app, actor) = (app.clone(), actor.clone());
                tokio::spawn(async move { delete(&app, &actor, id).await }).await.unwrap().unwrap();
            }
            Some((Ok::<_, std::io::Error>(halves.remove(0)), (step + 1, halves)))
        }
    });
    let path = format!("/packages/{id}/finalize");
    ann.ask("POST", &path, "multipart/form-data; boundary=edge", Body::from_stream(body)).await.page(404);
    house.test.clock.advance(std::time::Duration::from_secs(10));
    house.test.settle().await;
    house.test.finish().await;
}

#[tokio::test]
async fn the_options_of_the_form_are_kept_in_the_draft_and_sent() {
    let house = House::new().await;
    let ann = house.anns().await;
    let options = |idle: &'static [u8], max: &'static [u8]| [("idle_hours", None, idle), ("max_downloads", None, max)];
    let file: Part<'_> = ("files", Some("report.pdf"), b"report");
    let wrong = [&[TITLE, TO, DAYS, file][..], &options(b"48", b"many")].concat();
    let refused = ann.post_parts("/send", &wrong).await;
    let html = refused.page(422);
    assert!(html.contains("max_downloads-mistake") && !html.contains("idle_hours-mistake"), "{html}");
    assert!(html.contains("<details class=\"more\" open>") && html.contains("value=\"48\""), "{html}");
    let draft = draft_of(html);
    let right = [&[TITLE, TO, DAYS][..], &options(b"48", b"3")].concat();
    let sent = ann.post_parts(&format!("{draft}/finalize"), &right).await;
    assert_eq!(sent.location(), draft);
    let [view] = &packages(&house).await[..] else { panic!("one package") };
    assert_eq!(view.package.policy(), Policy { expires_in_hours: 72, idle_hours: 48, max_downloads: 3 });
    assert_eq!((view.status, view.downloads_left()), (Status::Active, Some(6)), "three for each of the two");
    house.test.settle().await;
    house.test.finish().await;
}
