//! Other people's words inside our sentences. What stands in an element of its own is isolated by `<bdi>`; this is for
//! what stands inside a message. It must never change a stored name, only how it is shown.

/// `name` without characters that turn the direction of the text around it or break the line, so that a file called
/// `annual<U+202E>fdp.exe` cannot rewrite the sentence it stands in. Letters of right-to-left scripts stay and are
/// isolated.
pub fn inert(name: &str) -> String {
    let clean: String = name.chars().filter(|c| !turns_direction(*c) && !c.is_control()).collect();
    if clean.chars().any(is_right_to_left) { format!("\u{2068}{clean}\u{2069}") } else { clean }
}

fn turns_direction(c: char) -> bool {
    matches!(c, '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// The blocks of Hebrew, Arabic and their neighbours.
fn is_right_to_left(c: char) -> bool {
    matches!(c, '\u{0590}'..='\u{08FF}' | '\u{FB1D}'..='\u{FDFF}' | '\u{FE70}'..='\u{FEFC}' | '\u{10800}'..='\u{10FFF}' | '\u{1E800}'..='\u{1EFFF}')
}

#[cfg(test)]
mod tests {
    use super::inert;

    #[test]
    fn a_direction_override_is_not_shown() {
        assert_eq!(inert("annual\u{202E}fdp.exe"), "annualfdp.exe");
        assert_eq!(inert("a\u{2069}b\nc"), "abc");
    }

    #[test]
    fn a_name_from_right_to_left_is_isolated() {
        assert_eq!(inert("\u{05D0}\u{05D1}"), "\u{2068}\u{05D0}\u{05D1}\u{2069}");
        assert_eq!(inert("Anna Müller"), "Anna Müller");
    }
}
