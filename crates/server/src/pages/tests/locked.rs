//! Links that are protected by a password: nothing behind them is told, shown or started without it.
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::Method;
use rstest::rstest;
use waybill_core::audit::views;
use waybill_core::package::change::{Changes, PasswordChange, change};

use super::*;

const PASSWORD: &str = "three blind mice";
const TITLE: &str = "Secret plans";

/// A package of two files with this password, and nobody's words in common with its door.
async fn locked(house: &House) -> Sent {
    let sent = house.sent(TITLE, &[BOB], &[("hidden.pdf", b"three bytes or more"), ("a/b.txt", b"b")]).await;
    protect(house, &sent, Some(PASSWORD)).await;
    sent
}

async fn protect(house: &House, sent: &Sent, password: Option<&str>) {
    let wish = password.map_or(PasswordChange::Remove, |password| PasswordChange::Set(password.into()));
    let changes = Changes { note: Some("a hidden note".into()), password: Some(wish), ..Changes::default() };
    change(&house.test.app, &house.ann, sent.id, changes).await.unwrap();
}

fn basic(password: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("anybody:{password}")))
}

fn form_of(password: &str) -> String {
    form_urlencoded::Serializer::new(String::new()).append_pair("password", password).finish()
}

fn visit_of(html: &str) -> String {
    html.split("name=\"visit\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
}

fn tells(answer: &Answer) -> bool {
    let text = String::from_utf8_lossy(&answer.body);
    let words = [TITLE, "hidden.pdf", "hidden note", "b.txt", "three bytes"];
    words.iter().any(|word| text.contains(word)) || answer.header("location").contains("/d/")
}

async fn starts(house: &House, sent: &Sent) -> usize {
    house.actions(sent.id).await.iter().filter(|action| **action == Action::DownloadStarted).count()
}

#[rstest]
#[tokio::test]
async fn people_get_a_form_and_nothing_of_the_package(#[values(Which::Sqlite, Which::Postgres)] which: Which) {
    let house = House::on(which).await;
    let sent = locked(&house).await;
    let bob = house.browser();
    let page = bob.get(&sent.links[0]).await;
    let html = page.page(200);
    assert!(html.contains("Ann Example") && html.contains("type=\"password\"") && !tells(&page), "{html}");
    assert!(html.contains(&format!("action=\"{}/unlock\"", sent.links[0])));
    assert_eq!((page.header("set-cookie"), page.header("www-authenticate")), ("", ""));
    assert_eq!(page.header("referrer-policy"), "no-referrer");
    let head = bob.ask("HEAD", &sent.links[0], "", Body::empty()).await;
    assert_eq!((head.status, head.header("www-authenticate")), (StatusCode::OK, ""));

    let opened = bob.post(&format!("{}/unlock", sent.links[0]), &form_of(PASSWORD)).await;
    let html = opened.page(200);
    for said in [TITLE, "hidden.pdf", "a hidden note", "Bob Brown"] {
        assert!(html.contains(said), "{said}");
    }
    assert_eq!(opened.header("set-cookie"), "");
    let started = bob.post(&format!("{}/archive", sent.links[0]), &format!("visit={}", visit_of(html))).await;
    assert!(started.location().starts_with("/d/"));
    assert_eq!(bob.get(&format!("{}/unlock", sent.links[0])).await.location(), sent.links[0]);
    house.test.finish().await;
}

#[rstest]
#[tokio::test]
async fn tools_are_asked_for_basic_authentication(#[values(Which::Sqlite, Which::Postgres)] which: Which) {
    let house = House::on(which).await;
    let sent = locked(&house).await;
    let link = &sent.links[0];
    let mut program = house.browser();
    program.headers.push(("accept", "application/json"));
    let asked = program.get(link).await;
    assert_eq!((asked.status, asked.json()["code"].as_str()), (StatusCode::UNAUTHORIZED, Some("password_needed")));
    assert!(asked.header("www-authenticate").starts_with("Basic "), "{}", asked.header("www-authenticate"));
    assert!(!tells(&asked));
    let (right, wrong) = (basic(PASSWORD), basic("three blind rats"));
    let with = |browser: &Browser<'_>, value: &str| -> Vec<(String, String)> {
        let mut headers: Vec<_> = browser.headers.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        headers.push(("authorization".to_owned(), value.to_owned()));
        headers
    };
    for (accept, medium) in [("application/json", "application/json"), ("*/*", "text/html; charset=utf-8")] {
        let mut tool = house.browser();
        tool.headers.push(("accept", accept));
        let headers = with(&tool, &right);
        let mut knows = tool.clone();
        knows.headers = headers.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        let shown = knows.get(link).await;
        assert_eq!((shown.status, shown.header("content-type")), (StatusCode::OK, medium));
        assert!(tells(&shown) && shown.header("set-cookie").is_empty());
        let started = knows.post(link, "").await;
        assert!(tells(&started) || started.json()["url"].as_str().unwrap().contains("/d/"), "{}", started.status);
        let headers = with(&tool, &wrong);
        let mut guesses = tool.clone();
        guesses.headers = headers.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        for answer in [guesses.get(link).await, guesses.post(link, "").await] {
            assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
            assert!(answer.header("www-authenticate").starts_with("Basic ") && !tells(&answer));
        }
    }
    // What the JSON answers with is a proof of its own.
    let mut knows = program.clone();
    knows.headers.push(("authorization", &right));
    let visit = knows.get(link).await.json()["visit"].as_str().unwrap().to_owned();
    let started = program.post(&format!("{link}/archive"), &format!("visit={visit}")).await;
    assert_eq!(started.status, StatusCode::CREATED);
    let unlocked = program.post(&format!("{link}/unlock"), &form_of(PASSWORD)).await;
    assert_eq!(unlocked.json()["title"], TITLE);
    house.test.finish().await;
}

/// Every route below a link, by asking the router itself: a route that is added later is found here too.
fn routes_of_links() -> Vec<(Method, String)> {
    let source = include_str!("../../router.rs");
    let mut routes = Vec::new();
    for line in source.lines().filter_map(|line| line.trim().strip_prefix(".route(\"/p/")) {
        let (path, handlers) = line.split_once('"').unwrap();
        for (word, method) in [
            ("get(", Method::GET),
            ("get(", Method::HEAD),
            ("post(", Method::POST),
            ("put(", Method::PUT),
            ("patch(", Method::PATCH),
            ("delete(", Method::DELETE),
        ] {
            if handlers.contains(word) {
                routes.push((method, format!("/p/{path}")));
            }
        }
    }
    routes
}

#[rstest]
#[tokio::test]
async fn no_route_below_a_link_forgets_its_password(#[values(Which::Sqlite, Which::Postgres)] which: Which) {
    let house = House::on(which).await;
    let sent = locked(&house).await;
    let before_lock = house.report().await;
    let token = sent.links[0].strip_prefix("/p/").unwrap();
    let file = sent.view.files[0].id.to_string();
    // Ids that are genuine somewhere: on another link, and here before there was a password.
    let elsewhere = visit_of(house.browser().get(&before_lock.links[0]).await.page(200));
    protect(&house, &sent, None).await;
    let earlier = visit_of(house.browser().get(&sent.links[0]).await.page(200));
    protect(&house, &sent, Some("another one")).await;
    let unlock = format!("{}/unlock", sent.links[0]);
    let outdated = visit_of(house.browser().post(&unlock, &form_of("another one")).await.page(200));
    protect(&house, &sent, Some(PASSWORD)).await;

    let routes = routes_of_links();
    assert!(routes.len() >= 8, "the routes are found: {routes:?}");
    let wrong = basic("three blind rats");
    for (method, path) in &routes {
        let path = path.replace("{token}", token).replace("{file_id}", &file).replace("{name}", "hidden.pdf");
        assert!(!path.contains('{'), "say what stands for the parameter of {path}");
        for accept in ["text/html", "application/json"] {
            for visit in ["", &earlier, &outdated, &elsewhere, "nonsense"] {
                let mut stranger = house.browser();
                stranger.headers.push(("accept", accept));
                let cookie = format!("waybill_visit={visit}");
                for (body, cookie, authorization) in [
                    (format!("visit={visit}"), None, None),
                    (String::new(), Some(cookie.clone()), None),
                    (format!("password=wrong&visit={visit}"), None, Some(&wrong)),
                ] {
                    let mut stranger = stranger.clone();
                    stranger.cookie = cookie;
                    if let Some(authorization) = authorization {
                        stranger.headers.push(("authorization", authorization));
                    }
                    let kind = "application/x-www-form-urlencoded";
                    let answer = stranger.ask(method.as_str(), &path, kind, body.into()).await;
                    assert!(!tells(&answer), "{method} {path} ({accept}, {visit}): {}", answer.status);
                    assert!(answer.header("set-cookie").is_empty(), "{method} {path}");
                    assert!(!answer.status.is_server_error(), "{method} {path}: {}", answer.status);
                }
                // Guesses are few, and this is about something else.
                house.test.clock.advance(Duration::from_mins(2));
            }
        }
    }
    assert_eq!(starts(&house, &sent).await, 0);
    house.test.clock.advance(Duration::from_mins(2));
    views::flush(&house.test.app).await.unwrap();
    house.test.settle().await;
}

#[rstest]
#[tokio::test]
async fn a_new_password_voids_proofs_and_lets_started_downloads_be(
    #[values(Which::Sqlite, Which::Postgres)] which: Which,
) {
    let house = House::on(which).await;
    let sent = locked(&house).await;
    let link = &sent.links[0];
    let mut bob = house.browser();
    let visit = visit_of(bob.post(&format!("{link}/unlock"), &form_of(PASSWORD)).await.page(200));
    let pressed = bob.post(&format!("{link}/archive"), &format!("visit={visit}")).await;
    let (bytes, cookie) = (pressed.location().to_owned(), pressed.cookie());
    bob.cookie = Some(cookie);
    assert!(bob.get(link).await.page(200).contains(TITLE), "the cookie of a start is a proof");

    protect(&house, &sent, Some("a different one")).await;
    assert!(!tells(&bob.get(link).await));
    let refused = bob.post(&format!("{link}/archive"), &format!("visit={visit}")).await;
    assert!(refused.page(401).contains("type=\"password\"") && refused.header("www-authenticate").is_empty());
    assert_eq!(bob.get(&bytes).await.status, StatusCode::OK, "the URL of the bytes is its own authority");
    let again = visit_of(bob.post(&format!("{link}/unlock"), &form_of("a different one")).await.page(200));
    let pressed = bob.post(&format!("{link}/archive"), &format!("visit={again}")).await;
    assert_eq!(pressed.location(), bytes, "he is known still, and goes on with what he began");
    assert_eq!(starts(&house, &sent).await, 1);

    protect(&house, &sent, None).await;
    let pressed = house.browser().post(&format!("{link}/archive"), &format!("visit={visit}")).await;
    assert_eq!(pressed.location(), bytes);
    house.test.settle().await;
}

#[rstest]
#[tokio::test]
async fn wrong_passwords_are_limited_for_their_guesser_and_logged(
    #[values(Which::Sqlite, Which::Postgres)] which: Which,
) {
    let house = House::on(which).await;
    let sent = locked(&house).await;
    let unlock = format!("{}/unlock", sent.links[0]);
    let guesser = house.browser();
    for _ in 0..10 {
        let answer = guesser.post(&unlock, &form_of("three blind rats")).await;
        assert!(answer.page(401).contains("That is not the password"));
    }
    // Not even the right one, until he has waited.
    let refused = guesser.post(&unlock, &form_of(PASSWORD)).await;
    assert!(refused.page(429).contains("in 12 seconds") && !tells(&refused));
    assert_eq!(refused.header("retry-after"), "12");
    let mut program = guesser.clone();
    program.headers.push(("accept", "application/json"));
    let problem = program.post(&unlock, &form_of(PASSWORD)).await;
    assert_eq!((problem.status, problem.header("retry-after")), (StatusCode::TOO_MANY_REQUESTS, "12"));
    // His colleague of before, with a proof, is not concerned; nor is anybody elsewhere.
    house.test.clock.advance(Duration::from_secs(12));
    guesser.post(&unlock, &form_of(PASSWORD)).await.page(200);
    house.test.clock.advance(Duration::from_mins(2));
    views::flush(&house.test.app).await.unwrap();
    let entries = audit_list::of_package(&house.test.app, &house.ann, sent.id, None, 50).await.unwrap();
    let wrong = entries.iter().find(|entry| entry.action == Action::LoginFailed).unwrap();
    assert_eq!((wrong.actor_kind.as_str(), wrong.actor_name.as_str()), ("link", "Bob Brown"));
    assert_eq!(wrong.details.0["count"], 10);
    assert!(entries.iter().all(|entry| !entry.details.0.to_string().contains("blind")), "no password is logged");
    assert!(entries.iter().all(|entry| entry.action != Action::LinkRefused));
    let page = house.anns().await.get(&sent.page()).await;
    assert!(page.page(200).contains("10 wrong passwords"), "the owner sees it");
    house.test.finish().await;
}

#[rstest]
#[tokio::test]
async fn an_ended_link_with_a_password_still_says_nothing(#[values(Which::Sqlite, Which::Postgres)] which: Which) {
    let house = House::on(which).await;
    let sent = locked(&house).await;
    house.test.clock.advance(Duration::from_hours(24 * 7));
    let page = house.browser().get(&sent.links[0]).await;
    assert!(page.page(410).contains("Ann Example") && !tells(&page));
    assert!(page.text().contains("/ask\""), "whoever lost the password may ask too");
    house.test.settle().await;
}

#[rstest]
#[tokio::test]
async fn a_password_is_set_and_removed_over_the_api_and_never_answered(
    #[values(Which::Sqlite, Which::Postgres)] which: Which,
) {
    let server = crate::testing::TestServer::new(which).await;
    let ann = server.person("Ann Example").await;
    let wish = |password: serde_json::Value| {
        serde_json::json!({"direction": "outbound", "title": TITLE,
        "recipients": [{"name": "Bob", "email": "bob@example.net"}], "password": password})
    };
    for (password, has) in [(PASSWORD.into(), true), ("".into(), false), (serde_json::Value::Null, false)] {
        let made = ann.post("/api/v1/packages", wish(password)).await.expect(StatusCode::CREATED);
        assert_eq!(made.json()["has_password"], has);
        assert!(!made.text().contains("blind") && !made.text().contains("argon2"));
    }
    for bad in ["five5".to_owned(), "x".repeat(1_025)] {
        let refused = ann.post("/api/v1/packages", wish(bad.clone().into())).await;
        assert_eq!(refused.wrong_fields(), ["password"]);
        assert!(!refused.text().contains(&bad));
    }
    let id = ann.creates_package(wish("sixsix".into())).await;
    let path = format!("/api/v1/packages/{id}");
    let patch = async |body: serde_json::Value| ann.patch(&path, body).await;
    assert_eq!(patch(serde_json::json!({"password": "short"})).await.wrong_fields(), ["password"]);
    assert_eq!(patch(serde_json::json!({"title": "Other"})).await.json()["has_password"], true);
    assert_eq!(patch(serde_json::json!({"password": null})).await.json()["has_password"], false);
    assert_eq!(patch(serde_json::json!({"password": PASSWORD})).await.json()["has_password"], true);
    assert_eq!(patch(serde_json::json!({"password": ""})).await.json()["has_password"], false);
    assert_eq!(patch(serde_json::json!({"password": ""})).await.json()["has_password"], false);
    let log = ann.get(&format!("{path}/audit")).await.text();
    assert!(log.contains("\"password\":\"set\"") && log.contains("\"password\":\"removed\""), "{log}");
    assert!(!log.contains("blind") && !log.contains("argon2"));
    assert_eq!(log.matches("package.changed").count(), 4, "a wish that is fulfilled leaves no trace: {log}");
    server.finish().await;
}

#[tokio::test]
async fn a_password_is_set_on_the_send_page_without_script() {
    let house = House::new().await;
    let ann = house.anns().await;
    let form = |password: &'static str| -> Vec<Part<'static>> {
        vec![
            ("title", None, b"Secret plans".as_slice()),
            ("recipients", None, b"bob@example.net"),
            ("expires_in_days", None, b"7"),
            ("password", None, password.as_bytes()),
            ("files", Some("hidden.pdf"), b"three bytes or more"),
        ]
    };
    let refused = ann.post_parts("/send", &form("five5")).await;
    assert!(refused.page(422).contains("password-mistake") && !refused.text().contains("five5"));
    let page = ann.post_parts("/send", &form(PASSWORD)).await.location().to_owned();
    let id = page.strip_prefix("/packages/").unwrap().parse().unwrap();
    let view = waybill_core::package::show::show(&house.test.app, &house.ann, id).await.unwrap();
    let link = view.recipients[0].link.as_ref().unwrap().url.strip_prefix("http://files.example.com").unwrap();
    let door = house.browser().get(link).await;
    assert!(door.page(200).contains("/unlock\"") && !tells(&door));
    assert!(tells(&house.browser().post(&format!("{link}/unlock"), &form_of(PASSWORD)).await));
    house.test.settle().await;
}
