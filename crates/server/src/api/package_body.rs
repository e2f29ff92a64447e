//! How packages, files, uploads and policies look outside. Pure mapping: what the core decided, in the API's words.
use waybill_core::app::App;
use waybill_core::mail::MailState;
use waybill_core::package::list::Listed;
use waybill_core::package::{Addressee, Direction, File, Kind, Package, PackageView, RecipientView, UploadView};
use waybill_core::policy::{Policy, PolicyChange, Rule, Status, sentence};
use waybill_core::text::Text;
use waybill_wire::package as wire;

/// A package with everything its owner may see; the policy's sentence in the words of `text`.
pub fn package_body(app: &App, view: &PackageView, text: Text) -> wire::Package {
    let package = &view.package;
    wire::Package {
        id: package.id.0,
        owner: wire::Owner { id: package.owner_id.0, name: view.owner_name.clone() },
        direction: direction_body(package.direction),
        kind: kind_body(package.kind),
        title: package.title.clone(),
        note: package.note.clone(),
        status: status_body(view.status),
        policy: policy_body(package.policy()),
        policy_state: policy_state(app, package, view.downloads_left(), text),
        notify: package.notify.0.clone(),
        has_password: package.has_password(),
        created_at: package.created_at.into(),
        finalized_at: package.finalized_at.map(Into::into),
        revoked_at: package.revoked_at.map(Into::into),
        erased_at: package.erased_at.map(Into::into),
        downloads: package.downloads,
        last_download_at: package.last_download_at.map(Into::into),
        url: view.link.as_ref().map(|link| link.url.clone()),
        recipients: view.recipients.iter().map(|recipient| recipient_body(recipient, view.status)).collect(),
        files: view.files.iter().map(file_body).collect(),
        uploads: view.uploads.iter().map(upload_body).collect(),
        total_bytes: package.total_bytes,
    }
}

/// One line of the list.
pub fn summary_body(app: &App, listed: &Listed, text: Text) -> wire::PackageSummary {
    let package = &listed.package;
    wire::PackageSummary {
        id: package.id.0,
        owner_id: package.owner_id.0,
        direction: direction_body(package.direction),
        kind: kind_body(package.kind),
        title: package.title.clone(),
        status: status_body(listed.status),
        policy: policy_body(package.policy()),
        policy_state: policy_state(app, package, listed.downloads_left, text),
        created_at: package.created_at.into(),
        finalized_at: package.finalized_at.map(Into::into),
        erased_at: package.erased_at.map(Into::into),
        downloads: package.downloads,
        last_download_at: package.last_download_at.map(Into::into),
        recipient_names: listed.with.clone(),
        recipient_count: listed.recipient_count,
        file_count: package.file_count,
        total_bytes: package.total_bytes,
    }
}

/// A complete file.
pub fn file_body(file: &File) -> wire::File {
    wire::File {
        id: file.id.0,
        name: file.name().to_owned(),
        relative_path: file.relative_path.clone(),
        size: file.size,
        sha256: hex::encode(file.sha256),
        crc32: format!("{:08x}", file.crc32),
        content_type: file.content_type.clone(),
        uploaded_at: file.uploaded_at.into(),
        transfer: wire::Transfer {
            bytes: file.wire_bytes,
            duration_ms: file.wire_ms,
            bytes_per_second: rate(file.wire_bytes, file.wire_ms),
        },
    }
}

fn rate(bytes: u64, milliseconds: u64) -> Option<u64> {
    let rate = (u128::from(bytes) * 1_000).checked_div(u128::from(milliseconds))?;
    Some(u64::try_from(rate).unwrap_or(u64::MAX))
}

fn recipient_body(view: &RecipientView, package: Status) -> wire::Recipient {
    let link = view.link.as_ref();
    wire::Recipient {
        id: view.recipient.id.0,
        name: view.recipient.name.clone(),
        email: view.recipient.email.clone(),
        url: link.map(|link| link.url.clone()),
        status: status_body(link.map_or(package, |link| link.status)),
        mail_status: view.mail.as_ref().map(|mail| mail_status(mail.state)),
        mail_answer: view.mail.as_ref().and_then(|mail| mail.answer.clone()),
        opened_at: link.and_then(|link| link.link.opened_at).map(Into::into),
        uses: link.map_or(0, |link| link.link.uses),
        last_used_at: link.and_then(|link| link.link.last_used_at).map(Into::into),
        downloads: link.map_or(0, |link| link.link.downloads),
        last_download_at: link.and_then(|link| link.link.last_download_at).map(Into::into),
        broke_off: link
            .and_then(|link| link.link.broke_off())
            .map(|(at, percent)| wire::BrokeOff { at: at.into(), percent }),
    }
}

fn upload_body(upload: &UploadView) -> wire::Upload {
    wire::Upload {
        id: upload.id.0,
        name: upload.relative_path.rsplit('/').next().unwrap_or_default().to_owned(),
        relative_path: upload.relative_path.clone(),
        size: upload.size,
        offset: upload.received,
        updated_at: upload.updated_at.into(),
        url: upload.path.clone(),
    }
}

fn policy_body(policy: Policy) -> wire::Policy {
    wire::Policy {
        expires_in_hours: policy.expires_in_hours,
        idle_hours: policy.idle_hours,
        max_downloads: policy.max_downloads,
    }
}

fn policy_state(app: &App, package: &Package, downloads_left: Option<u64>, text: Text) -> wire::PolicyState {
    let (facts, site) = (package.facts(), &app.site);
    let state = sentence::state(&facts, &site.retention, downloads_left, app.now(), text, &site.time_zone);
    wire::PolicyState {
        rule: state.rule.map(rule_body),
        at: state.at.map(Into::into),
        ended: state.ended,
        erased_at: state.erased_at.map(Into::into),
        sentence: state.sentence,
    }
}

/// A policy as it is wished.
pub fn read_policy(wish: wire::PolicyWish) -> PolicyChange {
    PolicyChange {
        expires_in_hours: wish.expires_in_hours,
        idle_hours: wish.idle_hours,
        max_downloads: wish.max_downloads,
    }
}

/// Recipients as they are given.
pub fn read_recipients(given: Vec<wire::Addressee>) -> Vec<Addressee> {
    given.into_iter().map(|one| Addressee { name: one.name, email: one.email }).collect()
}

pub fn read_direction(direction: wire::Direction) -> Direction {
    match direction {
        wire::Direction::Outbound => Direction::Outbound,
        wire::Direction::Inbound => Direction::Inbound,
    }
}

pub fn read_kind(kind: wire::Kind) -> Kind {
    match kind {
        wire::Kind::Package => Kind::Package,
        wire::Kind::Ticket => Kind::Ticket,
        wire::Kind::Received => Kind::Received,
    }
}

pub fn read_status(status: wire::Status) -> Status {
    match status {
        wire::Status::Draft => Status::Draft,
        wire::Status::Active => Status::Active,
        wire::Status::Expired => Status::Expired,
        wire::Status::Completed => Status::Completed,
        wire::Status::Revoked => Status::Revoked,
    }
}

fn direction_body(direction: Direction) -> wire::Direction {
    match direction {
        Direction::Outbound => wire::Direction::Outbound,
        Direction::Inbound => wire::Direction::Inbound,
    }
}

fn kind_body(kind: Kind) -> wire::Kind {
    match kind {
        Kind::Package => wire::Kind::Package,
        Kind::Ticket => wire::Kind::Ticket,
        Kind::Received => wire::Kind::Received,
    }
}

fn status_body(status: Status) -> wire::Status {
    match status {
        Status::Draft => wire::Status::Draft,
        Status::Active => wire::Status::Active,
        Status::Expired => wire::Status::Expired,
        Status::Completed => wire::Status::Completed,
        Status::Revoked => wire::Status::Revoked,
    }
}

fn rule_body(rule: Rule) -> wire::Rule {
    match rule {
        Rule::Total => wire::Rule::Total,
        Rule::Idle => wire::Rule::Idle,
        Rule::Limit => wire::Rule::Limit,
        Rule::Closed => wire::Rule::Closed,
    }
}

fn mail_status(state: MailState) -> wire::MailStatus {
    match state {
        MailState::Queued => wire::MailStatus::Queued,
        MailState::Sending => wire::MailStatus::Sending,
        MailState::Sent => wire::MailStatus::Sent,
        MailState::Deferred => wire::MailStatus::Deferred,
        MailState::Rejected => wire::MailStatus::Rejected,
        MailState::Unknown => wire::MailStatus::Unknown,
        MailState::Cancelled => wire::MailStatus::Cancelled,
    }
}
