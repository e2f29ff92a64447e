//! Long random stories of a few visitors at one link: the databases must go through each as the model of the rules does.
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use rstest::rstest;

use super::counting::model::{Act, House};
use super::limit_tests::{DAY, MINUTE, Response, SLICE, another, ticket, visit};
use super::start::{Started, Target};
use super::store;
use super::tests::{Shipment, content, press};
use crate::app::App;
use crate::db::testing::Which;
use crate::link::store as links;
use crate::testing::TestApp;

#[rstest]
#[tokio::test]
async fn any_story_goes_on_the_database_as_in_the_model(#[values(Which::Sqlite, Which::Postgres)] which: Which) {
    const PEOPLE: usize = 4;
    let test = TestApp::new(which).await;
    let first = ticket(&test, 1, 5).await;
    let act = prop_oneof![
        4 => Just(Act::Press), 6 => Just(Act::Step), 3 => Just(Act::End), 1 => Just(Act::Crash),
        2 => Just(Act::Minute), 1 => Just(Act::Day),
    ];
    let stories = (1_u64..4, prop::collection::vec((0..PEOPLE, act), 30..60));
    let mut runner = TestRunner::deterministic();
    for _ in 0..12 {
        let (max, story) = stories.new_tree(&mut runner).unwrap().current();
        // Two units: the last slice, and as much before it.
        let shipment = another(&test, &first, max, 2 * SLICE).await;
        let link = shipment.view.link.as_ref().unwrap().link.id;
        let mut house = House::new(max, 2, PEOPLE);
        let mut people: Vec<(String, Option<Started>, Option<Response>)> = Vec::new();
        for _ in 0..PEOPLE {
            people.push((visit(&test, &shipment).await, None, None));
        }
        for (n, (person, act)) in story.iter().enumerate() {
            house.act(*person, *act);
            play(&test, &shipment, &mut people, *person, *act).await;
            let mut conn = test.app.db.read().await.unwrap();
            let link = links::by_id(&mut conn, link).await.unwrap().unwrap();
            let open = store::reservations(&mut conn, link.id).await.unwrap().len();
            let real = (link.downloads, link.releases, open);
            assert_eq!(real, (house.counted, house.releases, house.open().len()), "at {n} of {story:?} with {max}");
        }
    }
    test.finish().await;
}

type Visitor = (String, Option<Started>, Option<Response>);

/// Does in the house what the model did in itself.
async fn play(test: &TestApp, shipment: &Shipment, people: &mut [Visitor], person: usize, act: Act) {
    let app = &test.app;
    let (visit, started, response) = &mut people[person];
    match act {
        Act::Press => {
            if let Ok(got) = press(app, &shipment.token, Target::Whole, Some(visit)).await {
                *started = Some(got);
            }
        }
        Act::Step => {
            if let Some(response) = response {
                let next = response.sent + SLICE;
                let _ = response.send(app, next).await;
            } else if let Some(url) = started {
                *response = next_response(app, url).await;
            }
        }
        Act::End => {
            if let Some(response) = response.take() {
                response.end(app).await;
            }
        }
        Act::Crash => people.iter_mut().for_each(|(_, _, response)| *response = None),
        Act::Minute | Act::Day => {
            test.clock.advance(if act == Act::Minute { MINUTE } else { DAY });
            for (_, _, response) in people.iter().filter(|(_, _, response)| response.is_some()) {
                let counted = response.as_ref().unwrap().content.counted.as_ref().unwrap();
                let mut tx = app.db.begin_write().await.unwrap();
                store::mark_active(&mut tx, counted.download, app.now()).await.unwrap();
                tx.commit().await.unwrap();
            }
        }
    }
}

/// A response for what is missing, with its first unit sent.
async fn next_response(app: &App, started: &Started) -> Option<Response> {
    let covered = content(app, started).await.ok()?.counted?.covered;
    let from = covered.missing(started.size).first().map_or(SLICE, |missing| missing.start);
    let mut response = Response::begin(app, started, from..started.size).await.ok()?;
    response.send(app, SLICE).await.ok()?;
    Some(response)
}
