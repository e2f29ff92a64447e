//! The fields of a form as a browser sends them (`application/x-www-form-urlencoded`).
use axum::extract::{FromRequest, Request};
use secrecy::SecretString;
use waybill_core::error::Error;

use crate::respond::{Frame, PageFault};
use crate::web::Web;

/// Bytes of a form without files: a note in a script that takes nine bytes a letter fits.
const FORM_BYTES_MAX: usize = 128 * 1024;

/// The fields of a form, repeated ones too. A field that was not sent is empty.
#[derive(Debug)]
pub struct Fields(Vec<(String, String)>);

impl FromRequest<Web> for Fields {
    type Rejection = PageFault;

    async fn from_request(request: Request, web: &Web) -> Result<Self, PageFault> {
        use axum::extract::FromRequestParts as _;
        let (mut parts, body) = request.into_parts();
        let body = axum::body::to_bytes(body, FORM_BYTES_MAX).await;
        let Ok(frame) = Frame::from_request_parts(&mut parts, web).await;
        let limit_bytes = u64::try_from(FORM_BYTES_MAX).expect("a small number fits");
        let body = body.map_err(|_| frame.fault(Error::TooLarge { limit_bytes }))?;
        Ok(Self(form_urlencoded::parse(&body).into_owned().collect()))
    }
}

impl Fields {
    /// The first field of this name.
    pub(super) fn get<'a>(&'a self, name: &'a str) -> &'a str {
        self.all(name).next().unwrap_or_default()
    }

    pub(super) fn secret(&self, name: &str) -> SecretString {
        self.get(name).into()
    }

    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}
