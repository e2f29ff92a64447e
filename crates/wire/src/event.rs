//! What the event streams tell. Each is a server-sent event whose name is `kind` and whose data is the object.
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// Something changed. Streams tell that and where; the package itself tells what it is now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Event {
    pub kind: EventKind,
    /// Null on the stream of all packages when it was none of the newest: ask the list again.
    #[schema(required)]
    pub package_id: Option<Uuid>,
}

/// What kind of change. Of several at once the first that fits is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EventKind {
    /// The package has another status.
    Status,
    /// A file is complete, or was removed.
    File,
    /// Bytes of an unfinished upload arrived, or one began or was dropped.
    Progress,
    /// A download was counted.
    Download,
    /// An e-mail to a recipient got further.
    Mail,
    /// Anything else that a page of the package would show.
    Package,
}

impl EventKind {
    /// The event's name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Status => "status",
            Self::File => "file",
            Self::Progress => "progress",
            Self::Download => "download",
            Self::Mail => "mail",
            Self::Package => "package",
        }
    }
}
