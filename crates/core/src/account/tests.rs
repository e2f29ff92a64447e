//! People: signing in, sessions and tokens at each use, the first administrator, addresses.
use std::net::IpAddr;
use std::time::Duration;

use rstest::rstest;
use secrecy::{ExposeSecret as _, SecretString};

use super::change_password::change_password;
use super::list_tokens::list_tokens;
use super::make_token::{NewToken, make_token, make_token_for_email};
use super::revoke_token::revoke_token;
use super::set_up::{FirstAdmin, offer, set_up};
use super::sign_in::sign_in;
use super::sign_out::sign_out;
use super::*;
use crate::access::{Actor, Origin};
use crate::audit::Action;
use crate::db::testing::Which;
use crate::error::Refusal;
use crate::secret::Token;
use crate::sql;
use crate::testing::{PASSWORD, TestApp};

fn from(ip: &str) -> Origin {
    Origin { ip: Some(ip.parse::<IpAddr>().unwrap()), user_agent: Some("Browser/1".into()) }
}

async fn actions(test: &TestApp, action: Action) -> i64 {
    let mut conn = test.app.db.read().await.unwrap();
    sql!(conn, one as (i64,), "SELECT count(*) FROM audit_entries WHERE action = $1", action).unwrap().0
}

async fn session_of(test: &TestApp, cookie: &Token) -> Result<Actor> {
    authenticate::by_session(&test.app, &cookie.reveal(), from("192.0.2.1")).await
}

#[rstest]
#[tokio::test]
async fn the_right_password_opens_a_session_and_nothing_else_does(
    #[values(Which::Sqlite, Which::Postgres)] which: Which,
) {
    let test = TestApp::new(which).await;
    let anna = test.person("Anna Mueller", Role::Regular).await;
    let (account, cookie) =
        sign_in(&test.app, &from("192.0.2.1"), " Anna@Example.COM ", &PASSWORD.into()).await.unwrap();
    assert_eq!(account.id, anna.id);
    let actor = session_of(&test, &cookie).await.unwrap();
    assert_eq!((actor.id(), actor.is_admin()), (anna.id, false));
    for (email, password) in
        [("anna@example.com", "wrong"), ("anna@example.com", ""), ("nobody@example.com", PASSWORD), ("", PASSWORD)]
    {
        let refused = sign_in(&test.app, &from("192.0.2.1"), email, &password.into()).await.unwrap_err();
        assert!(matches!(refused, Error::Unauthenticated), "{refused:?}");
    }
    assert_eq!((actions(&test, Action::LoginSucceeded).await, actions(&test, Action::LoginFailed).await), (1, 4));
    let foreign = Token::new(&*test.app.entropy);
    assert!(matches!(session_of(&test, &foreign).await, Err(Error::Unauthenticated)));
    assert!(authenticate::by_session(&test.app, "not a token", from("192.0.2.1")).await.is_err());
    test.finish().await;
}

#[rstest]
#[tokio::test]
async fn a_disabled_person_is_out_with_the_next_request(#[values(Which::Sqlite, Which::Postgres)] which: Which) {
    let test = TestApp::new(which).await;
    let anna = test.person("Anna", Role::Admin).await;
    let token = test.token(&anna).await;
    let (_, cookie) = sign_in(&test.app, &from("192.0.2.1"), "anna@example.com", &PASSWORD.into()).await.unwrap();
    test.disable(&anna).await;
    assert!(matches!(session_of(&test, &cookie).await, Err(Error::Unauthenticated)));
    let refused = authenticate::by_api_token(&test.app, &token, from("192.0.2.1")).await;
    assert!(matches!(refused, Err(Error::Unauthenticated)));
    let refused = sign_in(&test.app, &from("192.0.2.1"), "anna@example.com", &PASSWORD.into()).await;
    assert!(matches!(refused, Err(Error::Unauthenticated)));
    test.finish().await;
}

#[rstest]
#[tokio::test]
async fn a_session_ends_after_its_idle_time_and_after_its_lifetime(
    #[values(Which::Sqlite, Which::Postgres)] which: Which,
) {
    let test = TestApp::new(which).await;
    test.person("Anna", Role::Regular).await;
    let millisecond = Duration::from_millis(1);
    let (_, idle) = sign_in(&test.app, &from("192.0.2.1"), "anna@example.com", &PASSWORD.into()).await.unwrap();
    test.clock.advance(SESSION_IDLE.saturating_sub(millisecond));
    session_of(&test, &idle).await.unwrap();
    test.clock.advance(SESSION_IDLE.saturating_sub(millisecond));
    session_of(&test, &idle).await.expect("the use a moment ago was stored");
    test.clock.advance(SESSION_IDLE);
    assert!(session_of(&test, &idle).await.is_err());

    let (_, used) = sign_in(&test.app, &from("192.0.2.1"), "anna@example.com", &PASSWORD.into()).await.unwrap();
    let day = Duration::from_hours(24);
    for _ in 0..SESSION_LIFETIME.as_secs() / day.as_secs() - 1 {
        test.clock.advance(day);
        session_of(&test, &used).await.unwrap();
    }
    test.clock.advance(day.saturating_sub(millisecond));
    session_of(&test, &used).await.unwrap();
    test.clock.advance(millisecond);
    assert!(session_of(&test, &used).await.is_err(), "thirty days, however busy");

    crate::job::worker::sweep(&test.app).await;
    let mut conn = test.app.db.read().await.unwrap();
    let (left,) = sql!(conn, one as (i64,), "SELECT count(*) FROM sessions").unwrap();
    assert_eq!(left, 0, "the sweep removes what has ended");
    drop(conn);
    test.finish().await;
}

#[rstest]
#[tokio::test]
async fn signing_out_and_a_new_password_end_sessions(#[values(Which::Sqlite, Which::Postgres)] which: Which) {
    let test = TestApp::new(which).await;
    test.person("Anna", Role::Regular).await;
    let (origin, password) = (test_origin(), SecretString::from(PASSWORD));
    let enter = || sign_in(&test.app, &origin, "anna@example.com", &password);
    let (_, first) = enter().await.unwrap();
    let (_, second) = enter().await.unwrap();
    let (_, third) = enter().await.unwrap();
    let actor = session_of(&test, &first).await.unwrap();
    sign_out(&test.app, &actor).await.unwrap();
    sign_out(&test.app, &actor).await.expect("repeatable");
    assert!(session_of(&test, &first).await.is_err());

    let actor = session_of(&test, &second).await.unwrap();
    let wrong = change_password(&test.app, &actor, &"wrong".into(), &"a new long one".into()).await;
    assert!(matches!(wrong, Err(Error::Invalid(_))), "{wrong:?}");
    session_of(&test, &third).await.expect("nothing happened yet");
    change_password(&test.app, &actor, &PASSWORD.into(), &"a new long one".into()).await.unwrap();
    session_of(&test, &second).await.expect("the session that did it stays");
    assert!(session_of(&test, &third).await.is_err());
    assert!(enter().await.is_err(), "the old password is over");
    test.finish().await;
}

fn test_origin() -> Origin {
    from("192.0.2.77")
}

#[rstest]
#[tokio::test]
async fn a_token_works_until_it_expires_or_is_revoked(#[values(Which::Sqlite, Which::Postgres)] which: Which) {
    let test = TestApp::new(which).await;
    let anna = test.person("Anna", Role::Admin).await;
    let ben = test.person("Ben", Role::Regular).await;
    let new = |name: &str, scopes: &[Scope], expires_in_days| NewToken {
        name: name.into(),
        scopes: scopes.to_vec(),
        expires_in_days,
    };
    let actor = test.actor(&anna).await;
    let (made, secret) =
        make_token(&test.app, &actor, new("CI", &[Scope::Send, Scope::Read, Scope::Send], Some(1))).await.unwrap();
    assert_eq!(made.scopes.0.0, [Scope::Read, Scope::Send], "sorted, each once");
    let look = |secret: &SecretString| {
        let secret = secret.clone();
        let app = test.app.clone();
        async move { authenticate::by_api_token(&app, secret.expose_secret(), from("192.0.2.5")).await }
    };
    let scoped = look(&secret).await.unwrap();
    assert!(!scoped.is_admin(), "an administrator's token without the scope is none");
    assert!(matches!(list_tokens(&test.app, &scoped).await, Err(Error::Forbidden)));
    assert!(matches!(make_token(&test.app, &scoped, new("more", &[], None)).await, Err(Error::Forbidden)));

    test.clock.advance(Duration::from_hours(24).saturating_sub(Duration::from_millis(1)));
    look(&secret).await.unwrap();
    test.clock.advance(Duration::from_millis(1));
    assert!(matches!(look(&secret).await, Err(Error::Unauthenticated)), "expired to the millisecond");

    let (second, secret) = make_token_for_email(&test.app, "ANNA@example.com", new("b", &[], None)).await.unwrap();
    let used = list_tokens(&test.app, &actor).await.unwrap().into_iter().find(|t| t.id == second.id).unwrap();
    assert_eq!(used.used_at, None);
    look(&secret).await.unwrap();
    let used = list_tokens(&test.app, &actor).await.unwrap().into_iter().find(|t| t.id == second.id).unwrap();
    assert_eq!(used.used_at, Some(test.now()));
    let stranger = test.actor(&ben).await;
    assert!(matches!(revoke_token(&test.app, &stranger, second.id).await, Err(Error::NotFound)));
    look(&secret).await.unwrap();
    revoke_token(&test.app, &actor, second.id).await.unwrap();
    assert!(matches!(look(&secret).await, Err(Error::Unauthenticated)));
    assert!(matches!(revoke_token(&test.app, &actor, second.id).await, Err(Error::NotFound)), "only once");
    assert!(list_tokens(&test.app, &actor).await.unwrap().iter().all(|t| t.id != second.id));

    for days in [0, 3_651] {
        assert!(matches!(make_token(&test.app, &actor, new("x", &[], Some(days))).await, Err(Error::Invalid(_))));
    }
    assert!(matches!(
        make_token_for_email(&test.app, "x@example.com", new("x", &[], None)).await,
        Err(Error::NotFound)
    ));
    test.finish().await;
}

#[tokio::test]
async fn one_account_has_at_most_so_many_tokens() {
    let test = TestApp::new(Which::Sqlite).await;
    let anna = test.person("Anna", Role::Regular).await;
    let new = || NewToken { name: "n".into(), scopes: Vec::new(), expires_in_days: None };
    for _ in 0..limits::API_TOKENS_MAX {
        make_token_for_email(&test.app, &anna.email, new()).await.unwrap();
    }
    assert!(matches!(make_token_for_email(&test.app, &anna.email, new()).await, Err(Error::Invalid(_))));
    test.finish().await;
}

#[tokio::test]
async fn guesses_are_limited_by_account_and_by_address() {
    let test = TestApp::new(Which::Sqlite).await;
    test.person("Anna", Role::Regular).await;
    let guess = |ip: &str, email: &'static str| {
        let origin = from(ip);
        let app = test.app.clone();
        async move { sign_in(&app, &origin, email, &"wrong".into()).await.unwrap_err() }
    };
    for n in 0..10 {
        let refused = guess(&format!("192.0.2.{n}"), "anna@example.com").await;
        assert!(matches!(refused, Error::Unauthenticated), "{n}: {refused:?}");
    }
    let refused = guess("192.0.2.200", "Anna@example.com").await;
    assert!(matches!(refused, Error::TooMany { retry_after_s: 1..=60 }), "{refused:?}");
    let right = sign_in(&test.app, &from("192.0.2.200"), "anna@example.com", &PASSWORD.into()).await;
    assert!(matches!(right, Err(Error::TooMany { .. })), "the right password waits too");
    for n in 0..60 {
        let refused = authenticate::by_api_token(&test.app, "wb_wrong", from("198.51.100.1")).await.unwrap_err();
        assert!(matches!(refused, Error::Unauthenticated), "{n}: {refused:?}");
    }
    let refused = authenticate::by_api_token(&test.app, "wb_wrong", from("198.51.100.1")).await.unwrap_err();
    assert!(matches!(refused, Error::TooMany { .. }), "{refused:?}");
    test.finish().await;
}

#[rstest]
#[tokio::test]
async fn the_first_administrator_is_created_once_however_many_try(
    #[values(Which::Sqlite, Which::Postgres)] which: Which,
) {
    let test = TestApp::new(which).await;
    let token = offer(&test.app).await.unwrap().expect("nobody administers this instance yet");
    let admin = |name: &str| FirstAdmin {
        email: format!("{name}@example.com"),
        name: name.to_owned(),
        password: PASSWORD.into(),
    };
    let wrong = set_up(&test.app, &Token::new(&*test.app.entropy), &test_origin(), admin("eve")).await;
    assert!(matches!(wrong, Err(Error::NotFound)));
    let short = FirstAdmin { password: "short".into(), ..admin("anna") };
    assert!(matches!(set_up(&test.app, &token, &test_origin(), short).await, Err(Error::Invalid(_))));
    let origin = test_origin();
    let (a, b) = tokio::join!(
        set_up(&test.app, &token, &origin, admin("anna")),
        set_up(&test.app, &token, &origin, admin("ben")),
    );
    let (won, lost) = if a.is_ok() { (a, b) } else { (b, a) };
    let (account, cookie) = won.expect("one of them");
    assert!(matches!(lost, Err(Error::Refused(Refusal::SetupDone) | Error::NotFound)), "{lost:?}");
    assert_eq!(account.role, Role::Admin);
    assert!(session_of(&test, &cookie).await.unwrap().is_admin());
    assert!(matches!(set_up(&test.app, &token, &origin, admin("cem")).await, Err(Error::NotFound)));
    assert!(offer(&test.app).await.unwrap().is_none());
    assert_eq!(actions(&test, Action::SetupCompleted).await, 1);
    test.finish().await;
}

#[rstest]
#[tokio::test]
async fn one_address_belongs_to_one_account_however_it_is_written(
    #[values(Which::Sqlite, Which::Postgres)] which: Which,
) {
    let test = TestApp::new(which).await;
    test.person("Änne", Role::Regular).await;
    for same in ["änne@example.com", "ÄNNE@EXAMPLE.COM", "a\u{308}nne@example.com", "  Änne@example.com "] {
        let new = add::NewPerson { email: same.into(), name: "X".into(), role: Role::Regular, password: None };
        let refused = add::add(&test.app, crate::access::Author::Operator, &Origin::default(), new).await;
        assert!(matches!(refused, Err(Error::Refused(Refusal::EmailTaken))), "{same}: {refused:?}");
    }
    test.finish().await;
}

#[test]
fn addresses_that_could_do_harm_or_lead_nowhere_are_refused() {
    let long_local = format!("{}@example.com", "a".repeat(65));
    for bad in [
        "",
        "a",
        "@b.c",
        "a@",
        "a@b",
        "a b@c.de",
        "a@b..c",
        "a@-b.c",
        "a@b-.c",
        ".a@b.c",
        "a.@b.c",
        "a..b@c.de",
        "\"a b\"@c.de",
        "a@[1.2.3.4]",
        "a,b@c.de",
        "a@b.c\r\nBcc: x@y.z",
        "<a@b.c>",
        "a\u{0}@b.c",
        &long_local,
    ] {
        assert!(Email::parse(bad).is_none(), "{bad:?}");
    }
    for good in ["a@b.c", "anna.mueller+x@mail.example.co.uk", "jörg@müller.de", "a'b@c.de"] {
        assert_eq!(Email::parse(good).expect(good).as_str(), good);
    }
    let domain = format!("{0}.{0}.{0}.de", "a".repeat(60));
    let exactly = format!("{}@{domain}", "l".repeat(254 - 1 - domain.len()));
    assert!(Email::parse(&exactly).is_none() || exactly.len() <= limits::EMAIL_BYTES_MAX);
    assert!(Email::parse(&format!("l{exactly}")).is_none());
}

#[test]
fn a_password_is_long_enough_and_not_too_long() {
    let check = |text: String| check_new_password("password", &text.into());
    check("x".repeat(limits::PASSWORD_CHARS_MIN)).unwrap();
    check("x".repeat(limits::PASSWORD_CHARS_MIN - 1)).unwrap_err();
    check("x".repeat(limits::PASSWORD_BYTES_MAX)).unwrap();
    check("x".repeat(limits::PASSWORD_BYTES_MAX + 1)).unwrap_err();
    check("ü".repeat(limits::PASSWORD_CHARS_MIN)).expect("characters, not bytes");
}
