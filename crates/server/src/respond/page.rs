//! Pages as answers: the frame they share, the headers that keep them safe, and the core's errors as pages. Every HTML
//! answer of the server is made here, so none can leave without its headers.
use askama::Template;
use axum::extract::FromRequestParts;
use axum::response::{IntoResponse, Response};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use waybill_core::account::Account;
use waybill_core::error::{Error, LinkEnd, Refusal};
use waybill_core::policy::sentence::{PolicyState, state};
use waybill_core::text::{Language, Text};

use super::problem::{self, sentence};
use crate::extract::Reader;
use crate::pages::assets;
use crate::pages::view::{
    Ask, EndedPage, Ending, Fault, FaultPage, Moment, Person, Place, Shell, SignInPage, SignInProblem, Theme,
};
use crate::web::Web;

/// What a 503 or 507 tells people to wait.
const RETRY_AFTER_S: u64 = 5;

/// No script, style or connection but our own; nobody frames us; forms go to us only.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; \
     img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
/// What a page for shipping files never needs.
const PERMISSIONS_POLICY: &str =
    "accelerometer=(), camera=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), payment=(), usb=()";

/// What surrounds the pages that answer one request. As an extractor it is the frame for somebody who is not signed in.
#[derive(Debug, Clone)]
pub struct Frame {
    pub web: Web,
    pub text: Text,
    /// The zone of all times on the page.
    pub zone: TimeZone,
    person: Option<String>,
}

/// Whose browser a page is for: that decides what other sites learn of its address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    /// People with an account. Our own pages may see where they come from: that is how a forged request is told apart.
    Person,
    /// The holder of a secret link, whose address is told to nobody.
    LinkHolder,
}

/// A refusal that has already become a page; `?` leaves a handler with it.
#[derive(Debug)]
pub struct PageFault(Box<Response>);

impl From<Response> for PageFault {
    fn from(response: Response) -> Self {
        Self(Box::new(response))
    }
}

impl IntoResponse for PageFault {
    fn into_response(self) -> Response {
        *self.0
    }
}

impl FromRequestParts<Web> for Frame {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Self::Rejection> {
        let Ok(reader) = Reader::from_request_parts(parts, web).await;
        Ok(Self::for_reader(web, &reader))
    }
}

impl Frame {
    /// The frame of pages for somebody who is not signed in.
    pub fn for_reader(web: &Web, reader: &Reader) -> Self {
        Self { web: web.clone(), text: reader.text, zone: web.app.site.time_zone.clone(), person: None }
    }

    /// The same for `account`, whose own language and zone win.
    #[must_use]
    pub fn for_account(self, account: &Account) -> Self {
        let language = account.language.as_deref().and_then(Language::parse);
        let zone = account.time_zone.as_deref().and_then(|name| TimeZone::get(name).ok());
        Self {
            text: language.map_or(self.text, Text::new),
            zone: zone.unwrap_or(self.zone),
            person: Some(account.name.clone()),
            web: self.web,
        }
    }

    /// The shell of a page; `place` is the entry of the navigation that the page is.
    pub fn shell(&self, place: Option<Place>) -> Shell {
        Shell {
            t: self.text,
            site_name: self.web.app.site.name.clone(),
            person: self.person.clone().map(|name| Person { name }),
            theme: Theme::System,
            css_url: assets::css_url().to_owned(),
            js_url: assets::js_url().to_owned(),
            icon_url: assets::ICON_URL.to_owned(),
            warnings: if self.person.is_some() { self.web.warnings() } else { Vec::new() },
            place,
        }
    }

    /// An instant as pages show it.
    pub fn moment(&self, at: Timestamp) -> Moment {
        Moment::new(self.text, at, &self.zone)
    }

    /// What the policy of a package says right now, in the reader's words.
    pub fn policy(&self, package: &waybill_core::package::Package, downloads_left: Option<u64>) -> PolicyState {
        let app = &self.web.app;
        state(&package.facts(), &app.site.retention, downloads_left, app.now(), self.text, &self.zone)
    }

    /// A page as an answer, with every header that a page needs.
    pub fn html(&self, status: StatusCode, page: &impl Template, audience: Audience) -> Response {
        let body = match page.render() {
            Ok(body) => body,
            Err(failure) => {
                // Pages are plain data: this cannot happen short of a mistake in a template.
                let reference = problem::reference();
                problem::log(&Error::Internal(format!("a page could not be written: {failure}")), &reference);
                return (StatusCode::INTERNAL_SERVER_ERROR, reference).into_response();
            }
        };
        let mut response = (status, body).into_response();
        dress(response.headers_mut(), audience);
        response
    }

    /// A page for somebody with an account, or about to sign in.
    pub fn page(&self, page: &impl Template) -> Response {
        self.html(StatusCode::OK, page, Audience::Person)
    }

    /// The error as a page for somebody with an account: written down if it is ours, with the status it means.
    pub fn fault(&self, error: Error) -> PageFault {
        self.refusal(error, Audience::Person, None)
    }

    /// As [`Frame::fault`], leading on to `back_url`.
    pub fn fault_leading_to(&self, error: Error, back_url: String) -> PageFault {
        self.refusal(error, Audience::Person, Some(back_url))
    }

    /// The error as a page.
    pub fn refusal(&self, error: Error, audience: Audience, back_url: Option<String>) -> PageFault {
        let status = problem::status(&error);
        let reference = status.is_server_error().then(|| {
            let reference = problem::reference();
            problem::log(&error, &reference);
            reference
        });
        let fault = match &error {
            Error::Unauthenticated => return self.signed_out(None),
            Error::Gone(end) => return self.gone(*end, audience),
            Error::NotFound => Fault::NotFound,
            // The public routes answer with the form for the password; elsewhere there are no locks.
            Error::Forbidden | Error::Locked(_) => Fault::Forbidden,
            Error::Refused(_) => Fault::Conflict,
            Error::Invalid(_) | Error::ContentMismatch | Error::ChunkMismatch => Fault::Invalid,
            Error::TooLarge { .. } => Fault::TooLarge,
            Error::TooMany { retry_after_s } => Fault::TooMany { retry_after_s: *retry_after_s },
            Error::NoSpace => Fault::NoSpace,
            Error::Unavailable(_) => Fault::Unavailable,
            Error::Internal(_) => Fault::Internal,
        };
        let detail = match &error {
            Error::Refused(_) | Error::TooLarge { .. } | Error::ContentMismatch | Error::ChunkMismatch => {
                Some(sentence(&error, self.text, None))
            }
            // The heading and the advice of the page say the same as the sentence would.
            Error::NotFound
            | Error::Unauthenticated
            | Error::Forbidden
            | Error::Locked(_)
            | Error::Invalid(_)
            | Error::TooMany { .. }
            | Error::Gone(_)
            | Error::NoSpace
            | Error::Unavailable(_)
            | Error::Internal(_) => None,
        };
        let wait = match &error {
            Error::TooMany { retry_after_s } | Error::Refused(Refusal::Downloading { retry_after_s }) => {
                Some(*retry_after_s)
            }
            Error::NoSpace | Error::Unavailable(_) => Some(RETRY_AFTER_S),
            _ => None,
        };
        let page = FaultPage { shell: self.shell(None), fault, detail, reference, back_url };
        let status = StatusCode::from_u16(fault.status()).expect("the faults' numbers are status codes");
        let mut response = self.html(status, &page, audience);
        if let Some(seconds) = wait {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response.into()
    }

    /// 401: whoever this is, he has to sign in (again) first; then he is led to `next`.
    pub fn signed_out(&self, next: Option<String>) -> PageFault {
        let problem = Some(SignInProblem::SessionOver);
        let page = SignInPage { shell: self.shell(None), email: String::new(), next, problem };
        self.html(StatusCode::UNAUTHORIZED, &page, Audience::Person).into()
    }

    /// 410 where nothing is said about the package.
    fn gone(&self, end: LinkEnd, audience: Audience) -> PageFault {
        let page = EndedPage {
            shell: self.shell(None),
            ending: self.ending(end),
            token: String::new(),
            sender: None,
            title: None,
            ask: Ask::NotPossible,
        };
        self.html(StatusCode::GONE, &page, audience).into()
    }

    /// Why a link ended, as pages say it.
    pub fn ending(&self, end: LinkEnd) -> Ending {
        match end {
            LinkEnd::Unknown => Ending::Unknown,
            LinkEnd::Expired { at } => Ending::Expired { at: self.moment(at) },
            LinkEnd::Completed { at } => Ending::Completed { at: self.moment(at) },
            LinkEnd::Revoked { at } => Ending::Revoked { at: self.moment(at) },
        }
    }
}

/// 303 to one of our own paths: the answer to a form that did what it was to do.
pub fn see_other(path: &str) -> Response {
    let location = HeaderValue::try_from(path).expect("our own paths are made of printable ASCII");
    let mut response = StatusCode::SEE_OTHER.into_response();
    response.headers_mut().insert(header::LOCATION, location);
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// The headers of every page. All pages are personal or secret, so none is kept by a cache or found by a search.
fn dress(headers: &mut HeaderMap, audience: Audience) {
    let referrer = match audience {
        Audience::Person => "same-origin",
        Audience::LinkHolder => "no-referrer",
    };
    let fixed: [(HeaderName, &'static str); 10] = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
        (header::REFERRER_POLICY, referrer),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::CACHE_CONTROL, "no-store"),
        (HeaderName::from_static("x-robots-tag"), "noindex, nofollow, noarchive"),
        (HeaderName::from_static("permissions-policy"), PERMISSIONS_POLICY),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ];
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
}
