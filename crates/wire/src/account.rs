//! Who somebody is, and his API tokens.
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{Secret, Time, object};

/// What an account may do on this instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    Admin,
    Regular,
}

/// What an API token may do, within what its account may: `read` looks and fetches, `send` ships outbound, `receive`
/// handles requests and what arrives, `admin` is an administrator's rights.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    Read,
    Send,
    Receive,
    Admin,
}

/// The person behind the request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Me {
    pub id: Uuid,
    #[schema(examples("ann@example.com"))]
    pub email: String,
    #[schema(examples("Ann Example"))]
    pub name: String,
    pub role: Role,
    /// What this request's credential may do, right now.
    pub scopes: Vec<Scope>,
    /// The API token of this request; null in a browser's session.
    #[schema(required)]
    pub token_id: Option<Uuid>,
    pub notices: Notices,
    pub created_at: Time,
}

/// Which e-mails about his own packages somebody gets. A warning before something is erased always comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[expect(clippy::struct_excessive_bools, reason = "they are switches, each for itself")]
pub struct Notices {
    /// Somebody uploaded to a request. On unless switched off.
    pub arrived: bool,
    /// A mail server refused the e-mail to a recipient. On unless switched off.
    pub rejected: bool,
    /// Somebody asks for a new link. On unless switched off.
    pub asked: bool,
    /// A recipient completed a download for the first time.
    pub first_download: bool,
    /// Somebody has not downloaded two days before the end.
    pub not_downloaded: bool,
    /// A package or request ends within a day.
    pub ending_soon: bool,
}

/// What to change about oneself. Absent (or null) leaves a thing as it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MeChanges {
    #[serde(default, deserialize_with = "object::optional")]
    pub notices: Option<NoticeChanges>,
}

/// Which switches to set. Absent (or null) leaves one as it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NoticeChanges {
    #[serde(default)]
    pub arrived: Option<bool>,
    #[serde(default)]
    pub rejected: Option<bool>,
    #[serde(default)]
    pub asked: Option<bool>,
    #[serde(default)]
    pub first_download: Option<bool>,
    #[serde(default)]
    pub not_downloaded: Option<bool>,
    #[serde(default)]
    pub ending_soon: Option<bool>,
}

/// An API token, without its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ApiToken {
    pub id: Uuid,
    #[schema(examples("nightly export"))]
    pub name: String,
    /// Empty: all of the account's rights.
    pub scopes: Vec<Scope>,
    pub created_at: Time,
    /// Null: it does not expire.
    #[schema(required)]
    pub expires_at: Option<Time>,
    /// Its last use, exact to some minutes; null before the first.
    #[schema(required)]
    pub last_used_at: Option<Time>,
}

/// A new API token with its secret, which is shown this once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MadeApiToken {
    #[serde(flatten)]
    pub about: ApiToken,
    /// What goes behind `Authorization: Bearer`.
    pub token: Secret,
}

/// What an API token is to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewApiToken {
    /// 1 to 200 characters, to recognise it by.
    #[schema(examples("nightly export"))]
    pub name: String,
    /// None given: all of the account's rights. Such a token can also make and revoke tokens.
    #[serde(default)]
    pub scopes: Vec<Scope>,
    /// 1 to 3650; absent: it does not expire.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 3650, examples(90))]
    pub expires_in_days: Option<u64>,
}
