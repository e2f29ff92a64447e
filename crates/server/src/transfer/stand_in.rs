//! Answers that the API gives better once it is there.
use waybill_core::package::File;

pub fn file_body(file: &File) -> serde_json::Value {
    serde_json::json!({
        "id": file.id, "name": file.name(), "relative_path": file.relative_path, "size": file.size,
        "sha256": hex::encode(file.sha256),
    })
}
