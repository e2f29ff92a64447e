//! Setting up, signing in and out, the account.
use waybill_core::access::Origin;
use waybill_core::account::set_up::offer;
use waybill_core::account::{Role, authenticate, list_tokens};
use waybill_core::testing::PASSWORD;

use super::*;

#[tokio::test]
async fn whoever_is_not_signed_in_is_led_to_the_sign_in_page_and_back() {
    let house = House::new().await;
    let browser = house.browser();
    assert_eq!(browser.get("/").await.location(), "/sign-in");
    assert_eq!(browser.get("/?show=sent&q=a%20b").await.location(), "/sign-in?next=%2F%3Fshow%3Dsent%26q%3Da%2520b");
    let page = browser.get("/sign-in?next=%2F%3Fshow%3Dsent%26q%3Da%2520b").await;
    assert!(page.page(200).contains("name=\"next\" value=\"/?show=sent&#38;q=a%20b\""), "{}", page.text());
    let form = "email=ann%40example.com&password=correct+horse+battery+staple&next=%2F%3Fshow%3Dsent";
    let signed_in = browser.post("/sign-in", form).await;
    assert_eq!(signed_in.location(), "/?show=sent");
    let cookie = signed_in.header("set-cookie");
    for attribute in ["; HttpOnly", "; SameSite=Lax", "; Path=/", "; Max-Age="] {
        assert!(cookie.contains(attribute), "{attribute} in {cookie}");
    }
    let browser = Browser { cookie: Some(signed_in.cookie()), ..browser };
    assert!(browser.get("/").await.page(200).contains("Ann Example"));
    assert_eq!(browser.get("/sign-in?next=/account").await.location(), "/account");
    house.test.finish().await;
}

#[rstest::rstest]
#[case("//example.net/")]
#[case("/\\example.net")]
#[case("https://example.net")]
#[case("/%09/example.net%0d%0aSet-Cookie:a=b")]
#[tokio::test]
async fn signing_in_leads_to_no_other_site(#[case] next: &str) {
    let house = House::new().await;
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.append_pair("email", "ann@example.com").append_pair("password", PASSWORD).append_pair("next", next);
    let location = house.browser().post("/sign-in", &form.finish()).await.location().to_owned();
    assert!(location == "/" || location == next && next.starts_with("/%09"), "{location}");
    let page = house.browser().get(&format!("/sign-in?next={next}")).await;
    assert!(!page.page(200).contains("example.net"), "{}", page.text());
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_person_look_the_same() {
    let house = House::new().await;
    let browser = house.browser();
    let wrong = browser.post("/sign-in", "email=ann%40example.com&password=wrong").await;
    let unknown = browser.post("/sign-in", "email=bob%40example.com&password=wrong").await;
    assert!(wrong.page(401).contains("do not match an account"));
    assert_eq!(wrong.text().replace("ann@", "bob@"), unknown.page(401));
    assert_eq!(wrong.header("set-cookie"), "");
    let hostile = browser.post("/sign-in", "email=%22%3E%3Cscript%3Ealert(1)&password=x").await;
    assert!(!hostile.page(401).contains("<script>alert"));
    house.test.finish().await;
}

#[tokio::test]
async fn the_eleventh_wrong_password_has_to_wait() {
    let house = House::new().await;
    for _ in 0..10 {
        house.browser().post("/sign-in", "email=ann%40example.com&password=wrong").await.page(401);
    }
    let refused = house.browser().post("/sign-in", "email=ann%40example.com&password=wrong").await;
    refused.page(429);
    assert!(refused.header("retry-after").parse::<u64>().unwrap() > 0);
    house.test.finish().await;
}

#[tokio::test]
async fn signing_out_ends_the_session_on_the_server() {
    let house = House::new().await;
    let ann = house.anns().await;
    let left = ann.post("/sign-out", "").await;
    assert_eq!(left.location(), "/sign-in");
    assert!(left.header("set-cookie").contains("Max-Age=0"));
    // The browser forgot the cookie; a thief did not.
    assert_eq!(ann.get("/").await.location(), "/sign-in");
    house.test.finish().await;
}

#[tokio::test]
async fn a_form_sent_after_the_session_ended_asks_to_sign_in_and_leads_back() {
    let house = House::new().await;
    let sent = house.report().await;
    let mut browser = house.browser();
    browser.headers.push(("referer", "http://files.example.com/account"));
    let refused = browser.post(&format!("{}/revoke", sent.page()), "").await;
    assert!(refused.page(401).contains("value=\"/account\""), "{}", refused.text());
    assert!(!house.actions(sent.id).await.contains(&Action::PackageRevoked));
    browser.headers.pop();
    browser.headers.push(("referer", "http://example.net/account"));
    assert!(!browser.post("/account/password", "").await.page(401).contains("name=\"next\""));
    house.test.settle().await;
    house.test.finish().await;
}

#[tokio::test]
async fn the_setup_page_makes_one_administrator_and_never_opens_again() {
    let house = House::new().await;
    let token = offer(&house.test.app).await.unwrap().unwrap();
    let path = format!("/setup/{}", token.reveal());
    let browser = house.browser();
    browser.get(&format!("/setup/{}", "x".repeat(43))).await.page(404);
    browser
        .post(&format!("/setup/{}", "x".repeat(43)), "name=M&email=m%40example.com&password=long+enough+1")
        .await
        .page(404);
    assert!(browser.get(&path).await.page(200).contains(&format!("action=\"{path}\"")));

    let refused = browser.post(&path, "name=Ada+%3Cb%3E&email=ada%40example.com&password=short").await;
    let page = refused.page(422);
    assert!(page.contains("password-mistake") && page.contains("Ada &#60;b&#62;") && page.contains("ada@example.com"));
    assert!(!page.contains("short\""), "the password is not written back");

    let made = browser.post(&path, "name=Ada&email=ada%40example.com&password=long+enough+1").await;
    assert_eq!(made.location(), "/");
    let ada = Browser { cookie: Some(made.cookie()), ..browser.clone() };
    assert!(ada.get("/account").await.page(200).contains("Administrator"));

    browser.get(&path).await.page(404);
    browser.post(&path, "name=Eve&email=eve%40example.com&password=long+enough+1").await.page(404);
    house.test.finish().await;
}

#[tokio::test]
async fn an_api_token_is_shown_once_works_and_can_be_taken_back() {
    let house = House::new().await;
    let ann = house.anns().await;
    let before = list_tokens::list_tokens(&house.test.app, &house.ann).await.unwrap().len();
    let made = ann.post("/account/tokens", "name=Nightly&scopes=read&scopes=send&expires_in_days=7").await;
    let secret = made.page(201).split("wb_").nth(1).unwrap().chars().take(43).collect::<String>();
    let bearer = format!("wb_{secret}");
    let actor = authenticate::by_api_token(&house.test.app, &bearer, Origin::default()).await.unwrap();
    assert_eq!(actor.account.id, house.account.id);
    let page = ann.get("/account").await;
    assert!(page.page(200).contains("Nightly") && !page.text().contains(&bearer));
    assert!(page.text().contains("read, send"));

    let tokens = list_tokens::list_tokens(&house.test.app, &house.ann).await.unwrap();
    assert_eq!(tokens.len(), before + 1);
    let id = tokens.iter().find(|token| token.name == "Nightly").unwrap().id;
    assert_eq!(ann.post(&format!("/account/tokens/{id}/revoke"), "").await.location(), "/account");
    authenticate::by_api_token(&house.test.app, &bearer, Origin::default()).await.unwrap_err();
    ann.post(&format!("/account/tokens/{id}/revoke"), "").await.page(404);
    ann.post("/account/tokens/nonsense/revoke", "").await.page(404);
    house.test.finish().await;
}

#[rstest::rstest]
#[case("name=", "name-mistake")]
#[case("name=x&expires_in_days=0", "expires_in_days-mistake")]
#[case("name=x&expires_in_days=soon", "expires_in_days-mistake")]
#[tokio::test]
async fn a_token_that_cannot_be_made_is_refused_beside_its_field(#[case] form: &str, #[case] mistake: &str) {
    let house = House::new().await;
    let refused = house.anns().await.post("/account/tokens", form).await;
    assert!(refused.page(422).contains(mistake), "{}", refused.text());
}

#[tokio::test]
async fn a_changed_password_signs_other_browsers_out() {
    let house = House::new().await;
    let (here, there) = (house.anns().await, house.anns().await);
    let wrong = here.post("/account/password", "current_password=wrong&new_password=a+brand+new+one").await;
    assert!(wrong.page(422).contains("current_password-mistake"));
    let short = here.post("/account/password", "current_password=wrong&new_password=short").await;
    assert!(short.page(422).contains("new_password-mistake"));
    let form = "current_password=correct+horse+battery+staple&new_password=a+brand+new+one";
    let done = here.post("/account/password", form).await;
    assert!(here.get(done.location()).await.page(200).contains("Your password is changed"));
    assert_eq!(there.get("/").await.location(), "/sign-in");
    house
        .browser()
        .post("/sign-in", &format!("email=ann%40example.com&password={}", "a+brand+new+one"))
        .await
        .location();
    house.test.finish().await;
}

#[tokio::test]
async fn an_api_token_opens_no_page() {
    let house = House::new().await;
    let admin = house.test.person("Ada Admin", Role::Admin).await;
    let token = house.test.token(&admin).await;
    let bearer = format!("Bearer {token}");
    let browser = house.browser();
    let browser = Browser { headers: vec![("authorization", &bearer)], ..browser };
    assert_eq!(browser.get("/").await.location(), "/sign-in");
}

#[tokio::test]
async fn a_form_that_is_far_too_large_is_refused() {
    let house = House::new().await;
    let form = format!("email={}", "x".repeat(200_000));
    house.browser().post("/sign-in", &form).await.page(413);
}

#[tokio::test]
async fn notices_are_chosen_with_one_button_and_stay_chosen() {
    let house = House::new().await;
    let ann = house.anns().await;
    let checked = |html: &str| -> Vec<String> {
        let boxes = html.split("name=\"notices\" value=\"").skip(1);
        boxes
            .filter(|rest| rest.split('>').next().unwrap().contains(" checked"))
            .map(|rest| rest.split('"').next().unwrap().to_owned())
            .collect()
    };
    let page = ann.get("/account").await;
    assert_eq!(checked(page.page(200)), ["arrived", "rejected", "asked"]);
    let saved = ann.post("/account/notices", "notices=asked&notices=ending_soon&notices=nonsense").await;
    assert_eq!(saved.location(), "/account?done=notices");
    let page = ann.get(saved.location()).await;
    assert!(page.page(200).contains("Your choice is saved."));
    assert_eq!(checked(page.text()), ["asked", "ending_soon"]);
    ann.post("/account/notices", "").await;
    assert_eq!(checked(ann.get("/account").await.page(200)), Vec::<String>::new());
    house.test.finish().await;
}

#[tokio::test]
async fn a_clock_that_jumped_is_told_to_people_and_to_whoever_watches_the_server() {
    let house = House::new().await;
    let (ann, warning) = (house.anns().await, "clock has jumped");
    assert!(!ann.get("/").await.page(200).contains(warning));
    assert_eq!(house.browser().get("/readyz").await.text(), "ready\n");
    house.test.clock.jump_to(house.test.now() + jiff::SignedDuration::from_hours(2));
    // Before any sweep looked.
    assert!(ann.get("/").await.page(200).contains(warning));
    let ready = house.browser().get("/readyz").await;
    assert!(ready.text().starts_with("ready\nwarning: the clock jumped"), "{}", ready.text());
    assert!(!house.browser().get("/sign-in").await.page(200).contains(warning), "nobody else is told");
    waybill_core::job::worker::sweep(&house.test.app).await;
    house.test.clock.advance(std::time::Duration::from_hours(24));
    assert!(house.anns().await.get("/").await.page(200).contains(warning), "until somebody looked again");
    waybill_core::job::worker::sweep(&house.test.app).await;
    assert!(!house.anns().await.get("/").await.page(200).contains(warning));
    house.test.finish().await;
}
