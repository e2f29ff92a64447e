//! Who somebody is, and his API tokens.
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{Secret, Time};

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
    pub created_at: Time,
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
