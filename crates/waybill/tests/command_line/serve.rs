//! `waybill serve` from its first start to its end, however that comes.
use std::time::{Duration, Instant};

use crate::house::{House, request, said};

#[test]
fn it_serves_on_the_port_it_names_and_ends_with_0_when_asked() {
    let house = House::with_ann();
    let token = house.token();
    let mut server = house.serve();
    assert_eq!(server.heard, [format!("listening on {}", server.base)]);
    assert_eq!(server.get("/healthz"), (200, "ok\n".into()));
    assert_eq!(server.get("/readyz"), (200, "ready\n".into()));
    assert_eq!(server.send("GET", "/api/v1/me", &token, b"").0, 200);
    assert_eq!(server.terminate().code(), Some(0), "{:#?}", server.heard);
    assert!(
        !server.heard.iter().any(|line| line.contains("ERROR") || line.contains("panicked")),
        "{:#?}",
        server.heard
    );
}

#[test]
fn ctrl_c_ends_it_as_well() {
    let house = House::with_ann();
    let mut server = house.serve();
    server.signal("INT");
    assert_eq!(server.wait().code(), Some(0), "{:#?}", server.heard);
}

#[test]
fn a_second_server_on_one_folder_is_refused_and_commands_are_not() {
    let house = House::with_ann();
    let mut server = house.serve();
    let second = house.run(["serve", "--listen", "127.0.0.1:0"]);
    assert_eq!(second.status.code(), Some(1), "{}", said(&second));
    let stderr = String::from_utf8_lossy(&second.stderr);
    assert!(stderr.starts_with("error: another server (process ") && stderr.contains("\nhint: "), "{stderr}");
    house.token();
    house.ok(["audit", "verify"]);
    house.ok(["fsck", "--deep"]);
    house.ok(["gc"]);
    assert_eq!(server.get("/readyz").0, 200);
    assert_eq!(server.terminate().code(), Some(0));
    house.serve_once();
}

#[test]
fn it_starts_within_five_seconds_after_it_was_killed() {
    let house = House::with_ann();
    let token = house.token();
    for round in 1..=5 {
        let started = Instant::now();
        let mut server = house.serve();
        assert!(started.elapsed() < Duration::from_secs(5), "round {round}: {:?}", started.elapsed());
        let package = r#"{"direction": "outbound", "title": "Plans"}"#;
        let (status, answer) = server.send("POST", "/api/v1/packages", &token, package.as_bytes());
        assert_eq!(status, 201, "{answer}");
        server.kill();
    }
    let server = house.serve();
    let (status, list) = server.send("GET", "/api/v1/packages", &token, b"");
    assert_eq!((status, list.matches("\"Plans\"").count()), (200, 5), "{list}");
}

#[test]
fn the_setup_address_is_shown_until_there_is_an_administrator() {
    let house = House::new();
    let mut server = house.serve();
    let line = server.line("setup: ");
    let token = line.strip_prefix(&format!("setup: {}/setup/", server.base)).unwrap_or_default();
    assert_eq!(token.len(), 43, "{line}");
    assert_eq!(server.get(&format!("/setup/{token}")).0, 200);
    assert_eq!(server.terminate().code(), Some(0));
    let admin = ["user", "add", "--email", "ann@example.com", "--name", "Ann", "--admin"];
    assert!(house.run(admin).status.success());
    let mut server = house.serve();
    server.terminate();
    assert!(!server.heard.iter().any(|line| line.contains("setup")), "{:#?}", server.heard);
}

#[test]
fn links_of_the_setup_begin_with_the_public_url() {
    let house = House::new();
    let mut server = house.serve_with(&["--public-url", "https://files.example.com"]);
    let line = server.line("setup: ");
    assert!(line.starts_with("setup: https://files.example.com/setup/"), "{line}");
}

#[test]
fn figures_stand_on_the_operators_listener_only() {
    let house = House::with_ann();
    let mut server = house.serve_with(&["--admin-listen", "127.0.0.1:0"]);
    let line = server.line("metrics on ");
    let operators = line.trim_start_matches("metrics on ").trim_end_matches("/metrics").to_owned();
    let (status, figures) = request(&operators, "GET", "/metrics", "", b"");
    assert_eq!(status, 200);
    assert!(figures.contains("\nwaybill_jobs_waiting ") && figures.contains("\nwaybill_build_info{"), "{figures}");
    assert_eq!(request(&operators, "GET", "/healthz", "", b"").0, 200);
    assert_eq!(server.get("/metrics").0, 404);
    assert_eq!(request(&operators, "GET", "/api/v1/me", "", b"").0, 404);
}

#[test]
fn the_log_holds_no_secret_at_any_level() {
    let house = House::with_ann();
    let token = house.token();
    let link = "q".repeat(43);
    let mut server = house.serve_with(&["--log-level", "trace", "--log-format", "json"]);
    for path in [format!("/p/{link}"), format!("/d/{link}/x"), format!("/uploads/{link}"), format!("/setup/{link}")] {
        server.send("GET", &path, &token, b"");
        server.send("PATCH", &path, &token, b"");
    }
    server.send("GET", "/api/v1/packages", &token, b"");
    assert_eq!(server.terminate().code(), Some(0));
    let heard = server.heard.join("\n");
    assert!(heard.contains("\"level\":"), "{heard}");
    assert!(!heard.contains(&link) && !heard.contains(&token[3..]), "{heard}");
}

#[test]
fn an_address_in_use_is_said_with_a_hint() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let output = House::new().run(["serve", "--listen", &address]);
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(stderr.starts_with(&format!("error: cannot listen on {address}: ")), "{stderr}");
    assert!(stderr.contains("\nhint: choose another address with --listen\n"), "{stderr}");
}

#[test]
fn a_missing_or_foreign_key_file_is_refused_before_anything_is_written() {
    let house = House::with_ann();
    let key = house.data().join("waybill.key");
    let right = std::fs::read(&key).unwrap();
    std::fs::remove_file(&key).unwrap();
    let output = house.run(["serve", "--listen", "127.0.0.1:0"]);
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    assert!(said(&output).contains("waybill.key is missing"), "{}", said(&output));
    assert!(!key.exists(), "no new key may be made for an old database");
    std::fs::write(&key, [9; 32]).unwrap();
    let output = house.run(["serve", "--listen", "127.0.0.1:0"]);
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    assert!(said(&output).contains("was not made for this database"), "{}", said(&output));
    std::fs::write(&key, right).unwrap();
    house.serve_once();
}

#[test]
fn a_folder_whose_database_was_lost_is_not_served_with_a_new_one() {
    let house = House::with_ann();
    house.serve_once();
    for name in ["waybill.sqlite", "waybill.sqlite-wal", "waybill.sqlite-shm"] {
        // The log and its index are gone already when the last one closed in order.
        let _ = std::fs::remove_file(house.data().join(name));
    }
    let output = house.run(["serve", "--listen", "127.0.0.1:0"]);
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    assert!(said(&output).contains("belongs to another database"), "{}", said(&output));
    let output = house.run(["gc"]);
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
}
