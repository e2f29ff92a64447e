//! Commands that look after an instance: the audit log, the stored bytes, the doctor.
use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::house::{House, said};
use sqlx::{ConnectOptions as _, Executor as _, SqliteConnection};

async fn database(house: &House) -> SqliteConnection {
    let file = house.data().join("waybill.sqlite");
    sqlx::sqlite::SqliteConnectOptions::new().filename(file).connect().await.unwrap()
}

/// A house with one package that holds `plan.txt`; answers its blob's path as well.
fn with_a_file() -> (House, PathBuf) {
    let house = House::with_ann();
    let token = house.token();
    let mut server = house.serve();
    let package = r#"{"direction": "outbound", "title": "Plans"}"#;
    let (status, answer) = server.send("POST", "/api/v1/packages", &token, package.as_bytes());
    assert_eq!(status, 201, "{answer}");
    let (_, rest) = answer.split_once("\"id\":\"").unwrap();
    let path = format!("/api/v1/packages/{}/files/plan.txt", &rest[..36]);
    let (status, answer) = server.send("PUT", &path, &token, b"all of the plan");
    assert_eq!(status, 201, "{answer}");
    assert_eq!(server.terminate().code(), Some(0));
    let blobs: Vec<PathBuf> = blobs(&house.data().join("blobs"));
    assert_eq!(blobs.len(), 1, "{blobs:?}");
    let blob = blobs[0].clone();
    (house, blob)
}

fn blobs(root: &Path) -> Vec<PathBuf> {
    let folders = root.read_dir().unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir());
    folders.flat_map(|folder| folder.read_dir().unwrap().map(|entry| entry.unwrap().path())).collect()
}

#[tokio::test]
async fn the_audit_log_verifies_until_somebody_touches_it() {
    let house = House::with_ann();
    house.token();
    assert_eq!(house.ok(["audit", "verify"]), "0 sealed entries, 2 not sealed yet: the audit log is in order\n");
    house.serve_once();
    assert_eq!(house.ok(["audit", "verify"]), "2 sealed entries, 0 not sealed yet: the audit log is in order\n");
    let mut connection = database(&house).await;
    connection.execute("UPDATE audit_entries SET details = '{}' WHERE sequence = 2").await.unwrap();
    let output = house.run(["audit", "verify"]);
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    assert!(output.stdout.is_empty(), "{}", said(&output));
    assert!(
        String::from_utf8_lossy(&output.stderr).starts_with("error: the audit log is broken: entry 2 "),
        "{}",
        said(&output)
    );
    connection.execute("DELETE FROM audit_entries WHERE sequence = 2").await.unwrap();
    let output = house.run(["audit", "verify"]);
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    assert!(said(&output).contains("the end was cut off"), "{}", said(&output));
}

#[test]
fn the_audit_log_is_exported_oldest_first_as_lines_or_as_a_table() {
    let house = House::with_ann();
    let formula = house.run(["user", "add", "--email", "bob@example.com", "--name", "=1+1"]);
    assert!(formula.status.success(), "{}", said(&formula));
    let lines = house.ok(["audit", "export"]);
    let entries: Vec<&str> = lines.lines().collect();
    assert_eq!(entries.len(), 2, "{lines}");
    assert!(entries[0].contains("ann@example.com") && entries[1].contains("bob@example.com"), "{lines}");
    assert!(
        entries.iter().all(|line| line.starts_with("{\"id\":") && line.contains("\"action\":\"user.created\"")),
        "{lines}"
    );
    let table = house.ok(["audit", "export", "--format", "csv"]);
    assert!(table.starts_with("id,at,action,"), "{table}");
    assert_eq!(table.matches("\r\n").count(), 3, "{table}");
}

#[test]
fn a_check_tells_what_is_lost_and_a_deep_one_what_has_changed() {
    let (house, blob) = with_a_file();
    let fine = "1 file with 15 bytes and 0 unfinished uploads are in order\n";
    assert_eq!(house.ok(["fsck"]), fine);
    assert_eq!(house.ok(["fsck", "--deep"]), fine);
    std::fs::write(&blob, b"all of the PLAN").unwrap();
    assert_eq!(house.ok(["fsck"]), fine);
    let output = house.run(["fsck", "--deep"]);
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    assert!(said(&output).contains("(plan.txt): the content has changed"), "{}", said(&output));
    std::fs::write(&blob, b"all").unwrap();
    let output = house.run(["fsck"]);
    assert!(said(&output).contains("(plan.txt): 3 bytes are there instead of 15"), "{}", said(&output));
    std::fs::remove_file(&blob).unwrap();
    let output = house.run(["fsck"]);
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    assert!(said(&output).contains("(plan.txt): the bytes are missing"), "{}", said(&output));
    assert!(said(&output).contains("error: 1 of 1 file lost\nhint: "), "{}", said(&output));
}

#[test]
fn litter_older_than_a_day_is_removed_and_nothing_else() {
    let (house, kept) = with_a_file();
    let litter = |name: &str, age: Duration| {
        let path = kept.with_file_name(format!("{name}{}", &kept.file_name().unwrap().to_str().unwrap()[8..]));
        std::fs::write(&path, b"nobody's").unwrap();
        age_by(&path, age);
        path
    };
    let (old, young) = (litter("00000001", Duration::from_hours(25)), litter("00000002", Duration::from_hours(23)));
    age_by(&kept, Duration::from_hours(1000));
    assert!(house.ok(["fsck"]).contains("2 stored objects with 16 bytes belong to nothing"));
    assert_eq!(
        house.ok(["gc"]),
        "removed 1 stored object with 8 bytes\nleft 1 stored object that changed within the last day\n"
    );
    assert_eq!((old.exists(), young.exists(), kept.exists()), (false, true, true));
    house.ok(["fsck", "--deep"]);
}

fn age_by(path: &Path, age: Duration) {
    let file = File::options().write(true).open(path).unwrap();
    let changed = file.metadata().unwrap().modified().unwrap();
    file.set_modified(changed - age).unwrap();
}

#[test]
fn the_doctor_finds_what_is_open_and_what_does_not_answer() {
    use std::os::unix::fs::PermissionsExt as _;
    let house = House::with_ann();
    let fine = house.ok(["doctor"]);
    assert!(fine.contains("ok       files can be stored and read\n"), "{fine}");
    assert!(fine.contains("warning  no mail server is set"), "{fine}");
    assert!(!fine.contains("bad "), "{fine}");

    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    std::fs::set_permissions(house.data(), std::fs::Permissions::from_mode(0o755)).unwrap();
    let output = house.run(["doctor", "--smtp-url", &format!("smtp://{closed}")]);
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(told.contains("bad      other users can look into "), "{told}");
    assert!(told.contains("bad      the mail server does not work: "), "{told}");
    assert!(said(&output).contains("error: 2 things to look after\n"), "{}", said(&output));
}
