//! What the holder of a link is shown, for programs: `GET /p/{token}` with `Accept: application/json`.
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::package::PolicyState;

/// A package behind a link that opens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Landing {
    pub title: String,
    pub note: String,
    pub sender: Party,
    /// Whom the link was made for; absent where it is anybody's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recipient: Option<Party>,
    pub policy_state: PolicyState,
    pub files: Vec<LandingFile>,
    pub total_bytes: u64,
    /// The exact length of the ZIP with all files.
    pub archive_bytes: u64,
    /// Downloads that are left on this link; absent without a limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub downloads_left: Option<u64>,
    /// Groups requests into one download: send it with `POST /p/{token}...`.
    pub visit: String,
}

/// Somebody at one end of a package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Party {
    pub name: String,
}

/// A complete file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LandingFile {
    pub id: Uuid,
    pub name: String,
    /// `/`-separated, with the name at its end.
    pub relative_path: String,
    pub size: u64,
    /// 64 hexadecimal digits.
    pub sha256: String,
    pub content_type: String,
}
