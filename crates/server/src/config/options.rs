//! The options of the command line that are settings. Each is also a variable `WAYBILL_...` and a key of the TOML file;
//! the names of all three come from here, so none can be forgotten.
use clap::Args;
use serde::Serialize;

/// In front of every setting's name in the environment.
pub const PREFIX: &str = "WAYBILL_";

/// Where everything is; every operator's command takes these.
#[derive(Debug, Clone, Default, Args, Serialize)]
#[command(next_help_heading = "Settings")]
pub struct PlaceOptions {
    /// TOML file with settings
    #[arg(long, value_name = "FILE")]
    pub config: Option<String>,
    /// Folder for the database, the files, the key file and messages
    #[arg(long, value_name = "DIR")]
    pub data_dir: Option<String>,
    /// PostgreSQL database (postgres://user:password@host/name) instead of SQLite in the data folder; other people on
    /// this machine can read a command line, so prefer the environment or the file
    #[arg(long, value_name = "URL")]
    pub database_url: Option<String>,
    /// File that holds the database URL
    #[arg(long, value_name = "FILE")]
    pub database_url_file: Option<String>,
    /// Where files are kept: `local` is the data folder
    #[arg(long, value_name = "WHERE")]
    pub storage: Option<String>,
    /// How the log looks: text or json
    #[arg(long, value_name = "FORMAT")]
    pub log_format: Option<String>,
    /// What is logged: error, warn, info, debug or trace
    #[arg(long, value_name = "LEVEL")]
    pub log_level: Option<String>,
}

/// Everything that can be set; `serve` takes all of it.
#[derive(Debug, Clone, Default, Args, Serialize)]
#[command(next_help_heading = "Settings")]
pub struct ServeOptions {
    #[command(flatten)]
    #[serde(flatten)]
    pub place: PlaceOptions,
    /// Address and port to listen on; port 0 picks a free one
    #[arg(long, value_name = "ADDR")]
    pub listen: Option<String>,
    /// Address that links point to, such as https://files.example.com; without it, the listening address
    #[arg(long, value_name = "URL")]
    pub public_url: Option<String>,
    /// Second listener for the operator: /metrics, /healthz, /readyz; never make it reachable from outside
    #[arg(long, value_name = "ADDR")]
    pub admin_listen: Option<String>,
    /// Networks of proxies whose word about a visitor's address is believed, such as 10.0.0.0/8 (comma-separated)
    #[arg(long, value_name = "NETWORKS")]
    pub trusted_proxies: Option<String>,
    /// Header in which those proxies say it: x-forwarded-for or forwarded
    #[arg(long, value_name = "HEADER")]
    pub proxy_header: Option<String>,
    /// Mail server (smtp://user:password@host:port, smtps://...); without it, messages are written to the data folder;
    /// other people on this machine can read a command line, so prefer the environment or the file
    #[arg(long, value_name = "URL")]
    pub smtp_url: Option<String>,
    /// File that holds the mail server's URL
    #[arg(long, value_name = "FILE")]
    pub smtp_url_file: Option<String>,
    /// Address that mails come from; without it, waybill@ the public host
    #[arg(long, value_name = "EMAIL")]
    pub mail_from: Option<String>,
    /// Where complaints go; shown in every mail
    #[arg(long, value_name = "CONTACT")]
    pub abuse_contact: Option<String>,
    /// Name of this instance in pages and mails
    #[arg(long, value_name = "NAME")]
    pub site_name: Option<String>,
    /// Language of people who have not said theirs: en or de
    #[arg(long, value_name = "LANGUAGE")]
    pub language: Option<String>,
    /// Time zone of people who have not said theirs, such as Europe/Berlin
    #[arg(long, value_name = "ZONE")]
    pub time_zone: Option<String>,
    /// Days that people may choose for an expiry, at most
    #[arg(long, value_name = "DAYS")]
    pub expiry_days_max: Option<String>,
    /// Hours that the files of an expired package stay, so that its owner can still extend it
    #[arg(long, value_name = "HOURS")]
    pub package_grace_hours: Option<String>,
    /// The same for tickets
    #[arg(long, value_name = "HOURS")]
    pub ticket_grace_hours: Option<String>,
    /// Days that received files stay after their request ended
    #[arg(long, value_name = "DAYS")]
    pub received_days: Option<String>,
}

impl From<PlaceOptions> for ServeOptions {
    fn from(place: PlaceOptions) -> Self {
        Self { place, ..Self::default() }
    }
}

/// What holds when nothing is said. Settings that are not here are off.
pub const DEFAULTS: &[(&str, &str)] = &[
    ("data_dir", "./data"),
    ("storage", "local"),
    ("log_format", "text"),
    ("log_level", "info"),
    ("listen", "127.0.0.1:8080"),
    ("proxy_header", "x-forwarded-for"),
    ("site_name", "Waybill"),
    ("language", "en"),
    ("time_zone", "UTC"),
    ("expiry_days_max", "90"),
    ("package_grace_hours", "72"),
    ("ticket_grace_hours", "0"),
    ("received_days", "30"),
];

/// Every setting's name as the TOML file spells it (`data_dir`), except `config` itself.
pub fn keys() -> Vec<String> {
    let command = ServeOptions::augment_args(clap::Command::new("settings"));
    command.get_arguments().map(|argument| argument.get_id().to_string()).filter(|id| id != "config").collect()
}

/// The variable of a setting: `data_dir` is `WAYBILL_DATA_DIR`.
pub fn variable(key: &str) -> String {
    format!("{PREFIX}{}", key.to_uppercase())
}

/// The option of a setting: `data_dir` is `--data-dir`.
pub fn flag(key: &str) -> String {
    format!("--{}", key.replace('_', "-"))
}

/// Writes into the help of each setting, in all subcommands, which variable sets it and what holds without it.
pub fn document(command: clap::Command) -> clap::Command {
    let keys = keys();
    document_with(command, &keys)
}

fn document_with(command: clap::Command, keys: &[String]) -> clap::Command {
    let described = command.mut_args(|argument| {
        let id = argument.get_id().to_string();
        if id != "config" && !keys.contains(&id) {
            return argument;
        }
        let default = DEFAULTS.iter().find(|(key, _)| *key == id);
        let default = default.map(|(_, value)| format!(" [default: {value}]")).unwrap_or_default();
        let help = argument.get_help().map(ToString::to_string).unwrap_or_default();
        argument.help(format!("{help}{default} [env: {}]", variable(&id)))
    });
    described.mut_subcommands(|subcommand| document_with(subcommand, keys))
}
