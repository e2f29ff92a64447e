//! The embedded messages and how one is looked up. It must never fail towards the caller: what is missing in a language
//! is answered in English, what is missing everywhere is answered as its key, and both are logged once.
use std::collections::HashSet;
use std::sync::{LazyLock, Mutex, PoisonError};

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentError, FluentResource, FluentValue};
use intl_memoizer::concurrent::IntlLangMemoizer;
use rust_embed::RustEmbed;

use super::{Arg, Language};

/// `locales/<tag>/*.ftl`; the files of a folder are one catalogue, split by who reads it.
#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/locales"]
pub(super) struct Locales;

type Bundle = FluentBundle<FluentResource>;

static ENGLISH: LazyLock<Bundle> = LazyLock::new(|| build(Language::English));
static GERMAN: LazyLock<Bundle> = LazyLock::new(|| build(Language::German));

fn bundle(language: Language) -> &'static Bundle {
    match language {
        Language::English => &ENGLISH,
        Language::German => &GERMAN,
    }
}

/// The message `key` of `language` with its values, as described above.
pub(super) fn format(language: Language, key: &str, args: &[(&str, Arg)]) -> String {
    format_in(language, key, args)
        .or_else(|| {
            log_once(language, key, "message is missing in this language");
            format_in(Language::default(), key, args)
        })
        .unwrap_or_else(|| {
            log_once(language, key, "message is missing in every language");
            key.to_owned()
        })
}

fn format_in(language: Language, key: &str, args: &[(&str, Arg)]) -> Option<String> {
    let bundle = bundle(language);
    let pattern = bundle.get_message(key)?.value()?;
    let args: FluentArgs<'_> = args.iter().map(|(name, value)| (*name, fluent_value(value))).collect();
    let mut errors: Vec<FluentError> = Vec::new();
    let message = bundle.format_pattern(pattern, Some(&args), &mut errors).into_owned();
    if let Some(error) = errors.first() {
        log_once(language, key, &error.to_string());
    }
    Some(message)
}

fn fluent_value(arg: &Arg) -> FluentValue<'_> {
    match arg {
        Arg::Text(text) => FluentValue::from(text.as_str()),
        Arg::Number(number) => FluentValue::from(*number),
    }
}

/// All files of one language merged. Two files with the same key: the first keeps it (a test refuses that earlier).
fn build(language: Language) -> Bundle {
    let mut bundle = FluentBundle::new_concurrent(vec![language.identifier()]);
    bundle.set_use_isolating(false);
    bundle.set_formatter(Some(match language {
        Language::English => |value, _: &IntlLangMemoizer| grouped_number(Language::English, value),
        Language::German => |value, _: &IntlLangMemoizer| grouped_number(Language::German, value),
    }));
    for (name, source) in sources(language) {
        let resource = FluentResource::try_new(source).unwrap_or_else(|(resource, errors)| {
            tracing::error!(file = name, ?errors, "messages could not be read completely");
            resource
        });
        if let Err(errors) = bundle.add_resource(resource) {
            tracing::error!(file = name, ?errors, "messages are defined twice");
        }
    }
    bundle
}

/// The names and contents of a language's files.
pub(super) fn sources(language: Language) -> Vec<(String, String)> {
    Locales::iter()
        .filter_map(|path| {
            let name = path.strip_prefix(language.tag())?.strip_prefix('/')?.to_owned();
            let file = Locales::get(&path)?;
            Some((name, String::from_utf8_lossy(&file.data).into_owned()))
        })
        .collect()
}

fn grouped_number(language: Language, value: &FluentValue<'_>) -> Option<String> {
    match value {
        FluentValue::Number(number) => Some(super::format::grouped(language, &number.as_string())),
        _ => None,
    }
}

fn log_once(language: Language, key: &str, problem: &str) {
    static LOGGED: LazyLock<Mutex<HashSet<String>>> = LazyLock::new(Mutex::default);
    /// Keys come from our own code, but nothing that can grow is without a limit.
    const LOGGED_MAX: usize = 1000;
    let mut logged = LOGGED.lock().unwrap_or_else(PoisonError::into_inner);
    if logged.len() < LOGGED_MAX && logged.insert(format!("{} {key}", language.tag())) {
        tracing::error!(language = language.tag(), key, problem, "text");
    }
}
