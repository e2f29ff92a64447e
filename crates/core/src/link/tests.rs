//! Links: what looking at one answers, and that looking changes nothing but the log.
use std::time::Duration;

use rstest::rstest;

use super::open::{door_view, open};
use crate::access::Origin;
use crate::account::Role;
use crate::db::testing::Which;
use crate::error::{Error, LinkEnd};
use crate::link::door::Credentials;
use crate::package::create::create;
use crate::package::delete::delete;
use crate::package::finalize::{Unfinished, finalize};
use crate::package::show::show;
use crate::package::tests::new_package;
use crate::secret::Token;
use crate::testing::TestApp;

#[rstest]
#[tokio::test]
async fn looking_at_a_link_again_and_again_changes_nothing_but_what_was_seen(
    #[values(Which::Sqlite, Which::Postgres)] which: Which,
) {
    let test = TestApp::new(which).await;
    let anna = test.person("Anna", Role::Regular).await;
    let actor = test.actor(&anna).await;
    let draft = create(&test.app, &actor, new_package("Plans", &["ben@example.com"])).await.unwrap();
    test.file(&actor, draft.package.id, "a.txt", b"alpha").await;
    let before = finalize(&test.app, &actor, draft.package.id, Unfinished::Refuse).await.unwrap();
    let token = before.recipients[0].link.as_ref().unwrap().url.rsplit('/').next().unwrap().to_owned();
    let mut visits = std::collections::HashSet::new();
    let origin = Origin::default();
    let looks = (0..8).map(|_| open(&test.app, &origin, &token, Credentials::default()));
    for opened in futures_util::future::join_all(looks).await {
        visits.insert(opened.unwrap().visit);
    }
    assert_eq!(visits.len(), 8, "each page is a visit of its own");
    let after = show(&test.app, &actor, before.package.id).await.unwrap();
    let link = &after.recipients[0].link.as_ref().unwrap().link;
    assert_eq!((link.uses, link.opened_at, link.downloads), (8, Some(test.now()), 0));
    assert_eq!(after.package.downloads, 0);
    assert_eq!((after.package.ends_at, after.package.changed_at), (before.package.ends_at, before.package.changed_at));
    assert!(after.package.revision > before.package.revision, "the owner's page shows it");
    let ended = door_view(&test.app, &token).await.unwrap();
    assert_eq!((ended.title.as_str(), ended.sender_name.as_str()), ("Plans", "Anna"));
    delete(&test.app, &actor, before.package.id).await.unwrap();
    assert_eq!(door_view(&test.app, &token).await.unwrap().title, "");
    test.clock.advance(Duration::from_secs(10));
    test.finish().await;
}

#[rstest]
#[tokio::test]
async fn tokens_that_nobody_has_are_limited_by_address(#[values(Which::Sqlite, Which::Postgres)] which: Which) {
    let test = TestApp::new(which).await;
    let guesser = Origin { ip: Some([192, 0, 2, 66].into()), user_agent: None };
    // The allowance grows while the test runs, by one a second.
    let mut guessed = 0;
    loop {
        let unknown = Token::new(&*test.app.entropy).reveal();
        match open(&test.app, &guesser, &unknown, Credentials::default()).await {
            Err(Error::Gone(LinkEnd::Unknown)) => guessed += 1,
            Err(Error::TooMany { .. }) => break,
            other => panic!("{other:?}"),
        }
        assert!(guessed < 1_000, "the guesser is not stopped");
    }
    assert!(guessed >= 120, "{guessed}");
    let unknown = Token::new(&*test.app.entropy).reveal();
    let other = Origin { ip: Some([192, 0, 2, 67].into()), user_agent: None };
    assert!(matches!(
        open(&test.app, &other, &unknown, Credentials::default()).await,
        Err(Error::Gone(LinkEnd::Unknown))
    ));
    test.finish().await;
}
