//! What an operator has set, read once at the start and checked as a whole. Nothing else reads the environment, and no
//! message repeats a secret.
mod layers;
pub mod options;
#[cfg(test)]
mod tests;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use jiff::tz::TimeZone;
use secrecy::SecretString;
use waybill_core::account::Email;
use waybill_core::app::Site;
use waybill_core::limits;
use waybill_core::mail::smtp_url::SmtpSettings;
use waybill_core::policy::Retention;
use waybill_core::text::Language;
use waybill_core::urls::Urls;

use self::layers::Settings;
use self::options::ServeOptions;
use crate::listen::{ForwardedBy, Proxies};

/// Every setting, in a form that cannot be wrong.
#[derive(Debug, Clone)]
pub struct Config {
    pub data_dir: PathBuf,
    /// PostgreSQL; without it, SQLite in the data folder.
    pub database_url: Option<SecretString>,
    pub listen: SocketAddr,
    pub admin_listen: Option<SocketAddr>,
    pub public_url: Option<Urls>,
    pub proxies: Proxies,
    /// Without it, messages are written into the data folder.
    pub smtp: Option<SmtpSettings>,
    pub mail_from: Option<Email>,
    pub abuse_contact: Option<String>,
    pub site: Site,
    pub log: Log,
}

/// How the log is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Log {
    pub format: LogFormat,
    pub level: tracing::Level,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    Text,
    Json,
}

/// A setting that cannot be used: which one, from where, and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ConfigError {
    pub message: String,
    pub hint: Option<String>,
    /// It was given as an option, so it is a mistake in using the command.
    pub on_command_line: bool,
}

/// The variables of this process that may be settings, and `NO_COLOR`.
pub fn environment() -> Result<Vec<(String, String)>, ConfigError> {
    let mut found = Vec::new();
    for (name, value) in std::env::vars_os() {
        let Ok(name) = name.into_string() else { continue };
        if !name.starts_with(options::PREFIX) && name != "NO_COLOR" {
            continue;
        }
        let value = value.into_string().map_err(|_| ConfigError {
            message: format!("the variable {name} is not UTF-8"),
            hint: None,
            on_command_line: false,
        })?;
        found.push((name, value));
    }
    Ok(found)
}

impl Config {
    /// Reads and checks everything: `options` win over `environment`, which wins over the TOML file.
    pub fn read(options: &ServeOptions, environment: &[(String, String)]) -> Result<Self, ConfigError> {
        let settings = Settings::gather(options, environment)?;
        let reader = Reader { settings };
        reader.check_storage()?;
        Ok(Self {
            data_dir: reader.required("data_dir", |text| Ok::<_, String>(PathBuf::from(text)))?,
            database_url: reader.optional("database_url", database_url)?,
            listen: reader.required("listen", address)?,
            admin_listen: reader.optional("admin_listen", address)?,
            public_url: reader.optional("public_url", Urls::parse)?,
            proxies: reader.proxies()?,
            smtp: reader.optional("smtp_url", SmtpSettings::parse)?,
            mail_from: reader.optional("mail_from", email)?,
            abuse_contact: reader.optional("abuse_contact", one_line)?,
            site: reader.site()?,
            log: reader.log()?,
        })
    }
}

struct Reader {
    settings: Settings,
}

impl Reader {
    fn optional<T, E: std::fmt::Display>(
        &self,
        key: &str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<Option<T>, ConfigError> {
        let Some(text) = self.settings.text(key)? else { return Ok(None) };
        parse(text.trim()).map(Some).map_err(|why| self.settings.wrong(key, why))
    }

    fn required<T, E: std::fmt::Display>(
        &self,
        key: &str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<T, ConfigError> {
        self.optional(key, parse)?.ok_or_else(|| self.settings.wrong(key, "must not be empty"))
    }

    fn check_storage(&self) -> Result<(), ConfigError> {
        self.required("storage", |text| match text {
            "local" => Ok(()),
            other => {
                let scheme = other.split(':').next().unwrap_or_default();
                Err(format!("this version keeps files in the data folder only (`local`), not in `{scheme}`"))
            }
        })
    }

    fn proxies(&self) -> Result<Proxies, ConfigError> {
        let networks =
            self.settings.list("trusted_proxies")?.iter().map(|text| network(text)).collect::<Result<_, _>>();
        Ok(Proxies {
            networks: networks.map_err(|why| self.settings.wrong("trusted_proxies", why))?,
            header: self.required("proxy_header", |text| match text.to_ascii_lowercase().as_str() {
                "x-forwarded-for" => Ok(ForwardedBy::XForwardedFor),
                "forwarded" => Ok(ForwardedBy::Forwarded),
                _ => Err("expected x-forwarded-for or forwarded"),
            })?,
        })
    }

    fn site(&self) -> Result<Site, ConfigError> {
        let hours_max = limits::POLICY_HOURS_MAX;
        let hours = |key| self.required(key, |text| number(text, 0, hours_max).map(Duration::from_hours));
        Ok(Site {
            name: self.required("site_name", one_line)?,
            language: self.required("language", |text| {
                let known = Language::ALL.map(Language::tag).join(", ");
                Language::parse(text).ok_or_else(|| format!("expected one of {known}"))
            })?,
            time_zone: self.required("time_zone", |text| {
                TimeZone::get(text)
                    .map_err(|_| format!("no time zone is called `{text}`; expected one like Europe/Berlin"))
            })?,
            expiry_days_max: self.required("expiry_days_max", |text| number(text, 1, hours_max / 24))?,
            retention: Retention {
                package_grace: hours("package_grace_hours")?,
                ticket_grace: hours("ticket_grace_hours")?,
                received: self.required("received_days", |text| {
                    number(text, 1, hours_max / 24).map(|days| Duration::from_hours(days * 24))
                })?,
                ..Retention::default()
            },
        })
    }

    fn log(&self) -> Result<Log, ConfigError> {
        Ok(Log {
            format: self.required("log_format", |text| match text {
                "text" => Ok(LogFormat::Text),
                "json" => Ok(LogFormat::Json),
                _ => Err("expected text or json"),
            })?,
            level: self
                .required("log_level", |text| text.parse().map_err(|_| "expected error, warn, info, debug or trace"))?,
        })
    }
}

fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| format!("`{text}` is not an address with a port, such as 127.0.0.1:8080 or [::]:8080"))
}

fn network(text: &str) -> Result<ipnet::IpNet, String> {
    let alone = text.parse::<std::net::IpAddr>().map(ipnet::IpNet::from);
    alone.or_else(|_| text.parse()).map_err(|_| format!("`{text}` is not a network, such as 10.0.0.0/8 or 192.0.2.7"))
}

fn number(text: &str, min: u64, max: u64) -> Result<u64, String> {
    let within = text.parse().ok().filter(|number| (min..=max).contains(number));
    within.ok_or_else(|| format!("`{text}` is not a whole number from {min} to {max}"))
}

fn email(text: &str) -> Result<Email, String> {
    Email::parse(text).ok_or_else(|| format!("`{text}` is not an e-mail address"))
}

fn one_line(text: &str) -> Result<String, String> {
    if text.contains(char::is_control) || text.chars().count() > limits::NAME_CHARS_MAX {
        return Err(format!("expected one line of at most {} characters", limits::NAME_CHARS_MAX));
    }
    Ok(text.to_owned())
}

fn database_url(text: &str) -> Result<SecretString, &'static str> {
    if text.starts_with("postgres://") || text.starts_with("postgresql://") {
        Ok(text.into())
    } else {
        Err("expected postgres://user:password@host/name; leave it out to use SQLite in the data folder")
    }
}
