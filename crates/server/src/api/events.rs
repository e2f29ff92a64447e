//! Server-sent events: "something that you look at has changed", for live pages and scripts. A stream ends when the right
//! to look ends, and never carries what the package's own answer would not.
use std::collections::VecDeque;
use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::response::sse::{Event as SseEvent, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use http::{HeaderName, HeaderValue};
use waybill_core::access::Actor;
use waybill_core::account::authenticate;
use waybill_core::error::{Error, Result};
use waybill_core::ids::PackageId;
use waybill_core::package::events::{self, Difference, Watch};
use waybill_core::package::{PackageView, show};
use waybill_wire::event::{Event, EventKind};

use super::streams::Place;
use crate::extract::{Caller, Id};
use crate::respond::Problem;
use crate::web::Web;

/// A silent stream says that it lives this often: proxies cut what is silent for a minute.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// Rights are looked up at each event, and at least this often.
const RECHECK_EVERY: Duration = Duration::from_secs(30);
/// What browsers wait before they come back.
const RETRY: Duration = Duration::from_secs(3);

/// Live events of a package
///
/// A stream of server-sent events (`text/event-stream`). Each event's name is its `kind`, its data an `Event`. Changes that
/// come together are told once. Events are not kept: after a break in the connection, look at the package again.
#[utoipa::path(get, path = "/packages/{id}/events", tag = "events", operation_id = "package_events",
    params(("id" = uuid::Uuid, Path)),
    responses((status = 200, description = "The stream", body = Event, content_type = "text/event-stream")))]
pub async fn of_package(
    State(web): State<Web>,
    Caller(actor): Caller,
    Id((id,)): Id<(PackageId,)>,
) -> Result<Response, Problem> {
    let watch = events::watch_package(&web.app, &actor, id).await?;
    let before = show::show(&web.app, &actor, id).await?;
    answer(web, actor, watch, Shows::One(Box::new(before)))
}

/// Live events of all my packages
///
/// As the events of a package: of the newest 200 packages each change is told with its `package_id`, of kind `status`,
/// `file`, `download` or `package`; a change of an older one with null.
#[utoipa::path(get, path = "/events", tag = "events", operation_id = "all_events",
    responses((status = 200, description = "The stream", body = Event, content_type = "text/event-stream")))]
pub async fn of_all(State(web): State<Web>, Caller(actor): Caller) -> Result<Response, Problem> {
    let watch = events::watch_all(&web.app, &actor).await?;
    answer(web, actor, watch, Shows::All)
}

/// One open stream.
pub(super) struct Live {
    pub web: Web,
    pub actor: Actor,
    pub watch: Watch,
    pub shows: Shows,
    pub recheck_every: Duration,
    /// Told next.
    pub waiting: VecDeque<Event>,
    #[expect(dead_code, reason = "held, and given back when the stream ends")]
    pub place: Place,
}

/// What the stream's reader has seen.
pub(super) enum Shows {
    One(Box<PackageView>),
    All,
}

impl Live {
    /// The next event; `None` when the stream is over: access or package ended, the server stops, or the database does
    /// not answer (the reader comes back and is told).
    pub(super) async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.waiting.pop_front() {
                // A slow reader may ask for it much later.
                return self.recheck().await.ok().map(|()| event);
            }
            let stopping = self.web.stopping().clone();
            let changed = tokio::select! {
                () = stopping.cancelled() => return None,
                changed = tokio::time::timeout(self.recheck_every, self.watch.changed(&self.web.app)) => changed,
            };
            match changed {
                Err(_quiet) => self.recheck().await.ok()?,
                Ok(Ok(Some(()))) => self.look().await.ok()?,
                Ok(Ok(None) | Err(_)) => return None,
            }
        }
    }

    async fn recheck(&mut self) -> Result<(), Error> {
        self.actor = authenticate::again(&self.web.app, &self.actor).await?;
        self.watch.require(&self.web.app, &self.actor).await
    }

    /// Looks what changed, and lets it wait to be told.
    async fn look(&mut self) -> Result<(), Error> {
        match &mut self.shows {
            Shows::All => {
                let found = self.watch.differences(&self.web.app).await?;
                self.waiting
                    .extend(found.iter().map(|one| Event { kind: kind_at_a_glance(one), package_id: Some(one.id.0) }));
                if found.is_empty() {
                    self.waiting.push_back(Event { kind: EventKind::Package, package_id: None });
                }
            }
            Shows::One(before) => {
                let id = before.package.id;
                let after = show::show(&self.web.app, &self.actor, id).await?;
                let kind = kind_of(before, &after);
                **before = after;
                self.waiting.push_back(Event { kind, package_id: Some(id.0) });
            }
        }
        Ok(())
    }
}

fn kind_at_a_glance(one: &Difference) -> EventKind {
    let (Some(before), Some(after)) = (one.before, one.after) else { return EventKind::Status };
    if before.status != after.status {
        EventKind::Status
    } else if before.file_count != after.file_count {
        EventKind::File
    } else if before.downloads != after.downloads {
        EventKind::Download
    } else {
        EventKind::Package
    }
}

/// What a change is called; of several the first that fits.
fn kind_of(before: &PackageView, after: &PackageView) -> EventKind {
    let files = |view: &PackageView| view.files.iter().map(|file| file.id).collect::<Vec<_>>();
    let uploads = |view: &PackageView| view.uploads.iter().map(|one| (one.id, one.received)).collect::<Vec<_>>();
    let mails = |view: &PackageView| {
        let state = |person: &waybill_core::package::RecipientView| {
            (person.recipient.id, person.mail.as_ref().map(|mail| (mail.state, mail.state_at)))
        };
        view.recipients.iter().map(state).collect::<Vec<_>>()
    };
    if before.status != after.status {
        EventKind::Status
    } else if files(before) != files(after) {
        EventKind::File
    } else if before.package.downloads != after.package.downloads {
        EventKind::Download
    } else if uploads(before) != uploads(after) {
        EventKind::Progress
    } else if mails(before) != mails(after) {
        EventKind::Mail
    } else {
        EventKind::Package
    }
}

fn answer(web: Web, actor: Actor, watch: Watch, shows: Shows) -> Result<Response, Problem> {
    let place = web.streams().take(actor.id())?;
    let live = Live { web, actor, watch, shows, recheck_every: RECHECK_EVERY, waiting: VecDeque::new(), place };
    let events = stream::unfold(live, |mut live| async move {
        let event = live.next().await?;
        let data = serde_json::to_string(&event).expect("an event is always JSON");
        Some((Ok::<_, Infallible>(SseEvent::default().event(event.kind.name()).retry(RETRY).data(data)), live))
    });
    let heartbeat = KeepAlive::new().interval(HEARTBEAT).text("alive");
    let mut response = Sse::new(events).keep_alive(heartbeat).into_response();
    // nginx would hold events back until its buffer is full.
    response.headers_mut().insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    Ok(response)
}
