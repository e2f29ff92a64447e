//! Do all catalogues say the same things, and does everything that is asked for exist?
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use fluent_bundle::FluentResource;

use super::{Language, bundle};

/// Key -> the variables its message uses.
type Messages = BTreeMap<String, BTreeSet<String>>;

/// Reads a catalogue's keys and variables as text: a message starts in column 0, comments start with `#`.
fn messages(source: &str) -> Messages {
    let mut messages = Messages::new();
    let mut key = String::new();
    for line in source.lines().filter(|line| !line.starts_with('#')) {
        if let Some((name, _)) = line.split_once('=')
            && line.starts_with(|first: char| first.is_ascii_alphabetic())
        {
            name.trim().clone_into(&mut key);
            let earlier = messages.insert(key.clone(), BTreeSet::new());
            assert!(earlier.is_none(), "{key} is defined twice in one file");
        }
        for part in line.split('$').skip(1) {
            let variable: String = part.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
            messages.get_mut(&key).expect("a variable stands inside a message").insert(variable);
        }
    }
    messages
}

fn catalogue(language: Language) -> BTreeMap<String, Messages> {
    bundle::sources(language).into_iter().map(|(name, source)| (name, messages(&source))).collect()
}

fn all_messages() -> Messages {
    catalogue(Language::English).into_values().flatten().collect()
}

#[test]
fn every_message_can_be_read() {
    for language in Language::ALL {
        for (name, source) in bundle::sources(language) {
            if let Err((_, errors)) = FluentResource::try_new(source) {
                panic!("{}/{name}: {errors:?}", language.tag());
            }
        }
    }
}

#[test]
fn no_key_is_defined_in_two_files() {
    for language in Language::ALL {
        let mut seen = BTreeMap::new();
        for (name, messages) in catalogue(language) {
            for key in messages.into_keys() {
                let earlier = seen.insert(key.clone(), name.clone());
                assert_eq!(earlier, None, "{}: {key} is also in {name}", language.tag());
            }
        }
    }
}

#[test]
fn all_languages_have_the_same_keys_with_the_same_variables_file_by_file() {
    let english = catalogue(Language::English);
    assert!(english.contains_key("common.ftl"), "the catalogue is embedded");
    for language in Language::ALL {
        let other = catalogue(language);
        let names = |catalogue: &BTreeMap<String, Messages>| catalogue.keys().cloned().collect::<Vec<_>>();
        assert_eq!(names(&english), names(&other), "files of {}", language.tag());
        for (name, messages) in &english {
            for (key, variables) in messages {
                assert_eq!(Some(variables), other[name].get(key), "{}/{name}: {key}", language.tag());
            }
            for key in other[name].keys() {
                assert!(messages.contains_key(key), "{}/{name}: {key} is unknown in English", language.tag());
            }
        }
    }
}

/// One use of a message in a source or template: its key, and the names of its values where they are written there.
#[derive(Debug, PartialEq)]
struct Use {
    key: String,
    args: Option<BTreeSet<String>>,
}

/// Finds `t.get("...")`, `t.with("...", ...)` and the same of variables named `text`.
fn uses(source: &str) -> Vec<Use> {
    let mut found = Vec::new();
    for (call, has_args) in [("t.get(", false), ("text.get(", false), ("t.with(", true), ("text.with(", true)] {
        for (at, _) in source.match_indices(call) {
            let before = source[..at].chars().next_back();
            if before.is_some_and(|c| c.is_alphanumeric() || c == '_') {
                continue;
            }
            let rest = source[at + call.len()..].trim_start();
            let Some((key, rest)) = rest.strip_prefix('"').and_then(|rest| rest.split_once('"')) else { continue };
            let args = if has_args { literal_names(rest) } else { Some(BTreeSet::new()) };
            found.push(Use { key: key.to_owned(), args });
        }
    }
    found
}

/// The names in `, &[("name", value), ...])` (in templates without `&` as well); none if the values are not written as such a list.
fn literal_names(rest: &str) -> Option<BTreeSet<String>> {
    let list = rest.trim_start().strip_prefix(',')?.trim_start();
    let list = list.strip_prefix('&').unwrap_or(list).strip_prefix('[')?;
    let (mut depth, mut in_string, mut end) = (1_usize, false, None);
    let mut previous = ' ';
    for (at, c) in list.char_indices() {
        match c {
            '"' if previous != '\\' => in_string = !in_string,
            '[' if !in_string => depth += 1,
            ']' if !in_string => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            end = Some(at);
            break;
        }
        previous = c;
    }
    let list = &list[..end?];
    // A name stands right behind an opening parenthesis and right before a comma: `("count", ...`.
    let names = list.match_indices('(').filter_map(|(at, _)| {
        let (name, rest) = list[at + 1..].trim_start().strip_prefix('"')?.split_once('"')?;
        rest.trim_start().starts_with(',').then(|| name.to_owned())
    });
    Some(names.collect())
}

#[test]
fn the_search_for_uses_finds_keys_and_values() {
    let source = r#"a.get("no"); set.with("no"); t.get( "one" ) {{ t.with("two", &[("count", n.into()), ("at", f("x]").into())]) }}
        text.with("three", &args) {% if t.get("four") %} self.t.get("five")"#;
    let names = |list: &[&str]| Some(list.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>());
    let found: Vec<(String, Option<BTreeSet<String>>)> = uses(source).into_iter().map(|u| (u.key, u.args)).collect();
    assert_eq!(
        found,
        [
            ("one".to_owned(), names(&[])),
            ("four".to_owned(), names(&[])),
            ("five".to_owned(), names(&[])),
            ("two".to_owned(), names(&["at", "count"])),
            ("three".to_owned(), None),
        ]
    );
}

#[test]
fn every_message_asked_for_exists_and_gets_its_values() {
    let messages = all_messages();
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut files = Vec::new();
    for entry in std::fs::read_dir(crates).unwrap() {
        let folder = entry.unwrap().path();
        for part in ["src", "templates"] {
            collect(&folder.join(part), &mut files);
        }
    }
    assert!(files.len() > 10, "the sources are found");
    let mut wrong = Vec::new();
    for file in files {
        if file.ends_with("text/catalogue_tests.rs") || file.ends_with("text/tests.rs") {
            continue;
        }
        let source = std::fs::read_to_string(&file).unwrap();
        for Use { key, args } in uses(&source) {
            match messages.get(&key) {
                None => wrong.push(format!("{}: {key} does not exist", file.display())),
                Some(variables) if args.as_ref().is_some_and(|args| args != variables) => {
                    wrong.push(format!("{}: {key} takes {variables:?}, given {args:?}", file.display()));
                }
                Some(_) => {}
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Rust sources and templates below `folder`; a folder that does not exist has none.
fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else if path
            .extension()
            .is_some_and(|ending| ["rs", "html", "txt", "mjml", "svg"].iter().any(|e| ending == *e))
        {
            files.push(path);
        }
    }
}
