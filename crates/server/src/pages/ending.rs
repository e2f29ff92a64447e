//! What an owner's page does about a package's end: one press extends it, a form changes its policy, another one what its
//! links ask for.
use axum::response::Response;
use waybill_core::error::{Error, FieldError, FieldProblem};
use waybill_core::limits::{POLICY_COUNT_MAX, POLICY_HOURS_MAX};
use waybill_core::package::change::{Changes, PasswordChange, change};
use waybill_core::package::{Direction, Kind, Package, PackageView, extend as longer, show as look};
use waybill_core::policy::{PolicyChange, Status};

use super::fields::Fields;
use super::package::{self, OnePackage, read, to_page_saying, url};
use super::problems;
use super::view::package::Done;
use super::view::policy_form::{PasswordForm, PolicyForm, Unit};
use crate::extract::Person;
use crate::respond::{Audience, PageFault};

const HOURS_PER_DAY: u64 = 24;

/// `POST /packages/{id}/extend`: the same hours again from now.
pub async fn extend(person: Person, id: OnePackage) -> Result<Response, PageFault> {
    let id = read(&person, id)?;
    let done = longer::extend(&person.frame.web.app, &person.actor, id, None).await;
    done.map(|_| to_page_saying(id, Done::Extended)).map_err(|e| person.frame.fault_leading_to(e, url(id)))
}

/// `POST /packages/{id}/policy` with `expires_in`, `expires_unit`, `idle_hours` and `max_downloads`; a field that is not
/// sent stays as it is. 422 with the page again.
pub async fn policy(person: Person, id: OnePackage, fields: Fields) -> Result<Response, PageFault> {
    let id = read(&person, id)?;
    let Person { actor, frame } = &person;
    let app = &frame.web.app;
    let view = look::show(app, actor, id).await.map_err(|e| frame.fault(e))?;
    let changed = match wish(&fields, &view.package, app.site.expiry_days_max) {
        Ok(policy) => change(app, actor, id, Changes { policy: Some(policy), ..Changes::default() }).await.map(drop),
        Err(wrong) => Err(Error::Invalid(wrong)),
    };
    let Err(refused) = changed else { return Ok(to_page_saying(id, Done::PolicyChanged)) };
    if matches!(refused, Error::Refused(_)) {
        return Err(frame.fault_leading_to(refused, url(id)));
    }
    let refused = problems::of(refused, frame.text, place).map_err(|e| frame.fault_leading_to(e, url(id)))?;
    let standing = Forms::of(&view, app.site.expiry_days_max);
    let form = PolicyForm {
        expires_in: fields.get("expires_in").to_owned(),
        unit: Unit::parse(fields.get("expires_unit")).unwrap_or_default(),
        idle_hours: fields.get("idle_hours").to_owned(),
        max_downloads: fields.get("max_downloads").to_owned(),
        problems: refused.problems,
        ..standing.policy.unwrap_or_default()
    };
    let page = package::page_of(&person, &view, Forms { policy: Some(form), ..standing }).await?;
    Ok(frame.html(refused.status, &page, Audience::Person))
}

/// `POST /packages/{id}/password` with `password`: the links ask for this one from now on. 422 with the page again.
pub async fn set_password(person: Person, id: OnePackage, fields: Fields) -> Result<Response, PageFault> {
    let id = read(&person, id)?;
    let Person { actor, frame } = &person;
    let app = &frame.web.app;
    let password = Some(PasswordChange::Set(fields.secret("password")));
    let changed = change(app, actor, id, Changes { password, ..Changes::default() }).await;
    let refused = match changed {
        Ok(_) => return Ok(to_page_saying(id, Done::PasswordSet)),
        Err(Error::Invalid(wrong)) => Error::Invalid(wrong),
        Err(error) => return Err(frame.fault_leading_to(error, url(id))),
    };
    let refused = problems::of(refused, frame.text, place).map_err(|e| frame.fault_leading_to(e, url(id)))?;
    let view = look::show(app, actor, id).await.map_err(|e| frame.fault(e))?;
    let standing = Forms::of(&view, app.site.expiry_days_max);
    let form = PasswordForm { problems: refused.problems, ..standing.password.unwrap_or_default() };
    let page = package::page_of(&person, &view, Forms { password: Some(form), ..standing }).await?;
    Ok(frame.html(refused.status, &page, Audience::Person))
}

/// `POST /packages/{id}/password/remove`: the links open without one.
pub async fn remove_password(person: Person, id: OnePackage) -> Result<Response, PageFault> {
    let id = read(&person, id)?;
    let password = Some(PasswordChange::Remove);
    let changes = Changes { password, ..Changes::default() };
    let done = change(&person.frame.web.app, &person.actor, id, changes).await;
    done.map(|_| to_page_saying(id, Done::PasswordRemoved)).map_err(|e| person.frame.fault_leading_to(e, url(id)))
}

/// The forms about a package's end.
#[derive(Debug, Default)]
pub(super) struct Forms {
    pub policy: Option<PolicyForm>,
    pub password: Option<PasswordForm>,
}

impl Forms {
    /// The forms as the package stands; none where nothing can change it any more.
    pub(super) fn of(view: &PackageView, expiry_days_max: u64) -> Self {
        if view.status == Status::Revoked || view.package.erased_at.is_some() {
            return Self::default();
        }
        let is_set = view.package.has_password();
        let password = PasswordForm { is_set, problems: super::view::Problems::none() };
        Self { policy: Some(policy_form(&view.package, expiry_days_max)), password: Some(password) }
    }
}

fn policy_form(package: &Package, expiry_days_max: u64) -> PolicyForm {
    let hours = package.expires_in_hours;
    let unit = if hours.is_multiple_of(HOURS_PER_DAY) { Unit::Days } else { Unit::Hours };
    PolicyForm {
        expires_in: shown(hours / unit.hours()),
        unit,
        idle_hours: shown(package.idle_hours),
        max_downloads: shown(package.max_downloads),
        days_max: (package.kind == Kind::Package).then_some(expiry_days_max),
        has_limits: !(package.direction == Direction::Inbound && package.kind == Kind::Package),
        problems: super::view::Problems::none(),
    }
}

/// A number of a policy as a field shows it: nothing where the rule is off.
pub(super) fn shown(number: u64) -> String {
    if number == 0 { String::new() } else { number.to_string() }
}

/// A number as it was typed: nothing is 0, which switches a rule off.
pub(super) fn typed(text: &str, field: &str, max: u64) -> Result<u64, FieldError> {
    match text.trim() {
        "" => Ok(0),
        text => text
            .parse()
            .map_err(|_| FieldError { field: field.to_owned(), problem: FieldProblem::OutOfRange { min: 0, max } }),
    }
}

fn wish(fields: &Fields, package: &Package, expiry_days_max: u64) -> Result<PolicyChange, Vec<FieldError>> {
    let mut wrong = Vec::new();
    let mut number = |name: &str, max: u64| {
        let text = fields.all(name).next()?;
        typed(text, &format!("policy.{name}"), max).map_err(|error| wrong.push(error)).ok()
    };
    let idle_hours = number("idle_hours", POLICY_HOURS_MAX);
    let max_downloads = number("max_downloads", POLICY_COUNT_MAX);
    let unit = Unit::parse(fields.get("expires_unit")).unwrap_or_default();
    // In the words of the form: a person who typed days is told days.
    let (min, hours_max) = (u64::from(package.kind == Kind::Package), package.kind.total_hours_max(expiry_days_max));
    let max = hours_max / unit.hours();
    let total = number("expires_in", max);
    let expires_in_hours = total.filter(|count| (min..=max).contains(count)).map(|count| count * unit.hours());
    if total.is_some() && expires_in_hours.is_none() {
        let problem = FieldProblem::OutOfRange { min, max };
        wrong.push(FieldError { field: "policy.expires_in".into(), problem });
    }
    if wrong.is_empty() { Ok(PolicyChange { expires_in_hours, idle_hours, max_downloads }) } else { Err(wrong) }
}

/// The page's field for a field of the API.
fn place(field: &str) -> String {
    match field.strip_prefix("policy.").unwrap_or(field) {
        "expires_in_hours" => "expires_in".to_owned(),
        name => name.to_owned(),
    }
}
