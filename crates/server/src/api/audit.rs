//! `/audit`: the log, read by an owner (of his package) or an administrator, exported and verified.
use axum::Json;
use axum::extract::State;
use axum::response::Response;
use uuid::Uuid;
use waybill_core::audit::list::{self as core_list, Filter};
use waybill_core::audit::verify::{Broken, Report, verify_for};
use waybill_core::audit::{Action, Recorded};
use waybill_core::error::{Error, FieldProblem};
use waybill_core::ids::{AccountId, AuditEntryId, PackageId};
use waybill_wire::package::PageQuery;
use waybill_wire::{Page, Time, audit as wire};

use super::audit_export;
use super::paging::{page_of_one_more, paging};
use crate::extract::{Caller, Id, Query};
use crate::respond::Problem;
use crate::web::Web;

/// A page of entries.
type Entries = Result<Json<Page<wire::AuditEntry>>, Problem>;

/// The audit entries of a package
#[utoipa::path(get, path = "/packages/{id}/audit", tag = "audit", operation_id = "package_audit",
    params(("id" = uuid::Uuid, Path), PageQuery), responses((status = 200, body = Page<wire::AuditEntry>)))]
pub async fn of_package(
    State(web): State<Web>,
    Caller(actor): Caller,
    Id((id,)): Id<(PackageId,)>,
    Query(query): Query<PageQuery>,
) -> Entries {
    let part = paging(query.limit, query.cursor.as_deref())?;
    let before = part.before.map(AuditEntryId);
    let found = core_list::of_package(&web.app, &actor, id, before, part.limit + 1).await?;
    Ok(entries(found, part.limit))
}

/// The audit log
///
/// Newest first; for administrators.
#[utoipa::path(get, path = "/audit", tag = "audit", operation_id = "list_audit", params(wire::AuditQuery),
    responses((status = 200, body = Page<wire::AuditEntry>)))]
pub async fn list(State(web): State<Web>, Caller(actor): Caller, Query(query): Query<wire::AuditQuery>) -> Entries {
    let part = paging(query.limit, query.cursor.as_deref())?;
    let wish = Wish {
        action: query.action,
        package_id: query.package_id,
        user_id: query.user_id,
        from: query.from,
        to: query.to,
        text: query.q,
    };
    let before = part.before.map(AuditEntryId);
    let found = core_list::all(&web.app, &actor, &wish.filter()?, before, part.limit + 1).await?;
    Ok(entries(found, part.limit))
}

/// Export the audit log
///
/// Oldest first; for administrators. The answer is broken off visibly when it cannot be completed.
#[utoipa::path(get, path = "/audit/export", tag = "audit", operation_id = "export_audit", params(wire::AuditExportQuery),
    responses((status = 200, description = "The entries, as `format` says", content(
        (wire::AuditEntry = "application/jsonl"), (String = "text/csv")))))]
pub async fn export(
    State(web): State<Web>,
    Caller(actor): Caller,
    Query(query): Query<wire::AuditExportQuery>,
) -> Result<Response, Problem> {
    let wish = Wish {
        action: query.action,
        package_id: query.package_id,
        user_id: query.user_id,
        from: query.from,
        to: query.to,
        text: query.q,
    };
    Ok(audit_export::answer(&web, &actor, wish.filter()?, query.format).await?)
}

/// Verify the audit log
///
/// Walks the whole chain; for administrators. 200 also when something is wrong: read `intact`.
#[utoipa::path(get, path = "/audit/verify", tag = "audit", operation_id = "verify_audit",
    responses((status = 200, body = wire::AuditReport)))]
pub async fn verify(State(web): State<Web>, Caller(actor): Caller) -> Result<Json<wire::AuditReport>, Problem> {
    Ok(Json(report_body(&verify_for(&web.app, &actor).await?)))
}

/// What the log is narrowed to, as the query says it.
struct Wish {
    action: Option<String>,
    package_id: Option<Uuid>,
    user_id: Option<Uuid>,
    from: Option<Time>,
    to: Option<Time>,
    text: Option<String>,
}

impl Wish {
    fn filter(self) -> Result<Filter, Error> {
        let action = match self.action {
            Some(name) => Some(Action::parse(&name).ok_or_else(|| Error::field("action", FieldProblem::Unknown))?),
            None => None,
        };
        Ok(Filter {
            action,
            package: self.package_id.map(PackageId),
            account: self.user_id.map(AccountId),
            from: self.from.map(|time| time.0),
            to: self.to.map(|time| time.0),
            text: self.text.filter(|text| !text.is_empty()),
        })
    }
}

fn entries(found: Vec<Recorded>, limit: u64) -> Json<Page<wire::AuditEntry>> {
    Json(page_of_one_more(found.iter().map(entry_body).collect(), limit, |entry: &wire::AuditEntry| entry.id))
}

/// An entry as the API shows and exports it.
pub fn entry_body(entry: &Recorded) -> wire::AuditEntry {
    wire::AuditEntry {
        id: entry.id.0,
        at: entry.at.into(),
        action: entry.action.name().to_owned(),
        actor: wire::AuditActor {
            kind: actor_kind(&entry.actor_kind),
            id: entry.actor_id,
            name: entry.actor_name.clone(),
        },
        package_id: entry.package_id.map(|id| id.0),
        user_id: entry.account_id.map(|id| id.0),
        ip: entry.ip.clone(),
        user_agent: entry.user_agent.clone(),
        details: entry.details.0.clone(),
        sequence: entry.sequence,
        hash: entry.hash.map(hex::encode),
    }
}

fn actor_kind(name: &str) -> wire::AuditActorKind {
    match name {
        "user" => wire::AuditActorKind::User,
        "token" => wire::AuditActorKind::Token,
        "link" => wire::AuditActorKind::Link,
        "operator" => wire::AuditActorKind::Operator,
        "system" => wire::AuditActorKind::System,
        _ => wire::AuditActorKind::Nobody,
    }
}

fn report_body(report: &Report) -> wire::AuditReport {
    let broken = report.broken.as_ref().map(|broken| {
        let (code, sequence, id) = match broken {
            Broken::Missing { sequence } => (wire::AuditBreakCode::Missing, Some(*sequence), None),
            Broken::Changed { sequence, id } => (wire::AuditBreakCode::Changed, Some(*sequence), Some(id.0)),
            Broken::CutOff { found, .. } => (wire::AuditBreakCode::CutOff, Some(*found), None),
            Broken::Rewritten { found, .. } => (wire::AuditBreakCode::Changed, Some(*found), None),
            Broken::ForeignHead => (wire::AuditBreakCode::ForeignHead, None, None),
        };
        wire::AuditBreak { code, sequence, id, detail: broken.to_string() }
    });
    wire::AuditReport {
        intact: broken.is_none(),
        sealed: report.sealed,
        erased: report.erased,
        unsealed: report.unsealed,
        broken,
    }
}
