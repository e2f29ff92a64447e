//! Where settings come from: defaults, then the TOML file, then the environment, then the command line; later ones win.
//! A name that nobody knows is an error, because a misspelt setting that is silently ignored is worse than none.
use std::path::Path;

use figment::providers::{Format as _, Toml};
use figment::value::{Dict, Map, Value};
use figment::{Figment, Metadata, Profile, Provider};

use super::ConfigError;
use super::options::{self, PREFIX, ServeOptions};

/// Settings that name a file which holds the true setting.
const FILE_SUFFIX: &str = "_file";
const SECRETS: &[&str] = &["database_url", "smtp_url"];

/// Variables that begin like a setting and are none: the file itself, builds, tests.
const NOT_SETTINGS: &[&str] = &["WAYBILL_CONFIG", "WAYBILL_BIN", "WAYBILL_TARGET", "WAYBILL_WEB_DIST"];
const NOT_SETTINGS_PREFIX: &str = "WAYBILL_TEST_";

/// Larger ones are no settings.
const FILE_BYTES_MAX: u64 = 1 << 20;

const COMMAND_LINE: &str = "command line";
const ENVIRONMENT: &str = "environment";

/// All layers merged, with the memory of where each value came from.
#[derive(Debug)]
pub(super) struct Settings {
    figment: Figment,
}

impl Settings {
    pub(super) fn gather(options: &ServeOptions, environment: &[(String, String)]) -> Result<Self, ConfigError> {
        let keys = options::keys();
        let flags = flags(options)?;
        let variables = variables(environment, &keys)?;
        let mut figment = Figment::from(Layer::defaults());
        let named = environment.iter().find(|(name, value)| name == "WAYBILL_CONFIG" && !value.is_empty());
        if let Some(file) = options.place.config.as_ref().or(named.map(|(_, value)| value)) {
            figment = figment.merge(toml_file(Path::new(file), &keys)?);
        }
        Ok(Self { figment: figment.merge(variables).merge(flags) })
    }

    /// The setting as text, if it has a value.
    pub(super) fn text(&self, key: &str) -> Result<Option<String>, ConfigError> {
        let Ok(value) = self.figment.find_value(key) else { return Ok(None) };
        match scalar(&value) {
            Some(text) if text.trim().is_empty() => Ok(None),
            Some(text) => Ok(Some(text)),
            None => Err(self.wrong(key, "expected a text or a number")),
        }
    }

    /// The setting's parts: an array, or a text with commas.
    pub(super) fn list(&self, key: &str) -> Result<Vec<String>, ConfigError> {
        let Ok(value) = self.figment.find_value(key) else { return Ok(Vec::new()) };
        let parts: Option<Vec<String>> = match &value {
            Value::Array(_, items) => items.iter().map(scalar).collect(),
            single => scalar(single).map(|text| text.split(',').map(str::to_owned).collect()),
        };
        let parts = parts.ok_or_else(|| self.wrong(key, "expected a list of texts"))?;
        Ok(parts.iter().map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect())
    }

    /// What is wrong with this setting, said in the words of the place it came from.
    pub(super) fn wrong(&self, key: &str, why: impl std::fmt::Display) -> ConfigError {
        let source = self.figment.find_metadata(key).map_or("", |metadata| metadata.name.as_ref());
        ConfigError {
            message: format!("{}: {why}", spelled(key, source)),
            hint: None,
            on_command_line: source == COMMAND_LINE,
        }
    }
}

fn spelled(key: &str, source: &str) -> String {
    match source {
        COMMAND_LINE => options::flag(key),
        ENVIRONMENT => options::variable(key),
        "" | "defaults" => key.to_owned(),
        file => format!("{key} in {file}"),
    }
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(_, text) => Some(text.clone()),
        Value::Num(_, number) => {
            number.to_i128().map(|n| n.to_string()).or_else(|| number.to_u128().map(|n| n.to_string()))
        }
        Value::Bool(_, flag) => Some(flag.to_string()),
        Value::Char(..) | Value::Empty(..) | Value::Dict(..) | Value::Array(..) => None,
    }
}

/// The settings of one place.
#[derive(Debug)]
struct Layer {
    source: String,
    values: Dict,
}

impl Layer {
    fn defaults() -> Self {
        let values = options::DEFAULTS.iter().map(|(key, value)| ((*key).to_owned(), Value::from(*value))).collect();
        Self { source: "defaults".to_owned(), values }
    }

    /// Replaces `smtp_url_file` by `smtp_url` with what stands in that file.
    fn read_secret_files(mut self) -> Result<Self, ConfigError> {
        for secret in SECRETS {
            let key = format!("{secret}{FILE_SUFFIX}");
            let Some(value) = self.values.remove(&key) else { continue };
            let path = scalar(&value).unwrap_or_default();
            if path.trim().is_empty() {
                continue;
            }
            let (name, both) = (spelled(&key, &self.source), spelled(secret, &self.source));
            let failed = |why: String| ConfigError {
                message: format!("{name}: {why}"),
                hint: None,
                on_command_line: self.source == COMMAND_LINE,
            };
            if self.values.contains_key(*secret) {
                return Err(failed(format!("{both} is set as well; give only one of them")));
            }
            let text =
                read_file(Path::new(&path)).map_err(|error| failed(format!("{path} cannot be read: {error}")))?;
            self.values.insert((*secret).to_owned(), Value::from(text.trim()));
        }
        Ok(self)
    }
}

impl Provider for Layer {
    fn metadata(&self) -> Metadata {
        Metadata::named(self.source.clone())
    }

    fn data(&self) -> Result<Map<Profile, Dict>, figment::Error> {
        Ok(Map::from([(Profile::Default, self.values.clone())]))
    }
}

fn flags(options: &ServeOptions) -> Result<Layer, ConfigError> {
    let values = match Value::serialize(options) {
        Ok(Value::Dict(_, values)) => values,
        _ => Dict::new(),
    };
    let given = values.into_iter().filter(|(key, value)| key != "config" && !matches!(value, Value::Empty(..)));
    Layer { source: COMMAND_LINE.to_owned(), values: given.collect() }.read_secret_files()
}

fn variables(environment: &[(String, String)], keys: &[String]) -> Result<Layer, ConfigError> {
    let mut values = Dict::new();
    for (name, value) in environment {
        let Some(key) = name.strip_prefix(PREFIX) else { continue };
        if NOT_SETTINGS.contains(&name.as_str()) || name.starts_with(NOT_SETTINGS_PREFIX) {
            continue;
        }
        let key = key.to_lowercase();
        if !keys.contains(&key) || options::variable(&key) != *name {
            let message = format!("unknown variable {name} in the environment");
            return Err(unknown(message, &key, keys, options::variable));
        }
        // An empty variable is how container files say "not set".
        if !value.trim().is_empty() {
            values.insert(key, Value::from(value.as_str()));
        }
    }
    Layer { source: ENVIRONMENT.to_owned(), values }.read_secret_files()
}

fn toml_file(path: &Path, keys: &[String]) -> Result<Layer, ConfigError> {
    let name = path.display().to_string();
    let failed = |why: String| ConfigError { message: why, hint: None, on_command_line: false };
    let text = read_file(path).map_err(|error| failed(format!("the settings in {name} cannot be read: {error}")))?;
    let data = Toml::string(&text).data().map_err(|error| failed(format!("{name}: {}", without_excerpt(&error))))?;
    let values = data.into_iter().next().map(|(_, values)| values).unwrap_or_default();
    if let Some(key) = values.keys().find(|key| !keys.contains(key)) {
        return Err(unknown(format!("unknown setting {key} in {name}"), key, keys, str::to_owned));
    }
    Layer { source: name, values }.read_secret_files()
}

/// The parser shows the line it stumbled over, which may hold a password.
fn without_excerpt(error: &figment::Error) -> String {
    let text = error.to_string();
    let lines = text.lines().filter(|line| !line.contains('|')).map(str::trim).filter(|line| !line.is_empty());
    lines.collect::<Vec<_>>().join(": ")
}

fn read_file(path: &Path) -> std::io::Result<String> {
    use std::io::Read as _;
    let mut text = String::new();
    std::fs::File::open(path)?.take(FILE_BYTES_MAX).read_to_string(&mut text)?;
    Ok(text)
}

fn unknown(message: String, key: &str, keys: &[String], spell: impl Fn(&str) -> String) -> ConfigError {
    let nearest = keys.iter().max_by(|a, b| strsim::jaro_winkler(a, key).total_cmp(&strsim::jaro_winkler(b, key)));
    let hint = nearest.map(|nearest| format!("the nearest setting is {}", spell(nearest)));
    ConfigError { message, hint, on_command_line: false }
}
