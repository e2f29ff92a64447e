//! Who may do what with the pages.
use waybill_core::account::Role;
use waybill_core::package::show::show;

use super::*;

/// Every form of the signed-in pages about a package with `{id}`, its recipient `{rid}` and its file `{file}`.
const FORMS: [&str; 13] = [
    "/packages/{id}/finalize",
    "/packages/{id}/revoke",
    "/packages/{id}/delete",
    "/packages/{id}/undelete",
    "/packages/{id}/resend",
    "/packages/{id}/recipients/{rid}/revoke",
    "/packages/{id}/recipients/{rid}/resend",
    "/packages/{id}/files/{file}/remove",
    "/account/notices",
    "/account/tokens",
    "/account/password",
    "/sign-out",
    "/send",
];

fn path(form: &str, sent: &Sent) -> String {
    form.replace("{id}", &sent.id.to_string())
        .replace("{rid}", &sent.view.recipients[0].recipient.id.to_string())
        .replace("{file}", &sent.view.files[0].id.to_string())
}

#[rstest::rstest]
#[case(&[("sec-fetch-site", "cross-site")])]
#[case(&[("sec-fetch-site", "same-site")])]
#[case(&[("origin", "https://example.net")])]
#[case(&[("origin", "null")])]
#[case(&[("origin", "http://files.example.co")])]
#[tokio::test]
async fn a_form_from_another_site_changes_nothing(#[case] headers: &[(&'static str, &'static str)]) {
    let house = House::new().await;
    let sent = house.report().await;
    let forged = Browser { headers: headers.to_vec(), ..house.anns().await };
    let before = (house.actions(sent.id).await, show(&house.test.app, &house.ann, sent.id).await.unwrap().package);
    for form in FORMS {
        let path = path(form, &sent);
        forged.post(&path, "name=x&email=ann%40example.com&password=x").await.page(403);
    }
    forged.post("/sign-in", "email=ann%40example.com&password=correct+horse+battery+staple").await.page(403);
    forged.post(&format!("/setup/{}", "x".repeat(43)), "").await.page(403);
    let after = (house.actions(sent.id).await, show(&house.test.app, &house.ann, sent.id).await.unwrap().package);
    assert_eq!(before.0, after.0);
    assert_eq!(before.1.revision, after.1.revision);
    // The session still lives, and following a link from elsewhere works.
    forged.get("/").await.page(200);
}

#[tokio::test]
async fn somebody_elses_package_looks_like_none() {
    let house = House::new().await;
    let sent = house.report().await;
    house.test.person("Mallory Curious", Role::Regular).await;
    let mallory = house.signed_in("mallory@example.com").await;
    let unknown = mallory.get("/packages/01930000-0000-7000-8000-000000000001").await;
    let foreign = mallory.get(&sent.page()).await;
    assert_eq!(unknown.page(404), foreign.page(404));
    assert_eq!(mallory.get("/packages/nonsense").await.page(404), foreign.text());
    let revision = show(&house.test.app, &house.ann, sent.id).await.unwrap().package.revision;
    for form in FORMS.into_iter().filter(|form| form.starts_with("/packages")) {
        mallory.post(&path(form, &sent), "").await.page(404);
    }
    let after = show(&house.test.app, &house.ann, sent.id).await.unwrap().package;
    assert_eq!(after.revision, revision);
    assert!(!mallory.get("/").await.page(200).contains("Quarterly report"));
    assert!(!mallory.get(&format!("/?deleted={}", sent.id)).await.page(200).contains("Quarterly"));
    house.test.finish().await;
}

#[tokio::test]
async fn an_administrator_sees_everybodys_packages() {
    let house = House::new().await;
    let sent = house.report().await;
    house.test.person("Ada Admin", Role::Admin).await;
    let ada = house.signed_in("ada@example.com").await;
    assert!(ada.get(&sent.page()).await.page(200).contains("Ann Example"));
    house.test.finish().await;
}

#[tokio::test]
async fn an_address_without_a_page_answers_in_the_readers_form() {
    let house = House::new().await;
    let stranger = house.browser();
    assert!(!stranger.get("/nothing/here").await.page(404).contains("href=\"/\""));
    assert!(house.anns().await.get("/nothing/here").await.page(404).contains("href=\"/\""));
    let mut program = stranger.clone();
    program.headers.push(("accept", "application/json"));
    let problem = program.get("/nothing/here").await;
    assert_eq!((problem.status, problem.json()["code"].as_str()), (StatusCode::NOT_FOUND, Some("not_found")));
    assert_eq!(stranger.get("/api/v1/nothing").await.json()["code"], "not_found");
}

#[tokio::test]
async fn a_page_speaks_the_readers_language() {
    let house = House::new().await;
    let mut browser = house.browser();
    browser.headers.push(("accept-language", "de-AT,de;q=0.9,en;q=0.5"));
    let page = browser.get("/sign-in").await;
    assert!(page.page(200).contains("<html lang=\"de\""));
}
