//! The text part of a mail: the same sheet for people who read plain text. It must never break a link over two lines.
use super::sheet::Sheet;
use crate::text::Text;

/// Width that survives being quoted twice in an 80 column window.
const COLUMNS: usize = 72;

/// `sheet` as plain text with `\n` line ends.
pub(super) fn text(t: Text, sheet: &Sheet, url: Option<&str>, abuse: Option<&str>) -> String {
    let mut blocks: Vec<String> = vec![heading(&sheet.heading)];
    if let Some(parties) = &sheet.parties {
        let labels = [t.get("mail-line-from"), t.get("mail-line-to")];
        let width = labels.iter().map(|label| label.chars().count()).max().unwrap_or_default();
        let lines = labels.iter().zip([&parties.from, &parties.to]).map(|(label, party)| {
            let who =
                if party.name.is_empty() { party.email.clone() } else { format!("{} <{}>", party.name, party.email) };
            format!("{label:<width$} {who}")
        });
        blocks.push(lines.collect::<Vec<_>>().join("\n"));
    }
    blocks.push(wrap(&sheet.lead, ""));
    if let Some(quote) = &sheet.quote {
        blocks.push(quote.lines.iter().map(|line| wrap(line, "> ")).collect::<Vec<_>>().join("\n"));
    }
    if let Some(contents) = &sheet.contents {
        let mut lines = vec![format!("{}: {}", t.get("mail-label-contents"), contents.summary)];
        lines.extend(contents.rows.iter().map(|row| format!("  - {} ({})", row.name, row.size)));
        if !contents.more.is_empty() {
            lines.push(format!("    {}", contents.more));
        }
        blocks.push(lines.join("\n"));
    }
    blocks.extend(sheet.facts.iter().map(|fact| wrap(&format!("{}: {}", fact.label, fact.value), "")));
    for group in &sheet.groups {
        let mut lines = vec![wrap(&group.title, "")];
        lines.extend(group.lines.iter().map(|line| hanging(line)));
        blocks.push(lines.join("\n"));
    }
    if let Some(url) = url {
        blocks.push(format!("{}:\n{url}", sheet.button));
    }
    if !sheet.hint.is_empty() {
        blocks.push(wrap(&sheet.hint, ""));
    }
    let mut foot = wrap(&sheet.reason, "");
    if let Some(contact) = abuse {
        foot.push('\n');
        foot.push_str(&wrap(&t.with("mail-abuse", &[("contact", contact.into())]), ""));
    }
    // The line mail programs know as the start of a signature.
    format!("{}\n\n-- \n{foot}\n", blocks.join("\n\n"))
}

/// A line of a list, its further lines under its first word.
fn hanging(words: &str) -> String {
    let lines = wrap(words, "    ");
    format!("  - {}", lines.trim_start())
}

fn heading(words: &str) -> String {
    let lines = wrap(words, "");
    let width = lines.lines().map(|line| line.chars().count()).max().unwrap_or_default();
    format!("{lines}\n{}", "=".repeat(width.min(COLUMNS)))
}

/// `words` in lines of at most [`COLUMNS`] characters, each with `prefix`; a longer word gets a line of its own.
pub(super) fn wrap(words: &str, prefix: &str) -> String {
    let room = COLUMNS - prefix.chars().count();
    let mut lines = vec![String::new()];
    let mut used = 0;
    for word in words.split_whitespace() {
        let width = word.chars().count();
        if used > 0 && used + 1 + width > room {
            lines.push(String::new());
            used = 0;
        }
        let line = lines.last_mut().expect("there is always a line");
        if used > 0 {
            line.push(' ');
            used += 1;
        }
        line.push_str(word);
        used += width;
    }
    lines.iter().map(|line| format!("{prefix}{line}").trim_end().to_owned()).collect::<Vec<_>>().join("\n")
}
