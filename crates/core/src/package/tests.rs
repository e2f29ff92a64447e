//! Packages from draft to erasure, on both databases.
use std::time::Duration;

use rstest::rstest;
use serde_json::Value;

use super::change::{Changes, change};
use super::create::{NewPackage, create};
use super::delete::{delete, undelete};
use super::finalize::{Unfinished, finalize};
use super::list::{Query, counts, list};
use super::remove_file::remove_file;
use super::resend::resend;
use super::revoke::{revoke, revoke_recipient};
use super::show::show;
use super::*;
use crate::access::{Actor, Origin};
use crate::account::Role;
use crate::audit::Action;
use crate::audit::store::Order;
use crate::blob::BlobId;
use crate::db::testing::Which;
use crate::download::serve;
use crate::error::{LinkEnd, Refusal};
use crate::link::door::Credentials;
use crate::link::open;
use crate::testing::TestApp;
use crate::upload::begin::{NewUpload, begin};
use crate::{download, job, sql};

pub(crate) fn people(emails: &[&str]) -> Vec<Addressee> {
    emails
        .iter()
        .map(|email| Addressee { name: email.split('@').next().unwrap().to_owned(), email: (*email).to_owned() })
        .collect()
}

pub(crate) fn new_package(title: &str, emails: &[&str]) -> NewPackage {
    NewPackage {
        direction: Direction::Outbound,
        kind: Kind::Package,
        title: title.into(),
        note: String::new(),
        recipients: people(emails),
        policy: None,
        notify: Vec::new(),
        password: None,
    }
}

pub(crate) fn new_ticket(policy: Policy) -> NewPackage {
    NewPackage { kind: Kind::Ticket, policy: Some(policy), ..new_package("", &[]) }
}

pub(crate) async fn anna(test: &TestApp) -> Actor {
    let account = test.person("Anna Mueller", Role::Regular).await;
    test.actor(&account).await
}

/// A finalized package with these files (their paths are their contents).
pub(crate) async fn sent(test: &TestApp, actor: &Actor, new: NewPackage, files: &[&str]) -> PackageView {
    let draft = create(&test.app, actor, new).await.unwrap();
    for path in files {
        test.file(actor, draft.package.id, path, path.as_bytes()).await;
    }
    finalize(&test.app, actor, draft.package.id, Unfinished::Refuse).await.unwrap()
}

pub(crate) fn token_of(link: &LinkView) -> String {
    link.url.rsplit('/').next().unwrap().to_owned()
}

pub(crate) fn link_of(view: &PackageView, recipient: usize) -> &LinkView {
    view.recipients[recipient].link.as_ref().expect("a finalized package has links")
}

pub(crate) async fn entries(test: &TestApp, id: PackageId) -> Vec<(Action, Value)> {
    let mut conn = test.app.db.read().await.unwrap();
    let filter = crate::audit::store::Filter { package: Some(id), ..Default::default() };
    let entries =
        crate::audit::store::list(&mut conn, &filter, Order::OldestFirst { after: None }, 1_000).await.unwrap();
    entries.into_iter().map(|entry| (entry.action, entry.details.0)).collect()
}

async fn actions(test: &TestApp, id: PackageId) -> Vec<Action> {
    entries(test, id).await.into_iter().map(|(action, _)| action).collect()
}

pub(crate) async fn count(test: &TestApp, id: PackageId, action: Action) -> usize {
    actions(test, id).await.into_iter().filter(|a| *a == action).count()
}

pub(crate) async fn is_readable(test: &TestApp, file: &File) -> bool {
    test.app.blobs.open(BlobId(file.blob_id)).await.is_ok()
}

pub(crate) async fn opens(test: &TestApp, token: &str) -> Result<open::Opened> {
    open::open(&test.app, &Origin::default(), token, Credentials::default()).await
}

pub(crate) fn refusal<T: std::fmt::Debug>(answer: Result<T>) -> Refusal {
    match answer {
        Err(Error::Refused(refusal)) => refusal,
        other => panic!("not refused: {other:?}"),
    }
}

pub(crate) fn fields<T: std::fmt::Debug>(answer: Result<T>) -> Vec<String> {
    match answer {
        Err(Error::Invalid(fields)) => fields.into_iter().map(|f| f.field).collect(),
        other => panic!("not invalid: {other:?}"),
    }
}

#[rstest]
#[tokio::test]
async fn a_draft_is_sent_once_and_each_recipient_gets_a_link_of_his_own(
    #[values(Which::Sqlite, Which::Postgres)] which: Which,
) {
    let test = TestApp::new(which).await;
    let actor = anna(&test).await;
    let new = new_package("  Plans\r\n2026 ", &["ben@example.com", "cem@example.com", "BEN@example.com"]);
    let draft = create(&test.app, &actor, new).await.unwrap();
    assert_eq!((draft.status, draft.package.title.as_str()), (Status::Draft, "Plans 2026"));
    assert_eq!(draft.recipients.len(), 2, "the same address twice is one recipient");
    assert!(draft.recipients.iter().all(|r| r.link.is_none() && r.mail.is_none()));
    let id = draft.package.id;
    test.file(&actor, id, "a.txt", b"alpha").await;

    let view = finalize(&test.app, &actor, id, Unfinished::Refuse).await.unwrap();
    assert_eq!(view.status, Status::Active);
    assert_eq!(view.package.ends_at, Some(test.now() + jiff::SignedDuration::from_hours(7 * 24)));
    assert_ne!(link_of(&view, 0).url, link_of(&view, 1).url);
    test.settle().await;
    let again = finalize(&test.app, &actor, id, Unfinished::Discard).await.unwrap();
    assert_eq!(link_of(&again, 0).url, link_of(&view, 0).url, "repeating answers the same");
    test.settle().await;
    let mails = test.mails();
    assert_eq!(mails.len(), 2, "nobody is mailed twice");
    assert!(again.recipients.iter().all(|r| r.mail.as_ref().unwrap().state == MailState::Sent));
    let opened = opens(&test, &token_of(link_of(&view, 1))).await.unwrap();
    assert_eq!((opened.recipient.unwrap().name.as_str(), opened.sender_name.as_str()), ("cem", "Anna Mueller"));
    assert_eq!(count(&test, id, Action::PackageFinalized).await, 1);
    test.finish().await;
}

#[rstest]
#[tokio::test]
async fn two_who_send_at_the_same_time_send_once(#[values(Which::Sqlite, Which::Postgres)] which: Which) {
    let test = TestApp::new(which).await;
    let actor = anna(&test).await;
    let draft = create(&test.app, &actor, new_package("T", &["ben@example.com"])).await.unwrap();
    let id = draft.package.id;
    test.file(&actor, id, "a.txt", b"alpha").await;
    let go = || finalize(&test.app, &actor, id, Unfinished::Refuse);
    let (a, b, c) = tokio::join!(go(), go(), go());
    let urls = [a, b, c].map(|view| link_of(&view.unwrap(), 0).url.clone());
    assert!(urls.iter().all(|url| *url == urls[0]));
    test.settle().await;
    assert_eq!(test.mails().len(), 1);
    assert_eq!(count(&test, id, Action::PackageFinalized).await, 1);
    test.finish().await;
}

#[rstest]
#[tokio::test]
async fn a_partial_set_is_never_sent_by_itself(#[values(Which::Sqlite, Which::Postgres)] which: Which) {
    let test = TestApp::new(which).await;
    let actor = anna(&test).await;
    let id = create(&test.app, &actor, new_package("", &[])).await.unwrap().package.id;
    let send = |unfinished| finalize(&test.app, &actor, id, unfinished);
    assert_eq!(fields(send(Unfinished::Refuse).await), ["title", "recipients"]);
    let changes =
        Changes { title: Some("T".into()), recipients: Some(people(&["ben@example.com"])), ..Changes::default() };
    change(&test.app, &actor, id, changes).await.unwrap();
    assert_eq!(refusal(send(Unfinished::Refuse).await), Refusal::NoFiles);
    let path = crate::file::name::RelativePath::parse("b.txt").unwrap();
    let new = NewUpload { path, size: Some(9), sha256: None, resumable: true, client_metadata: String::new() };
    begin(&test.app, &actor, id, new).await.unwrap();
    assert_eq!(refusal(send(Unfinished::Refuse).await), Refusal::UnfinishedUploads { count: 1 });
    assert_eq!(refusal(send(Unfinished::Discard).await), Refusal::NoFiles);
    let view = show(&test.app, &actor, id).await.unwrap();
    assert_eq!((view.status, view.uploads.len()), (Status::Draft, 1), "a refusal changed nothing");
    test.file(&actor, id, "a.txt", b"alpha").await;
    let view = send(Unfinished::Discard).await.unwrap();
    assert_eq!((view.status, view.uploads.len(), view.files.len()), (Status::Active, 0, 1));
    test.finish().await;
}

#[rstest]
#[tokio::test]
async fn what_cannot_be_taken_is_named_field_by_field(#[values(Which::Sqlite, Which::Postgres)] which: Which) {
    let test = TestApp::new(which).await;
    let actor = anna(&test).await;
    let mut new = new_package(&"x".repeat(limits::TITLE_CHARS_MAX + 1), &["ben@example.com", "not an address"]);
    new.note = "n".repeat(limits::NOTE_CHARS_MAX + 1);
    new.notify = vec!["nobody".into()];
    new.policy = Some(Policy { expires_in_hours: 91 * 24, idle_hours: 0, max_downloads: 0 });
    let wrong = fields(create(&test.app, &actor, new).await);
    assert_eq!(wrong, ["title", "note", "recipients[1].email", "notify[0]", "policy.expires_in_hours"]);
    let mut edge = new_package(&"ü".repeat(limits::TITLE_CHARS_MAX), &[]);
    edge.note = "n".repeat(limits::NOTE_CHARS_MAX);
    edge.recipients = people(
        &(0..limits::RECIPIENTS_MAX)
            .map(|n| format!("p{n}@example.com"))
            .collect::<Vec<_>>()
            .iter()
            .map(String::as_str)
            .collect::<Vec<_>>(),
    );
    create(&test.app, &actor, edge).await.unwrap();
    let mut over = new_package("T", &[]);
    over.recipients = (0..=limits::RECIPIENTS_MAX)
        .map(|n| Addressee { name: String::new(), email: format!("p{n}@example.com") })
        .collect();
    assert_eq!(fields(create(&test.app, &actor, over).await), ["recipients"]);
    let page = list(&test.app, &actor, &Query { limit: 10, ..Query::default() }).await.unwrap();
    assert_eq!(page.items.len(), 1, "what was refused is not there");
    test.finish().await;
}

#[rstest]
#[tokio::test]
async fn somebody_elses_package_looks_like_none(#[values(Which::Sqlite, Which::Postgres)] which: Which) {
    let test = TestApp::new(which).await;
    let actor = anna(&test).await;
    let view = sent(&test, &actor, new_package("T", &["ben@example.com"]), &["a.txt"]).await;
    let (id, file, recipient) = (view.package.id, view.files[0].id, view.recipients[0].recipient.id);
    let eve = test.person("Eve", Role::Regular).await;
    let eve = test.actor(&eve).await;
    let before = (show(&test.app, &actor, id).await.unwrap().package.revision, actions(&test, id).await);
    let not_found = |refused: Result<()>| assert!(matches!(refused, Err(Error::NotFound)), "{refused:?}");
    not_found(show(&test.app, &eve, id).await.map(drop));
    not_found(change(&test.app, &eve, id, Changes::default()).await.map(drop));
    not_found(finalize(&test.app, &eve, id, Unfinished::Discard).await.map(drop));
    not_found(revoke(&test.app, &eve, id).await.map(drop));
    not_found(revoke_recipient(&test.app, &eve, id, recipient).await.map(drop));
    not_found(resend(&test.app, &eve, id, None).await.map(drop));
    not_found(remove_file(&test.app, &eve, id, file).await);
    not_found(delete(&test.app, &eve, id).await);
    not_found(undelete(&test.app, &eve, id).await.map(drop));
    not_found(serve::for_owner(&test.app, &eve, id, serve::Fetch::Archive).await.map(drop));
    not_found(events::watch_package(&test.app, &eve, id).await.map(drop));
    assert_eq!((show(&test.app, &actor, id).await.unwrap().package.revision, actions(&test, id).await), before);
    let boss = test.person("Boss", Role::Admin).await;
    show(&test.app, &test.actor(&boss).await, id).await.expect("an administrator sees it");
    test.finish().await;
}

#[rstest]
#[tokio::test]
async fn recipients_of_a_sent_package_come_and_go_with_their_links(
    #[values(Which::Sqlite, Which::Postgres)] which: Which,
) {
    let test = TestApp::new(which).await;
    let actor = anna(&test).await;
    let view = sent(&test, &actor, new_package("T", &["ben@example.com", "cem@example.com"]), &["a.txt"]).await;
    let (id, ben) = (view.package.id, token_of(link_of(&view, 0)));
    let started = download::start::start(
        &test.app,
        &Origin::default(),
        &ben,
        download::start::Target::Whole,
        Credentials::default(),
    )
    .await
    .unwrap();
    let fetch = started.path.split('/').nth(2).unwrap().to_owned();
    let running = {
        let content = serve::by_token(&test.app, &fetch).await.unwrap();
        let link = content.counted.as_ref().map(download::Whose::from);
        test.app.deliveries.begin(id, link, content.files())
    };
    let wanted = vec![
        Addressee { name: "Cem Renamed".into(), email: "CEM@example.com".into() },
        Addressee { name: "Dora".into(), email: "dora@example.com".into() },
    ];
    let changes = || Changes { recipients: Some(wanted.clone()), ..Changes::default() };
    let after = change(&test.app, &actor, id, changes()).await.unwrap();
    let names: Vec<_> = after.recipients.iter().map(|r| r.recipient.name.as_str()).collect();
    assert_eq!(names, ["Cem Renamed", "Dora"]);
    assert_eq!(link_of(&after, 0).url, link_of(&view, 1).url, "who stays keeps his link");
    assert!(matches!(opens(&test, &ben).await, Err(Error::Gone(LinkEnd::Revoked { .. }))));
    assert!(matches!(serve::by_token(&test.app, &fetch).await, Err(Error::Gone(LinkEnd::Revoked { .. }))));
    assert!(running.cut.is_cancelled(), "his running download is cut");
    drop(running);
    test.settle().await;
    let to: Vec<_> = test.mails().iter().map(|mail| mail.to.to_string()).collect();
    assert!(to.iter().filter(|to| *to == "dora@example.com").count() == 1 && !to.contains(&"CEM@example.com".into()));

    let revision = show(&test.app, &actor, id).await.unwrap().package.revision;
    change(&test.app, &actor, id, changes()).await.unwrap();
    assert_eq!(show(&test.app, &actor, id).await.unwrap().package.revision, revision, "a fulfilled wish does nothing");
    assert_eq!(count(&test, id, Action::PackageChanged).await, 1);
    let nobody = Changes { recipients: Some(Vec::new()), title: Some(String::new()), ..Changes::default() };
    assert_eq!(fields(change(&test.app, &actor, id, nobody).await), ["title", "recipients"]);
    test.finish().await;
}

#[rstest]
#[tokio::test]
async fn a_sent_ticket_needs_neither_title_nor_recipients(#[values(Which::Sqlite, Which::Postgres)] which: Which) {
    let test = TestApp::new(which).await;
    let actor = anna(&test).await;
    let permanent = Policy { expires_in_hours: 0, idle_hours: 0, max_downloads: 0 };
    let view = sent(&test, &actor, new_ticket(permanent), &["a.txt"]).await;
    assert_eq!((view.recipients.len(), view.package.ends_at, view.package.erase_at), (0, None, None));
    opens(&test, &token_of(view.link.as_ref().unwrap())).await.unwrap();
    let changes = Changes { title: Some(String::new()), recipients: Some(Vec::new()), ..Changes::default() };
    change(&test.app, &actor, view.package.id, changes).await.unwrap();
    test.settle().await;
    assert!(test.mails().is_empty());
    test.finish().await;
}

#[rstest]
#[tokio::test]
async fn an_expired_package_lives_again_when_its_time_is_extended(
    #[values(Which::Sqlite, Which::Postgres)] which: Which,
) {
    let test = TestApp::new(which).await;
    let actor = anna(&test).await;
    let new = NewPackage {
        policy: Some(Policy { expires_in_hours: 24, idle_hours: 0, max_downloads: 0 }),
        ..new_package("T", &["ben@example.com"])
    };
    let view = sent(&test, &actor, new, &["a.txt"]).await;
    let (id, token) = (view.package.id, token_of(link_of(&view, 0)));
    let end = test.now() + jiff::SignedDuration::from_hours(24);
    test.clock.advance(Duration::from_hours(24).saturating_sub(Duration::from_millis(1)));
    opens(&test, &token).await.unwrap();
    test.clock.advance(Duration::from_millis(1));
    let refused = opens(&test, &token).await;
    assert!(matches!(refused, Err(Error::Gone(LinkEnd::Expired { at })) if at == end), "dead before any sweep");
    sweep::sweep(&test.app).await.unwrap();
    sweep::sweep(&test.app).await.unwrap();
    assert_eq!(count(&test, id, Action::PackageExpired).await, 1);
    assert_eq!(refusal(resend(&test.app, &actor, id, None).await), Refusal::Ended);
    assert_eq!(refusal(remove_file(&test.app, &actor, id, view.files[0].id).await), Refusal::LastFile);
    test.clock.advance(Duration::from_hours(71));
    sweep::sweep(&test.app).await.unwrap();
    test.settle().await;
    assert!(is_readable(&test, &view.files[0]).await, "the grace is not over");
    let policy = Some(Policy { expires_in_hours: 48, idle_hours: 0, max_downloads: 0 }.into());
    let extended = change(&test.app, &actor, id, Changes { policy, ..Changes::default() }).await.unwrap();
    assert_eq!(extended.status, Status::Active);
    assert_eq!(extended.package.ends_at, Some(test.now() + jiff::SignedDuration::from_hours(48)));
    opens(&test, &token).await.expect("the same link");
    test.clock.advance(Duration::from_hours(48 + 72));
    sweep::sweep(&test.app).await.unwrap();
    test.settle().await;
    assert!(!is_readable(&test, &view.files[0]).await);
    let policy = Some(Policy { expires_in_hours: 24, idle_hours: 0, max_downloads: 0 }.into());
    assert_eq!(refusal(change(&test.app, &actor, id, Changes { policy, ..Changes::default() }).await), Refusal::Erased);
    assert_eq!(show(&test.app, &actor, id).await.unwrap().status, Status::Expired);
    assert_eq!(count(&test, id, Action::PackageErased).await, 1);
    test.finish().await;
}

#[rstest]
#[tokio::test]
async fn revoking_ends_everything_at_once_and_for_good(#[values(Which::Sqlite, Which::Postgres)] which: Which) {
    let test = TestApp::new(which).await;
    let actor = anna(&test).await;
    let draft = create(&test.app, &actor, new_package("D", &[])).await.unwrap();
    assert_eq!(refusal(revoke(&test.app, &actor, draft.package.id).await), Refusal::StillDraft);
    let view = sent(&test, &actor, new_package("T", &["ben@example.com"]), &["a.txt", "b.txt"]).await;
    let id = view.package.id;
    let running = test.app.deliveries.begin(id, None, vec![view.files[0].id]);
    let revoked = revoke(&test.app, &actor, id).await.unwrap();
    assert_eq!((revoked.status, link_of(&revoked, 0).status), (Status::Revoked, Status::Revoked));
    assert!(running.cut.is_cancelled());
    drop(running);
    assert!(matches!(opens(&test, &token_of(link_of(&view, 0))).await, Err(Error::Gone(LinkEnd::Revoked { .. }))));
    revoke(&test.app, &actor, id).await.expect("repeatable");
    test.settle().await;
    assert!(test.mails().is_empty(), "nothing is mailed for what was revoked before");
    assert!(!is_readable(&test, &view.files[0]).await && !is_readable(&test, &view.files[1]).await);
    assert_eq!(refusal(change(&test.app, &actor, id, Changes::default()).await), Refusal::Revoked);
    assert_eq!(refusal(finalize(&test.app, &actor, id, Unfinished::Refuse).await), Refusal::Revoked);
    assert_eq!(refusal(resend(&test.app, &actor, id, None).await), Refusal::Revoked);
    let shown = show(&test.app, &actor, id).await.unwrap();
    assert_eq!(shown.recipients[0].mail.as_ref().unwrap().state, MailState::Cancelled);
    assert_eq!(count(&test, id, Action::PackageRevoked).await, 1);
    test.finish().await;
}

#[rstest]
#[tokio::test]
async fn one_link_can_end_while_the_others_go_on(#[values(Which::Sqlite, Which::Postgres)] which: Which) {
    let test = TestApp::new(which).await;
    let actor = anna(&test).await;
    let view = sent(&test, &actor, new_package("T", &["ben@example.com", "cem@example.com"]), &["a.txt"]).await;
    let (id, ben) = (view.package.id, view.recipients[0].recipient.id);
    test.settle().await;
    let after = revoke_recipient(&test.app, &actor, id, ben).await.unwrap();
    revoke_recipient(&test.app, &actor, id, ben).await.expect("repeatable");
    assert_eq!((after.status, link_of(&after, 0).status), (Status::Active, Status::Revoked));
    assert!(matches!(opens(&test, &token_of(link_of(&view, 0))).await, Err(Error::Gone(LinkEnd::Revoked { .. }))));
    opens(&test, &token_of(link_of(&view, 1))).await.unwrap();
    assert_eq!(refusal(resend(&test.app, &actor, id, Some(ben)).await), Refusal::Revoked);
    resend(&test.app, &actor, id, None).await.unwrap();
    test.settle().await;
    let to: Vec<_> = test.mails().iter().map(|mail| mail.to.to_string()).collect();
    assert_eq!(to.iter().filter(|to| *to == "ben@example.com").count(), 1, "{to:?}");
    assert_eq!(to.iter().filter(|to| *to == "cem@example.com").count(), 2, "{to:?}");
    let stranger = RecipientId::new(test.now(), &*test.app.entropy);
    assert!(matches!(resend(&test.app, &actor, id, Some(stranger)).await, Err(Error::NotFound)));
    assert!(matches!(revoke_recipient(&test.app, &actor, id, stranger).await, Err(Error::NotFound)));
    assert_eq!(count(&test, id, Action::LinkRevoked).await, 1);
    test.finish().await;
}

#[rstest]
#[tokio::test]
async fn undoing_a_deletion_really_undoes_it(#[values(Which::Sqlite, Which::Postgres)] which: Which) {
    let test = TestApp::new(which).await;
    let actor = anna(&test).await;
    let view = sent(&test, &actor, new_package("T", &["ben@example.com"]), &["a.txt"]).await;
    let (id, token) = (view.package.id, token_of(link_of(&view, 0)));
    delete(&test.app, &actor, id).await.unwrap();
    assert!(matches!(delete(&test.app, &actor, id).await, Err(Error::NotFound)));
    assert!(matches!(show(&test.app, &actor, id).await, Err(Error::NotFound)));
    assert!(matches!(opens(&test, &token).await, Err(Error::Gone(LinkEnd::Revoked { .. }))));
    test.settle().await;
    assert!(test.mails().is_empty(), "nobody is invited to a deleted package");
    test.clock.advance(Duration::from_millis(9_999));
    test.settle().await;
    sweep::sweep(&test.app).await.unwrap();
    let back = undelete(&test.app, &actor, id).await.unwrap();
    assert_eq!((back.status, link_of(&back, 0).url.as_str()), (Status::Active, link_of(&view, 0).url.as_str()));
    undelete(&test.app, &actor, id).await.expect("repeatable");
    test.clock.advance(Duration::from_mins(1));
    test.settle().await;
    sweep::sweep(&test.app).await.unwrap();
    assert!(is_readable(&test, &view.files[0]).await, "the job of the deletion comes and finds nothing to do");
    assert_eq!(test.mails().len(), 1, "the invitation that waited goes out");
    opens(&test, &token).await.unwrap();
    test.finish().await;
}

#[rstest]
#[tokio::test]
async fn after_the_undo_time_a_deleted_package_is_gone(#[values(Which::Sqlite, Which::Postgres)] which: Which) {
    let test = TestApp::new(which).await;
    let actor = anna(&test).await;
    let view = sent(&test, &actor, new_package("T", &["ben@example.com"]), &["a.txt"]).await;
    let id = view.package.id;
    delete(&test.app, &actor, id).await.unwrap();
    test.clock.advance(Duration::from_millis(9_999));
    test.settle().await;
    assert!(is_readable(&test, &view.files[0]).await);
    test.clock.advance(Duration::from_millis(1));
    assert_eq!(refusal(undelete(&test.app, &actor, id).await), Refusal::TooLateToUndo);
    test.settle().await;
    assert!(!is_readable(&test, &view.files[0]).await);
    test.clock.advance(Duration::from_mins(1));
    test.settle().await;
    assert!(test.mails().is_empty());
    assert_eq!(count(&test, id, Action::PackageErased).await, 1);
    test.finish().await;
}

#[rstest]
#[tokio::test]
async fn a_removed_file_ends_what_contains_it_and_nothing_else(#[values(Which::Sqlite, Which::Postgres)] which: Which) {
    use download::start::{Target, start};
    let test = TestApp::new(which).await;
    let actor = anna(&test).await;
    let view = sent(&test, &actor, new_package("T", &["ben@example.com"]), &["a.txt", "b.txt", "c.txt"]).await;
    let (id, token) = (view.package.id, token_of(link_of(&view, 0)));
    let visit = opens(&test, &token).await.unwrap().visit;
    let origin = Origin::default();
    let fetch = async |target| {
        let started = start(&test.app, &origin, &token, target, Credentials::visit(Some(&visit))).await.unwrap();
        started.path.split('/').nth(2).unwrap().to_owned()
    };
    let (all, a, b) = (
        fetch(Target::Archive).await,
        fetch(Target::File(view.files[0].id)).await,
        fetch(Target::File(view.files[1].id)).await,
    );
    let (of_a, of_b) = (
        test.app.deliveries.begin(id, None, vec![view.files[0].id, view.files[1].id]),
        test.app.deliveries.begin(id, None, vec![view.files[1].id]),
    );
    remove_file(&test.app, &actor, id, view.files[0].id).await.unwrap();
    assert!(of_a.cut.is_cancelled() && !of_b.cut.is_cancelled());
    drop((of_a, of_b));
    assert!(matches!(serve::by_token(&test.app, &all).await, Err(Error::Gone(_))));
    assert!(matches!(serve::by_token(&test.app, &a).await, Err(Error::Gone(_))));
    serve::by_token(&test.app, &b).await.expect("its sibling is untouched");
    let rest = fetch(Target::Archive).await;
    assert_eq!(serve::by_token(&test.app, &rest).await.unwrap().files().len(), 2);
    assert!(matches!(remove_file(&test.app, &actor, id, view.files[0].id).await, Err(Error::NotFound)));
    remove_file(&test.app, &actor, id, view.files[1].id).await.unwrap();
    assert_eq!(refusal(remove_file(&test.app, &actor, id, view.files[2].id).await), Refusal::LastFile);
    let shown = show(&test.app, &actor, id).await.unwrap().package;
    assert_eq!((shown.file_count, shown.total_bytes), (1, 5));
    test.settle().await;
    assert!(!is_readable(&test, &view.files[0]).await && is_readable(&test, &view.files[2]).await);
    test.finish().await;
}

#[rstest]
#[tokio::test]
async fn what_a_running_download_needs_stays_until_it_is_over_and_no_longer(
    #[values(Which::Sqlite, Which::Postgres)] which: Which,
) {
    use download::start::{Target, start};
    let test = TestApp::new(which).await;
    let actor = anna(&test).await;
    let hour = Policy { expires_in_hours: 1, idle_hours: 0, max_downloads: 0 };
    let waiting = sent(&test, &actor, new_ticket(hour), &["a.txt"]).await;
    let token = token_of(waiting.link.as_ref().unwrap());
    let started = start(&test.app, &Origin::default(), &token, Target::Whole, Credentials::default()).await.unwrap();
    test.clock.advance(Duration::from_millis(1));
    let behind = sent(&test, &actor, new_ticket(hour), &["b.txt"]).await;
    test.clock.advance(Duration::from_hours(1));
    sweep::sweep(&test.app).await.unwrap();
    test.settle().await;
    assert!(is_readable(&test, &waiting.files[0]).await, "its download is usable for 24 hours");
    assert!(!is_readable(&test, &behind.files[0]).await);
    let mut conn = test.app.db.read().await.unwrap();
    let due = store::due_for_erasure(&mut conn, test.now(), None, 1).await.unwrap();
    assert!(due.is_empty(), "it is not even looked at before");
    drop(conn);
    serve::by_token(&test.app, started.path.split('/').nth(2).unwrap()).await.unwrap();
    test.clock.advance(Duration::from_hours(23).saturating_sub(Duration::from_millis(2)));
    sweep::sweep(&test.app).await.unwrap();
    test.settle().await;
    assert!(is_readable(&test, &waiting.files[0]).await);
    test.clock.advance(Duration::from_millis(1));
    sweep::sweep(&test.app).await.unwrap();
    test.settle().await;
    assert!(!is_readable(&test, &waiting.files[0]).await);
    test.finish().await;
}

#[rstest]
#[tokio::test]
async fn a_forgotten_draft_goes_but_not_while_somebody_sends_into_it(
    #[values(Which::Sqlite, Which::Postgres)] which: Which,
) {
    let test = TestApp::new(which).await;
    let actor = anna(&test).await;
    let draft = create(&test.app, &actor, new_package("T", &[])).await.unwrap();
    let id = draft.package.id;
    let file = test.file(&actor, id, "a.txt", b"alpha").await;
    test.clock.advance(Duration::from_hours(29 * 24));
    let path = crate::file::name::RelativePath::parse("late.bin").unwrap();
    begin(
        &test.app,
        &actor,
        id,
        NewUpload { path, size: Some(5), sha256: None, resumable: true, client_metadata: String::new() },
    )
    .await
    .unwrap();
    test.clock.advance(Duration::from_hours(24));
    job::worker::sweep(&test.app).await;
    test.settle().await;
    assert!(is_readable(&test, &file).await, "an upload is under way");
    test.clock.advance(Duration::from_hours(6 * 24) + Duration::from_millis(1));
    job::worker::sweep(&test.app).await;
    job::worker::sweep(&test.app).await;
    test.settle().await;
    assert!(!is_readable(&test, &file).await, "the upload was not continued");
    assert!(matches!(show(&test.app, &actor, id).await, Err(Error::NotFound)));
    test.finish().await;
}

#[rstest]
#[tokio::test]
async fn one_package_that_cannot_be_erased_does_not_stall_the_others(
    #[values(Which::Sqlite, Which::Postgres)] which: Which,
) {
    let test = TestApp::new(which).await;
    let actor = anna(&test).await;
    let hour = Policy { expires_in_hours: 1, idle_hours: 0, max_downloads: 0 };
    let broken = sent(&test, &actor, new_ticket(hour), &["a.txt"]).await;
    let fine = sent(&test, &actor, new_ticket(hour), &["b.txt"]).await;
    let mut tx = test.app.db.begin_write().await.unwrap();
    sql!(tx, run, "UPDATE files SET size = -1 WHERE package_id = $1", broken.package.id).unwrap();
    tx.commit().await.unwrap();
    test.clock.advance(Duration::from_hours(1));
    sweep::sweep(&test.app).await.unwrap();
    test.settle().await;
    assert!(is_readable(&test, &broken.files[0]).await && !is_readable(&test, &fine.files[0]).await);
    test.finish().await;
}

#[rstest]
#[tokio::test]
async fn lists_are_paged_filtered_searched_and_counted(#[values(Which::Sqlite, Which::Postgres)] which: Which) {
    let test = TestApp::new(which).await;
    let actor = anna(&test).await;
    let boss = test.person("Boss", Role::Admin).await;
    let boss = test.actor(&boss).await;
    for n in 0..5 {
        create(&test.app, &actor, new_package(&format!("Draft {n}"), &[])).await.unwrap();
        test.clock.advance(Duration::from_millis(1));
    }
    let sent_one =
        sent(&test, &actor, new_package("Straße ÄPFEL 50%_x", &["ben.o'neil@example.com"]), &["a.txt"]).await;
    let gone = sent(&test, &actor, new_package("Revoked", &["ben@example.com"]), &["a.txt"]).await;
    revoke(&test.app, &actor, gone.package.id).await.unwrap();
    let deleted = create(&test.app, &actor, new_package("Deleted", &[])).await.unwrap();
    delete(&test.app, &actor, deleted.package.id).await.unwrap();
    let ticket =
        sent(&test, &actor, new_ticket(Policy { expires_in_hours: 1, idle_hours: 0, max_downloads: 0 }), &["t"]).await;

    let query = |status, search: &str| Query { status, search: search.into(), limit: 50, ..Query::default() };
    let found = async |query: Query| {
        let page = list(&test.app, &actor, &query).await.unwrap();
        page.items.into_iter().map(|item| item.package.id).collect::<Vec<_>>()
    };
    let mut walked = Vec::new();
    let mut before = None;
    loop {
        let page = list(&test.app, &actor, &Query { before, limit: 3, ..Query::default() }).await.unwrap();
        assert!(page.items.len() <= 3);
        walked.extend(page.items.iter().map(|item| item.package.id));
        before = page.items.last().map(|item| item.package.id);
        if !page.more {
            break;
        }
    }
    assert_eq!(walked, found(query(None, "")).await, "pages make up the whole list");
    assert!(walked.is_sorted_by(|a, b| a > b) && walked.len() == 8, "newest first, without the deleted one");

    for words in
        ["straße", "STRAẞE".to_lowercase().as_str(), "äp str", "neil", "ben.o'neil@example.com", "50", "o neil"]
    {
        assert_eq!(found(query(None, words)).await, [sent_one.package.id], "{words}");
    }
    for words in ["apfel", "_y%", "draft revoked", "xyz"] {
        let hits = found(query(None, words)).await;
        assert!(hits.is_empty(), "{words}: {hits:?}");
    }
    assert_eq!(found(query(None, "draft")).await.len(), 5);
    change(&test.app, &actor, sent_one.package.id, Changes { title: Some("Birnen".into()), ..Changes::default() })
        .await
        .unwrap();
    assert!(found(query(None, "straße")).await.is_empty(), "the index follows the title");
    assert_eq!(found(query(None, "birn")).await, [sent_one.package.id]);

    test.clock.advance(Duration::from_hours(1));
    for swept in [false, true] {
        if swept {
            sweep::sweep(&test.app).await.unwrap();
        }
        assert_eq!(found(query(Some(Status::Expired), "")).await, [ticket.package.id], "swept: {swept}");
        assert_eq!(found(query(Some(Status::Active), "")).await, [sent_one.package.id]);
        assert_eq!(found(query(Some(Status::Revoked), "")).await, [gone.package.id]);
        assert_eq!(found(query(Some(Status::Completed), "")).await, []);
        assert_eq!(found(query(Some(Status::Draft), "dra")).await.len(), 5);
        let mut counted = counts(&test.app, &actor).await.unwrap();
        counted.sort();
        assert_eq!(
            counted,
            [(Status::Draft, 5), (Status::Active, 1), (Status::Expired, 1), (Status::Revoked, 1)]
                .map(|(status, count)| (status, Direction::Outbound, count)),
            "swept: {swept}"
        );
    }
    let tickets = Query { kind: Some(Kind::Ticket), direction: Some(Direction::Outbound), ..query(None, "") };
    assert_eq!(found(tickets).await, [ticket.package.id]);
    let everybody = Query { everybody: true, ..query(None, "draft") };
    assert_eq!(list(&test.app, &boss, &everybody).await.unwrap().items.len(), 5);
    assert!(list(&test.app, &boss, &query(None, "")).await.unwrap().items.is_empty());
    assert!(matches!(list(&test.app, &actor, &everybody).await, Err(Error::Forbidden)));
    let many_words = "draft ".repeat(50) + "a b c d e f g h i j";
    found(query(None, &many_words)).await;
    test.finish().await;
}

#[rstest]
#[tokio::test]
async fn a_watch_wakes_for_changes_of_this_and_other_processes(#[values(Which::Sqlite, Which::Postgres)] which: Which) {
    let test = TestApp::new(which).await;
    let actor = anna(&test).await;
    let id = create(&test.app, &actor, new_package("T", &[])).await.unwrap().package.id;
    let mut one = events::watch_package(&test.app, &actor, id).await.unwrap();
    let mut all = events::watch_all(&test.app, &actor).await.unwrap();
    change(&test.app, &actor, id, Changes { title: Some("U".into()), ..Changes::default() }).await.unwrap();
    assert_eq!(one.changed(&test.app).await.unwrap(), Some(()));
    assert_eq!(all.changed(&test.app).await.unwrap(), Some(()));
    delete(&test.app, &actor, id).await.unwrap();
    assert_eq!(one.changed(&test.app).await.unwrap(), None);
    assert_eq!(all.changed(&test.app).await.unwrap(), Some(()));
    test.clock.advance(Duration::from_secs(10));
    test.finish().await;
}

#[rstest]
#[tokio::test]
async fn revoking_and_starting_at_the_same_time_never_leaves_a_download_that_works(
    #[values(Which::Sqlite, Which::Postgres)] which: Which,
) {
    use download::start::{Target, start};
    let test = TestApp::new(which).await;
    let actor = anna(&test).await;
    let origin = Origin::default();
    for round in 0..10 {
        let view = sent(&test, &actor, new_package("T", &["ben@example.com"]), &["a.txt"]).await;
        let (id, token) = (view.package.id, token_of(link_of(&view, 0)));
        let begin = || start(&test.app, &origin, &token, Target::Whole, Credentials::default());
        let (a, b, revoked, viewed) =
            tokio::join!(begin(), begin(), revoke(&test.app, &actor, id), opens(&test, &token));
        revoked.unwrap();
        assert!(matches!(viewed, Ok(_) | Err(Error::Gone(LinkEnd::Revoked { .. }))), "{round}: {viewed:?}");
        for started in [a, b, begin().await] {
            match started {
                Ok(started) => {
                    let served = serve::by_token(&test.app, started.path.split('/').nth(2).unwrap()).await;
                    assert!(matches!(served, Err(Error::Gone(LinkEnd::Revoked { .. }))), "{round}: {served:?}");
                }
                Err(Error::Gone(LinkEnd::Revoked { .. })) => {}
                Err(other) => panic!("{round}: {other:?}"),
            }
        }
        assert!(begin().await.is_err());
    }
    test.finish().await;
}
