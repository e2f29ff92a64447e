//! The audit log as a stream of lines: JSON lines, or CSV that no spreadsheet executes. A batch is in memory at a time;
//! an export that cannot go on is broken off, never ended as if it were whole.
use axum::body::Body;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::stream;
use http::{HeaderValue, header};
use waybill_core::access::Actor;
use waybill_core::audit::Recorded;
use waybill_core::audit::list::{self, Filter};
use waybill_core::error::Error;
use waybill_core::file::rendering::csv_field;
use waybill_core::ids::AuditEntryId;
use waybill_wire::audit::{AuditEntry, AuditFormat};

use super::audit::entry_body;
use crate::web::Web;

/// Streams the entries. The first batch is read before anything is answered, so that a refusal has its status.
pub async fn answer(web: &Web, actor: &Actor, filter: Filter, format: AuditFormat) -> Result<Response, Error> {
    let first = list::export(&web.app, actor, &filter, None).await?;
    let head = match format {
        AuditFormat::Jsonl => String::new(),
        AuditFormat::Csv => csv_head(),
    };
    let export = Export { web: web.clone(), actor: actor.clone(), filter, format, state: State::Ready { head, first } };
    let lines = stream::try_unfold(export, |mut export| async move {
        let next = export.next().await?;
        Ok::<_, Error>(next.map(|bytes| (bytes, export)))
    });
    let (kind, disposition) = match format {
        AuditFormat::Jsonl => ("application/jsonl", "attachment; filename=\"waybill-audit.jsonl\""),
        AuditFormat::Csv => ("text/csv; charset=utf-8; header=present", "attachment; filename=\"waybill-audit.csv\""),
    };
    let mut response = Body::from_stream(lines).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    response.headers_mut().insert(header::CONTENT_DISPOSITION, HeaderValue::from_static(disposition));
    Ok(response)
}

struct Export {
    web: Web,
    actor: Actor,
    filter: Filter,
    format: AuditFormat,
    state: State,
}

enum State {
    Ready { head: String, first: Vec<Recorded> },
    After(AuditEntryId),
    Over,
}

impl Export {
    async fn next(&mut self) -> Result<Option<Bytes>, Error> {
        let (mut text, batch) = match std::mem::replace(&mut self.state, State::Over) {
            State::Ready { head, first } => (head, first),
            State::After(id) => {
                let batch = list::export(&self.web.app, &self.actor, &self.filter, Some(id)).await;
                let batch = batch.inspect_err(|error| tracing::warn!(%error, "an audit export was broken off"))?;
                (String::new(), batch)
            }
            State::Over => return Ok(None),
        };
        if let Some(last) = batch.last() {
            self.state = State::After(last.id);
        }
        for entry in &batch {
            match self.format {
                AuditFormat::Jsonl => json_line(&entry_body(entry), &mut text),
                AuditFormat::Csv => csv_line(&entry_body(entry), &mut text),
            }
        }
        Ok((!text.is_empty()).then(|| Bytes::from(text)))
    }
}

/// One entry as one line of JSON.
pub fn json_line(entry: &AuditEntry, out: &mut String) {
    out.push_str(&serde_json::to_string(entry).expect("an entry is always JSON"));
    out.push('\n');
}

const COLUMNS: [&str; 13] = [
    "id",
    "at",
    "action",
    "actor_kind",
    "actor_id",
    "actor_name",
    "package_id",
    "user_id",
    "ip",
    "user_agent",
    "details",
    "sequence",
    "hash",
];

/// The header line.
pub fn csv_head() -> String {
    format!("{}\r\n", COLUMNS.join(","))
}

/// One entry as one record (RFC 4180).
pub fn csv_line(entry: &AuditEntry, out: &mut String) {
    let text = |id: Option<uuid::Uuid>| id.map(|id| id.to_string()).unwrap_or_default();
    let kind = serde_json::to_value(entry.actor.kind).ok();
    let cells: [String; COLUMNS.len()] = [
        entry.id.to_string(),
        entry.at.to_string(),
        entry.action.clone(),
        kind.as_ref().and_then(|kind| kind.as_str()).unwrap_or_default().to_owned(),
        text(entry.actor.id),
        entry.actor.name.clone(),
        text(entry.package_id),
        text(entry.user_id),
        entry.ip.clone().unwrap_or_default(),
        entry.user_agent.clone().unwrap_or_default(),
        entry.details.to_string(),
        entry.sequence.map(|sequence| sequence.to_string()).unwrap_or_default(),
        entry.hash.clone().unwrap_or_default(),
    ];
    for (n, cell) in cells.iter().enumerate() {
        if n > 0 {
            out.push(',');
        }
        // Names and agents come from outside: no field becomes a formula in a spreadsheet.
        out.push_str(&csv_field(cell));
    }
    out.push_str("\r\n");
}

#[cfg(test)]
mod tests {
    use waybill_wire::audit::{AuditActor, AuditActorKind};

    use super::*;

    #[test]
    fn what_comes_from_outside_is_one_field_and_never_a_formula() {
        let mut line = String::new();
        let entry = AuditEntry {
            id: uuid::Uuid::nil(),
            at: jiff::Timestamp::UNIX_EPOCH.into(),
            action: "link.viewed".into(),
            actor: AuditActor { kind: AuditActorKind::Link, id: None, name: "=1+1".into() },
            package_id: None,
            user_id: None,
            ip: None,
            user_agent: Some("Mozilla, \"the\" agent".into()),
            details: serde_json::json!({}),
            sequence: None,
            hash: None,
        };
        csv_line(&entry, &mut line);
        assert!(line.contains(",\"'=1+1\",") && line.contains(",\"Mozilla, \"\"the\"\" agent\","), "{line}");
    }
}
