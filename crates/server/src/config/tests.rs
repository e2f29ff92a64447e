//! Layering, names and values of settings.
use clap::Args as _;
use rstest::rstest;
use secrecy::ExposeSecret as _;

use super::options::{PlaceOptions, document, keys, variable};
use super::*;

fn environment(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn read(pairs: &[(&str, &str)]) -> Result<Config, ConfigError> {
    Config::read(&ServeOptions::default(), &environment(pairs))
}

fn file(text: &str) -> tempfile::NamedTempFile {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), text).unwrap();
    file
}

fn path(file: &tempfile::NamedTempFile) -> String {
    file.path().to_str().unwrap().to_owned()
}

#[test]
fn nothing_said_is_a_local_instance_that_trusts_nobody() {
    let config = read(&[]).unwrap();
    assert_eq!(config.data_dir, PathBuf::from("./data"));
    assert_eq!(config.listen, "127.0.0.1:8080".parse().unwrap());
    assert_eq!((config.admin_listen, config.public_url), (None, None));
    assert_eq!(config.proxies, Proxies::default());
    assert!(config.database_url.is_none() && config.smtp.is_none() && config.mail_from.is_none());
    assert_eq!((config.site.name.as_str(), config.site.language), ("Waybill", Language::English));
    assert_eq!(config.site.time_zone, TimeZone::UTC);
    assert_eq!(config.site.expiry_days_max, limits::EXPIRY_DAYS_MAX);
    let (said, promised) = (config.site.retention, Retention::default());
    assert_eq!(
        (said.package_grace, said.ticket_grace, said.received),
        (promised.package_grace, promised.ticket_grace, promised.received)
    );
    assert_eq!(config.log, Log { format: LogFormat::Text, level: tracing::Level::INFO });
}

#[test]
fn the_command_line_wins_over_the_environment_which_wins_over_the_file() {
    let settings =
        file("site_name = \"file\"\nlanguage = \"de\"\nexpiry_days_max = 30\ntime_zone = \"Europe/Berlin\"\n");
    let settings = path(&settings);
    let said = [("WAYBILL_CONFIG", settings.as_str()), ("WAYBILL_SITE_NAME", "env"), ("WAYBILL_EXPIRY_DAYS_MAX", "40")];
    let options = ServeOptions { expiry_days_max: Some("50".into()), ..ServeOptions::default() };
    let config = Config::read(&options, &environment(&said)).unwrap();
    assert_eq!((config.site.name.as_str(), config.site.language), ("env", Language::German));
    assert_eq!(config.site.expiry_days_max, 50);
    assert_eq!(config.site.time_zone, TimeZone::get("Europe/Berlin").unwrap());
}

#[test]
fn the_option_for_the_file_wins_over_the_variable_for_it() {
    let (wanted, other) = (file("site_name = \"wanted\""), file("site_name = \"other\""));
    let place = PlaceOptions { config: Some(path(&wanted)), ..PlaceOptions::default() };
    let config = Config::read(&place.into(), &environment(&[("WAYBILL_CONFIG", &path(&other))])).unwrap();
    assert_eq!(config.site.name, "wanted");
}

#[test]
fn a_value_that_looks_like_a_number_may_be_a_name() {
    assert_eq!(read(&[("WAYBILL_SITE_NAME", "4711")]).unwrap().site.name, "4711");
    assert_eq!(read(&[("WAYBILL_SITE_NAME", "true")]).unwrap().site.name, "true");
    assert_eq!(read(&[("WAYBILL_SITE_NAME", "[a]")]).unwrap().site.name, "[a]");
}

#[test]
fn an_empty_variable_is_as_if_it_were_not_there() {
    let settings = file("site_name = \"file\"");
    let said = [("WAYBILL_CONFIG", path(&settings)), ("WAYBILL_SITE_NAME", String::new())];
    let said = said.map(|(name, value)| (name.to_owned(), value));
    assert_eq!(Config::read(&ServeOptions::default(), &said).unwrap().site.name, "file");
    assert!(read(&[("WAYBILL_SMTP_URL", ""), ("WAYBILL_CONFIG", "")]).unwrap().smtp.is_none());
}

#[test]
fn variables_of_builds_and_tests_are_no_settings() {
    let others = [("WAYBILL_TARGET", "/x"), ("WAYBILL_BIN", "/x"), ("WAYBILL_TEST_POSTGRES", "x"), ("PATH", "/bin")];
    read(&others).unwrap();
}

#[rstest]
#[case("WAYBILL_SMPT_URL", "WAYBILL_SMTP_URL")]
#[case("WAYBILL_PUBLICURL", "WAYBILL_PUBLIC_URL")]
#[case("WAYBILL_DATADIR", "WAYBILL_DATA_DIR")]
#[case("WAYBILL_data_dir", "WAYBILL_DATA_DIR")]
#[case("WAYBILL_TRUSTED_PROXY", "WAYBILL_TRUSTED_PROXIES")]
fn an_unknown_variable_is_named_with_the_nearest_setting(#[case] name: &str, #[case] nearest: &str) {
    let error = read(&[(name, "x")]).unwrap_err();
    assert_eq!(error.message, format!("unknown variable {name} in the environment"));
    assert_eq!(error.hint.unwrap(), format!("the nearest setting is {nearest}"));
    assert!(!error.on_command_line);
}

#[test]
fn an_unknown_key_of_the_file_is_named_with_the_nearest_setting() {
    let settings = file("site_nam = \"x\"\n");
    let error = read(&[("WAYBILL_CONFIG", &path(&settings))]).unwrap_err();
    assert_eq!(error.message, format!("unknown setting site_nam in {}", path(&settings)));
    assert_eq!(error.hint.unwrap(), "the nearest setting is site_name");
    let table = file("[smtp]\nurl = \"smtp://localhost\"\n");
    let error = read(&[("WAYBILL_CONFIG", &path(&table))]).unwrap_err();
    assert!(error.message.starts_with("unknown setting smtp in "), "{error}");
}

#[test]
fn a_file_that_is_not_there_or_not_toml_is_an_error_that_shows_no_line_of_it() {
    let error = read(&[("WAYBILL_CONFIG", "/nowhere/waybill.toml")]).unwrap_err();
    assert!(error.message.contains("/nowhere/waybill.toml cannot be read"), "{error}");
    let broken = file("smtp_url = \"smtps://anna:hunter2@mail.example.com\n");
    let error = read(&[("WAYBILL_CONFIG", &path(&broken))]).unwrap_err();
    assert!(error.message.contains("line 1"), "{error}");
    assert!(!error.message.contains("hunter2"), "{error}");
}

#[test]
fn a_secret_may_stand_in_a_file_of_its_own() {
    let (secret, url) = (file("smtp://127.0.0.1:1025\n"), file("postgres://waybill:x@db/waybill\n"));
    let config =
        read(&[("WAYBILL_SMTP_URL_FILE", &path(&secret)), ("WAYBILL_DATABASE_URL_FILE", &path(&url))]).unwrap();
    assert_eq!(config.smtp.unwrap().port, 1025);
    assert_eq!(config.database_url.unwrap().expose_secret(), "postgres://waybill:x@db/waybill");

    let settings = file(&format!("smtp_url_file = {:?}\n", path(&secret)));
    let config = read(&[("WAYBILL_CONFIG", &path(&settings))]).unwrap();
    assert_eq!(config.smtp.unwrap().port, 1025);
}

#[test]
fn a_secret_said_twice_or_in_a_file_that_is_not_there_is_an_error() {
    let secret = file("smtp://127.0.0.1:1025\n");
    let twice = read(&[("WAYBILL_SMTP_URL_FILE", &path(&secret)), ("WAYBILL_SMTP_URL", "smtp://localhost")]);
    let message = twice.unwrap_err().message;
    assert_eq!(message, "WAYBILL_SMTP_URL_FILE: WAYBILL_SMTP_URL is set as well; give only one of them");
    let message = read(&[("WAYBILL_SMTP_URL_FILE", "/nowhere/secret")]).unwrap_err().message;
    assert!(message.starts_with("WAYBILL_SMTP_URL_FILE: /nowhere/secret cannot be read: "), "{message}");
}

#[test]
fn a_layer_above_may_replace_a_secret_from_a_file() {
    let secret = file("smtp://127.0.0.1:1025\n");
    let options = ServeOptions { smtp_url: Some("smtp://127.0.0.1:2025".into()), ..ServeOptions::default() };
    let config = Config::read(&options, &environment(&[("WAYBILL_SMTP_URL_FILE", &path(&secret))])).unwrap();
    assert_eq!(config.smtp.unwrap().port, 2025);
}

#[rstest]
#[case("WAYBILL_LISTEN", "8080")]
#[case("WAYBILL_LISTEN", "localhost:8080")]
#[case("WAYBILL_ADMIN_LISTEN", "nowhere")]
#[case("WAYBILL_PUBLIC_URL", "files.example.com")]
#[case("WAYBILL_SMTP_URL", "mail.example.com:25")]
#[case("WAYBILL_SMTP_URL", "smtp://mail.example.com?tls=none")]
#[case("WAYBILL_MAIL_FROM", "waybill")]
#[case("WAYBILL_MAIL_FROM", "Waybill <waybill@example.com>")]
#[case("WAYBILL_LANGUAGE", "tlh")]
#[case("WAYBILL_TIME_ZONE", "Berlin")]
#[case("WAYBILL_EXPIRY_DAYS_MAX", "0")]
#[case("WAYBILL_EXPIRY_DAYS_MAX", "3654")]
#[case("WAYBILL_EXPIRY_DAYS_MAX", "7.5")]
#[case("WAYBILL_PACKAGE_GRACE_HOURS", "-1")]
#[case("WAYBILL_TICKET_GRACE_HOURS", "87673")]
#[case("WAYBILL_RECEIVED_DAYS", "0")]
#[case("WAYBILL_TRUSTED_PROXIES", "10.0.0.0/8, proxy")]
#[case("WAYBILL_PROXY_HEADER", "x-real-ip")]
#[case("WAYBILL_DATABASE_URL", "mysql://db")]
#[case("WAYBILL_STORAGE", "s3://bucket/prefix")]
#[case("WAYBILL_LOG_FORMAT", "xml")]
#[case("WAYBILL_LOG_LEVEL", "loud")]
#[case("WAYBILL_SITE_NAME", "two\nlines")]
fn a_value_that_cannot_be_used_is_named_as_it_was_given(#[case] name: &str, #[case] value: &str) {
    let error = read(&[(name, value)]).unwrap_err();
    assert!(error.message.starts_with(&format!("{name}: ")), "{error}");
    assert!(!error.on_command_line);
}

#[rstest]
#[case("WAYBILL_EXPIRY_DAYS_MAX", "1")]
#[case("WAYBILL_EXPIRY_DAYS_MAX", "3653")]
#[case("WAYBILL_TICKET_GRACE_HOURS", "0")]
#[case("WAYBILL_TICKET_GRACE_HOURS", "87672")]
#[case("WAYBILL_PROXY_HEADER", "Forwarded")]
#[case("WAYBILL_LISTEN", "[::]:0")]
#[case("WAYBILL_DATABASE_URL", "postgresql:///waybill")]
fn a_value_at_its_limit_is_taken(#[case] name: &str, #[case] value: &str) {
    read(&[(name, value)]).unwrap();
}

#[test]
fn a_wrong_option_is_a_mistake_in_using_the_command() {
    let options = ServeOptions { listen: Some("nowhere".into()), ..ServeOptions::default() };
    let error = Config::read(&options, &[]).unwrap_err();
    assert!(error.message.starts_with("--listen: `nowhere` is not an address"), "{error}");
    assert!(error.on_command_line);
}

#[test]
fn no_message_repeats_a_secret() {
    for (name, value) in [
        ("WAYBILL_SMTP_URL", "smtp://anna:hunter2@mail.example.com?tls=none"),
        ("WAYBILL_SMTP_URL", "anna:hunter2@mail.example.com"),
        ("WAYBILL_DATABASE_URL", "mysql://anna:hunter2@db/waybill"),
        ("WAYBILL_STORAGE", "s3://anna:hunter2@bucket"),
    ] {
        let error = read(&[(name, value)]).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("hunter2"), "{name}: {error}");
    }
}

#[test]
fn proxies_are_a_list_in_every_place() {
    let networks: Vec<ipnet::IpNet> = ["10.0.0.0/8", "192.0.2.7/32"].map(|text| text.parse().unwrap()).to_vec();
    let config = read(&[("WAYBILL_TRUSTED_PROXIES", "10.0.0.0/8, 192.0.2.7")]).unwrap();
    assert_eq!(config.proxies.networks, networks);
    let settings = file("trusted_proxies = [\"10.0.0.0/8\", \"192.0.2.7\"]\n");
    assert_eq!(read(&[("WAYBILL_CONFIG", &path(&settings))]).unwrap().proxies.networks, networks);
}

#[test]
fn the_help_of_every_setting_names_its_variable() {
    let command = document(ServeOptions::augment_args(clap::Command::new("serve")));
    for key in keys().iter().map(String::as_str).chain(["config"]) {
        let argument = command.get_arguments().find(|argument| argument.get_id() == key).unwrap();
        let help = argument.get_help().unwrap().to_string();
        assert!(help.contains(&format!("[env: {}]", variable(key))), "{help}");
        assert_eq!(argument.get_long().unwrap(), key.replace('_', "-"));
    }
    for (key, _) in options::DEFAULTS {
        assert!(keys().contains(&(*key).to_owned()), "{key} has a default and is no setting");
    }
}
