//! What must hold for every page in every language.
use std::collections::BTreeSet;

use waybill_core::text::{Language, Text};

use super::Deed;
use super::samples::{self, AssetUrls};
use super::script_texts::{FEW, HOLES, UPLOADER};

fn every_page() -> Vec<(String, String)> {
    let urls = AssetUrls {
        css_url: "/assets/style-1.css".to_owned(),
        js_url: "/assets/app-1.js".to_owned(),
        icon_url: "/assets/favicon.svg".to_owned(),
    };
    Language::ALL
        .into_iter()
        .flat_map(|language| {
            samples::all(Text::new(language), &urls)
                .into_iter()
                .map(move |(name, html)| (format!("{name}.{}", language.tag()), html))
        })
        .collect()
}

/// The opening tags of a page, without their angle brackets.
fn tags(html: &str) -> impl Iterator<Item = &str> {
    html.split('<')
        .skip(1)
        .filter(|tag| !tag.starts_with(['/', '!']))
        .filter_map(|tag| tag.split_once('>'))
        .map(|tag| tag.0.trim_end_matches('/'))
}

/// Names of a tag's attributes.
fn attributes(tag: &str) -> Vec<&str> {
    let (mut names, mut rest) = (Vec::new(), tag.split_once(char::is_whitespace).map_or("", |(_, rest)| rest).trim());
    while !rest.is_empty() {
        let end = rest.find(|c: char| c == '=' || c.is_whitespace()).unwrap_or(rest.len());
        names.push(&rest[..end]);
        rest = &rest[end..];
        if let Some(value) = rest.strip_prefix("=\"") {
            rest = value.split_once('"').expect("attribute values end").1;
        }
        rest = rest.trim_start();
    }
    names
}

fn attribute<'tag>(tag: &'tag str, name: &str) -> Option<&'tag str> {
    tag.split_once(&format!(" {name}=\""))?.1.split_once('"').map(|(value, _)| value)
}

#[test]
fn no_page_has_a_script_a_style_or_an_event_handler_of_its_own() {
    for (page, html) in every_page() {
        for tag in tags(&html) {
            let element = tag.split([' ', '\n']).next().unwrap();
            assert_ne!(element, "style", "{page}");
            if element == "script" {
                let is_data = attribute(tag, "type") == Some("application/json");
                assert!(is_data || attribute(tag, "src").is_some(), "{page}: <{tag}>");
            }
            for name in attributes(tag) {
                assert!(name != "style" && !name.starts_with("on"), "{page}: {name} in <{tag}>");
                assert!(
                    name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-:".contains(&b)),
                    "{page}: {name} in <{tag}>"
                );
            }
        }
        for after in html.split("<script type=\"module\"").skip(1) {
            assert!(after.split_once('>').unwrap().1.starts_with("</script>"), "{page}: the module script has a body");
        }
    }
}

#[test]
fn hostile_names_and_notes_stay_text() {
    for (page, html) in every_page() {
        for bad in ["<b>", "<script>", "</textarea><script", "alert(1)</"] {
            assert!(!html.contains(bad), "{page}: {bad}");
        }
        for after in html.split('\u{202E}').skip(1) {
            let (inside, _) = after.split_once('<').unwrap();
            let isolated = after[inside.len()..].starts_with("</bdi>")
                || after[inside.len()..].starts_with("</title>")
                || after[inside.len()..].starts_with("</textarea>");
            assert!(isolated, "{page}: a direction override stands outside an element of its own: {inside}");
        }
    }
}

#[test]
fn every_word_of_a_page_is_a_message_that_exists() {
    let keys = keys_of_pages();
    assert!(keys.len() > 200, "the keys are found");
    let prefixes: BTreeSet<&str> =
        keys.iter().filter_map(|key| key.split_once('-')).map(|(prefix, _)| prefix).collect();
    for (page, html) in every_page() {
        // A missing message is answered as its key: `landing-download-everything`.
        for word in without_tags(&html).split(|c: char| !(c.is_ascii_alphanumeric() || c == '-')) {
            let looks_like_a_key =
                word.split_once('-').is_some_and(|(prefix, rest)| prefixes.contains(prefix) && rest.contains('-'));
            assert!(!(looks_like_a_key || word.contains('-') && keys.contains(word)), "{page} shows the key {word}");
        }
    }
}

fn keys_of_pages() -> BTreeSet<&'static str> {
    include_str!("../../../../core/locales/en/pages.ftl")
        .lines()
        .filter(|line| line.starts_with(|c: char| c.is_ascii_lowercase()))
        .filter_map(|line| line.split_once(" ="))
        .map(|(key, _)| key)
        .collect()
}

/// What a reader sees, including the values of attributes that are read out.
fn without_tags(html: &str) -> String {
    let mut text = String::new();
    for part in html.split('<').skip(1) {
        let (tag, rest) = part.split_once('>').unwrap_or((part, ""));
        let is_script = tag.starts_with("script");
        for name in ["aria-label", "placeholder", "data-title", "data-text", "data-yes", "data-no"] {
            text.push_str(attribute(tag, name).unwrap_or_default());
            text.push('\n');
        }
        if !is_script {
            text.push_str(rest);
        }
        text.push('\n');
    }
    text
}

#[test]
fn every_message_of_the_pages_is_used() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut sources = String::new();
    for folder in ["templates", "templates/parts", "src/pages/view"] {
        for entry in std::fs::read_dir(root.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() && !path.ends_with("tests.rs") {
                sources.push_str(&std::fs::read_to_string(path).unwrap());
            }
        }
    }
    let unused: Vec<&str> =
        keys_of_pages().into_iter().filter(|key| !sources.contains(&format!("\"{key}\""))).collect();
    assert!(unused.is_empty(), "{unused:?}");
}

#[test]
fn every_page_has_one_main_heading_landmarks_and_headings_in_order() {
    for (page, html) in every_page() {
        if page.starts_with("package-live") {
            continue;
        }
        assert_eq!(html.matches("<h1").count(), 1, "{page}");
        assert_eq!(html.matches("<main").count(), 1, "{page}");
        assert!(html.contains("class=\"skip\" href=\"#content\""), "{page}");
        let levels: Vec<u32> =
            tags(&html).filter_map(|tag| tag.strip_prefix('h')?.chars().next()?.to_digit(10)).collect();
        for pair in levels.windows(2) {
            assert!(pair[1] <= pair[0] + 1, "{page}: heading {} after {}", pair[1], pair[0]);
        }
    }
}

#[test]
fn ids_are_unique_and_labels_point_to_them() {
    for (page, html) in every_page() {
        let mut ids = BTreeSet::new();
        for tag in tags(&html) {
            if let Some(id) = attribute(tag, "id") {
                assert!(ids.insert(id.to_owned()), "{page}: id {id} twice");
            }
        }
        for tag in tags(&html) {
            for name in ["for", "aria-labelledby", "aria-describedby", "form"] {
                for id in attribute(tag, name).unwrap_or_default().split_whitespace() {
                    assert!(ids.contains(id), "{page}: {name} points to {id}, which is not there");
                }
            }
        }
    }
}

#[test]
fn every_field_has_a_label_and_every_button_a_name() {
    for (page, html) in every_page() {
        for tag in tags(&html).filter(|tag| tag.starts_with("input ") || tag.starts_with("textarea ")) {
            if matches!(attribute(tag, "type"), Some("hidden" | "checkbox")) || tag.contains("aria-hidden") {
                continue;
            }
            let labelled = attribute(tag, "aria-label").is_some()
                || attribute(tag, "aria-labelledby").is_some()
                || attribute(tag, "id").is_some_and(|id| {
                    html.contains(&format!("<label for=\"{id}\"")) || html.contains(&format!(" for=\"{id}\""))
                });
            assert!(labelled, "{page}: <{tag}>");
        }
        let template_from = html.find("<template").unwrap_or(html.len());
        let template_to = html.find("</template").unwrap_or(html.len());
        for (at, _) in html.match_indices("<button") {
            if (template_from..template_to).contains(&at) {
                continue;
            }
            let (tag, rest) = html[at + 1..].split_once('>').unwrap();
            let inner = without_tags(&format!("<x>{}", rest.split_once("</button>").unwrap().0));
            assert!(attribute(tag, "aria-label").is_some() || !inner.trim().is_empty(), "{page}: <{tag}> has no name");
        }
    }
}

#[test]
fn what_a_button_shows_is_part_of_what_is_heard() {
    for (page, html) in every_page() {
        for start in ["<button ", "<a "] {
            for (at, _) in html.match_indices(start) {
                let (tag, rest) = html[at + 1..].split_once('>').unwrap();
                let Some(heard) = attribute(tag, "aria-label") else { continue };
                let end = rest.find("</button>").into_iter().chain(rest.find("</a>")).min().unwrap();
                let shown = without_tags(&format!("<x>{}", &rest[..end])).to_lowercase();
                assert!(heard.to_lowercase().contains(shown.trim()), "{page}: {heard} shows {shown}");
            }
        }
    }
}

#[test]
fn two_hundred_files_have_two_hundred_buttons_with_different_names() {
    let (_, html) = every_page().into_iter().find(|(page, _)| page == "landing-many.en").unwrap();
    let names: BTreeSet<&str> =
        tags(&html).filter(|tag| tag.contains("formaction=")).filter_map(|tag| attribute(tag, "aria-label")).collect();
    assert_eq!(names.len(), 200);
    assert_eq!(html.matches("name=\"visit\"").count(), 1);
}

#[test]
fn a_single_file_is_never_offered_as_an_archive() {
    let (_, html) = every_page().into_iter().find(|(page, _)| page == "landing-one.en").unwrap();
    assert!(!html.contains("/archive"));
    assert_eq!(html.matches("type=\"submit\"").count(), 1, "one button and no other");
}

#[test]
fn the_fragment_of_a_package_is_the_part_the_page_has() {
    let pages = every_page();
    let find = |name: &str| &pages.iter().find(|(page, _)| page == name).unwrap().1;
    let (page, live) = (find("package.en"), find("package-live.en"));
    assert!(live.trim_start().starts_with("<article"));
    assert!(page.contains(live.trim()));
}

#[test]
fn every_deed_is_found_by_an_action_of_its_own() {
    assert_eq!(Deed::from_action("download.completed"), Some(Deed::DownloadCompleted));
    assert_eq!(Deed::from_action("login.succeeded"), None);
    let all: Vec<Deed> = Deed::all().collect();
    for (index, deed) in all.iter().enumerate() {
        assert!(!all[..index].contains(deed), "{deed:?} stands for two actions");
    }
}

#[test]
fn the_script_is_given_the_texts_it_asks_for() {
    let source = include_str!("../../../../../web/src/texts.ts");
    let list = source.split_once("TEXT_KEYS = {").unwrap().1.split_once("} as const").unwrap().0;
    let asked: BTreeSet<&str> = list
        .lines()
        .map(str::trim)
        .filter(|line| !line.starts_with("//"))
        .filter_map(|line| line.split_once(": ["))
        .map(|(key, _)| key.trim_matches('"'))
        .collect();
    let given: BTreeSet<&str> = FEW.into_iter().chain(UPLOADER).collect();
    assert_eq!(given, asked);
    let holes = source.split_once("PLACEABLES = [").unwrap().1.split_once(']').unwrap().0;
    let asked: BTreeSet<&str> = holes.split('"').skip(1).step_by(2).collect();
    assert_eq!(HOLES.into_iter().collect::<BTreeSet<_>>(), asked);
}
