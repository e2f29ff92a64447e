//! The command line itself: help, mistakes in using it, exit codes, streams.
use std::process::Stdio;

use crate::house::{House, said, waybill};

#[test]
fn help_goes_to_stdout_and_names_every_command() {
    let output = waybill().arg("--help").output().unwrap();
    assert!(output.status.success(), "{}", said(&output));
    let help = String::from_utf8(output.stdout).unwrap();
    assert!(help.contains("Usage"), "{help}");
    for command in ["serve", "user", "token", "audit", "fsck", "gc", "doctor"] {
        assert!(help.contains(&format!("\n  {command} ")), "{command} is missing:\n{help}");
    }
}

#[test]
fn the_help_of_serve_names_options_variables_and_defaults() {
    let output = waybill().args(["serve", "--help"]).output().unwrap();
    let help = String::from_utf8(output.stdout).unwrap();
    for words in ["--data-dir", "WAYBILL_SMTP_URL_FILE", "[default: 127.0.0.1:8080]", "WAYBILL_CONFIG"] {
        assert!(help.contains(words), "{words} is missing:\n{help}");
    }
}

#[test]
fn mistakes_in_using_it_end_with_2() {
    let house = House::new();
    for arguments in [
        vec!["frobnicate"],
        vec![],
        vec!["serve", "--frobnicate"],
        vec!["serve", "--listen", "nowhere"],
        vec!["user", "add", "--email", "ann@example.com"],
        vec!["token", "create", "--email", "ann@example.com", "--name", "x", "--scope", "everything"],
        vec!["audit", "export", "--format", "xml"],
    ] {
        let output = house.run(&arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {}", said(&output));
        assert!(output.stdout.is_empty() && !output.stderr.is_empty(), "{arguments:?}: {}", said(&output));
    }
    assert!(!house.data().exists());
}

#[test]
fn an_unknown_variable_and_an_unknown_key_end_with_1_and_a_hint() {
    let house = House::new();
    let output = house.command(["serve"]).env("WAYBILL_SMPT_URL", "smtp://localhost").output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    assert_eq!(
        String::from_utf8_lossy(&output.stderr),
        "error: unknown variable WAYBILL_SMPT_URL in the environment\nhint: the nearest setting is WAYBILL_SMTP_URL\n"
    );
    let settings = house.data().with_file_name("waybill.toml");
    std::fs::write(&settings, "listn = \"127.0.0.1:0\"\n").unwrap();
    let output = house.command(["serve", "--config"]).arg(&settings).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    let expected =
        format!("error: unknown setting listn in {}\nhint: the nearest setting is listen\n", settings.display());
    assert_eq!(String::from_utf8_lossy(&output.stderr), expected);
}

#[test]
fn a_command_that_needs_an_instance_does_not_make_one() {
    let house = House::new();
    for arguments in [
        vec!["audit", "verify"],
        vec!["audit", "export"],
        vec!["fsck"],
        vec!["gc"],
        vec!["token", "create", "--email", "a@b.example", "--name", "x"],
    ] {
        let output = house.run(&arguments);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {}", said(&output));
        assert!(String::from_utf8_lossy(&output.stderr).starts_with("error: there is no Waybill in the data folder "));
        assert!(!house.data().exists(), "{arguments:?}");
    }
}

#[test]
fn a_person_is_added_once_and_gets_a_token_that_is_alone_on_stdout() {
    let house = House::with_ann();
    let again = house.run(["user", "add", "--email", "ANN@example.com", "--name", "Ann Again"]);
    assert_eq!(again.status.code(), Some(1), "{}", said(&again));
    let token = house.run(["token", "create", "--email", "ann@example.com", "--name", "script", "--scope", "read"]);
    assert!(token.status.success() && token.stderr.is_empty(), "{}", said(&token));
    let text = String::from_utf8(token.stdout).unwrap();
    let (token, rest) = text.split_once('\n').unwrap();
    assert!(token.starts_with("wb_") && token.len() == 46 && rest.is_empty(), "{text}");
    let nobody = house.run(["token", "create", "--email", "bob@example.com", "--name", "script"]);
    assert_eq!(nobody.status.code(), Some(1), "{}", said(&nobody));
    assert!(String::from_utf8_lossy(&nobody.stderr).contains("hint: "), "{}", said(&nobody));
}

#[test]
fn a_password_that_is_too_short_is_refused_and_nobody_is_added() {
    let house = House::new();
    let arguments = ["user", "add", "--email", "ann@example.com", "--name", "Ann", "--password-stdin"];
    let output = house.run_with(arguments, "short\n");
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    assert!(!said(&output).contains("short\n"), "{}", said(&output));
    let output = house.run_with(arguments, "long enough to be a password\r\n");
    assert!(output.status.success(), "{}", said(&output));
}

#[test]
fn what_is_made_is_closed_to_other_users() {
    use std::os::unix::fs::MetadataExt as _;
    let house = House::with_ann();
    let mut seen = 0;
    let mut folders = vec![house.data()];
    while let Some(folder) = folders.pop() {
        assert_eq!(folder.metadata().unwrap().mode() & 0o777, 0o700, "{}", folder.display());
        for entry in folder.read_dir().unwrap().map(Result::unwrap) {
            if entry.metadata().unwrap().is_dir() {
                folders.push(entry.path());
            } else {
                assert_eq!(entry.metadata().unwrap().mode() & 0o077, 0, "{}", entry.path().display());
                seen += 1;
            }
        }
    }
    assert!(seen >= 3, "key, database and mark are files");
}

#[test]
fn a_reader_that_has_seen_enough_is_no_failure() {
    let house = House::with_ann();
    let mut child = house.command(["audit", "export"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{}", said(&output));
}
