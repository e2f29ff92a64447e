//! Recipients as people type and paste them into one box, and back. The browser's part reads them the same way
//! (`web/src/recipients.ts`).
use waybill_core::account::Email;
use waybill_core::package::{Addressee, Recipient};

/// Reads `Anna <a@x.org>, b@y.org; "Doe, Jane" <j@z.org>` and the like, separated by commas, semicolons or lines. What
/// cannot be read as an address is kept as it is, as the address, so that it can be refused by name.
pub(super) fn parse(text: &str) -> Vec<Addressee> {
    split(text).into_iter().map(parse_one).filter(|one| !one.email.is_empty() || !one.name.is_empty()).collect()
}

/// One recipient a line.
pub(super) fn lines(recipients: impl Iterator<Item = Recipient>) -> String {
    let lines: Vec<String> = recipients.map(|person| format!("{} <{}>", quoted(&person.name), person.email)).collect();
    lines.join("\n")
}

fn split(text: &str) -> Vec<&str> {
    let (mut parts, mut from, mut in_quotes, mut in_brackets) = (Vec::new(), 0, false, false);
    for (at, c) in text.char_indices() {
        let is_line = matches!(c, '\n' | '\r');
        if is_line || (matches!(c, ',' | ';') && !in_quotes && !in_brackets) {
            parts.push(&text[from..at]);
            (from, in_quotes, in_brackets) = (at + c.len_utf8(), false, false);
            continue;
        }
        match c {
            '"' => in_quotes = !in_quotes,
            '<' => in_brackets = true,
            '>' => in_brackets = false,
            _ => {}
        }
    }
    parts.push(&text[from..]);
    // Addresses copied from a table or typed with spaces between them.
    parts
        .into_iter()
        .flat_map(|part| if is_list(part) { part.split_whitespace().collect() } else { vec![part] })
        .collect()
}

fn is_list(part: &str) -> bool {
    part.split_whitespace().nth(1).is_some() && part.split_whitespace().all(|word| Email::parse(word).is_some())
}

fn parse_one(part: &str) -> Addressee {
    let part = part.trim();
    let addressee = |name: &str, email: &str| Addressee { name: unquoted(name), email: email.trim().to_owned() };
    if let Some((name, email)) = part.strip_suffix('>').and_then(|rest| rest.rsplit_once('<')) {
        return addressee(name, email.trim().strip_prefix("mailto:").unwrap_or(email));
    }
    let part = part.strip_prefix("mailto:").unwrap_or(part);
    match part.rsplit_once(char::is_whitespace) {
        // `Anna Mueller anna@example.org`, as copied from a table.
        Some((name, last)) if Email::parse(last).is_some() => addressee(name, last),
        _ => addressee("", part),
    }
}

fn quoted(name: &str) -> String {
    if name.contains(['"', ',', ';', '<', '>']) { format!("\"{}\"", name.replace('"', "'")) } else { name.to_owned() }
}

fn unquoted(name: &str) -> String {
    let name = name.trim();
    name.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(name).trim().to_owned()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("", &[])]
    #[case(" \n ,; \r\n", &[])]
    #[case("a@x.org", &[("", "a@x.org")])]
    #[case("Anna <a@x.org>\r\nBob Brown <b@y.org>\n", &[("Anna", "a@x.org"), ("Bob Brown", "b@y.org")])]
    #[case("Anna <a@x.org>, b@y.org; \"Doe, Jane\" <j@z.org>", &[("Anna", "a@x.org"), ("", "b@y.org"), ("Doe, Jane", "j@z.org")])]
    #[case("a@x.org b@y.org", &[("", "a@x.org"), ("", "b@y.org")])]
    #[case("Anna Mueller a@x.org", &[("Anna Mueller", "a@x.org")])]
    #[case("<mailto:a@x.org>", &[("", "a@x.org")])]
    #[case("Anna <not an address>", &[("Anna", "not an address")])]
    #[case("nonsense", &[("", "nonsense")])]
    fn people_are_read_as_they_are_typed(#[case] typed: &str, #[case] expected: &[(&str, &str)]) {
        let read = parse(typed);
        let read: Vec<_> = read.iter().map(|one| (one.name.as_str(), one.email.as_str())).collect();
        assert_eq!(read, expected);
    }
}
