//! A settings file of W&B's SDK: INI, as Python's `configparser` reads it.

use ini::{Ini, ParseOption};

/// The file is not in its form; its words stay out of the message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {0} is neither a section nor a setting")]
pub(super) struct Damaged(usize);

/// `base_url` of the section `default`.
pub(super) fn base_url(text: &str) -> Result<Option<String>, Damaged> {
    let as_python = ParseOption {
        enabled_quote: false,
        enabled_escape: false,
        enabled_indented_mutiline_value: true,
        ..ParseOption::default()
    };
    let settings = Ini::load_from_str_opt(text, as_python).map_err(|error| {
        // An unfinished last line is found at the end of the file, which may be one line further.
        Damaged(error.line.clamp(1, text.lines().count().max(1)))
    })?;
    // The library takes a line without `=` as the beginning of the next line's name.
    let names = settings.iter().flat_map(|(_, section)| section.iter());
    if let Some(broken) = names
        .filter_map(|(name, _)| name.split(['\r', '\n']).next().filter(|line| *line != name))
        .next()
    {
        let line = text.lines().position(|line| line.trim() == broken.trim());
        return Err(Damaged(line.map_or(1, |line| line + 1)));
    }
    let default = settings.section(Some("default"));
    let found = default
        .into_iter()
        .flat_map(|section| section.iter())
        .rfind(|(name, _)| name.eq_ignore_ascii_case("base_url"));
    Ok(found.map(|(_, url)| url.to_owned()))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("[default]\nbase_url = https://a.example.com\n")]
    #[case("# mine\n[default]\r\nentity = acme\r\nbase_url: https://a.example.com\r\n")]
    #[case("[default]\nBASE_URL=https://a.example.com")]
    #[case("[default]\nnote = \"acme\nbase_url = https://a.example.com\n")]
    #[case("[default]\nnote = one\n  two\nbase_url = https://a.example.com\n")]
    fn the_address_is_found_in_the_section_default(#[case] text: &str) {
        assert_eq!(
            base_url(text),
            Ok(Some("https://a.example.com".to_owned())),
            "{text:?}"
        );
    }

    #[rstest]
    #[case("")]
    #[case("[default]\nentity = acme\n")]
    #[case("[other]\nbase_url = https://a.example.com\n")]
    fn elsewhere_there_is_none(#[case] text: &str) {
        assert_eq!(base_url(text), Ok(None));
    }

    #[rstest]
    #[case("[default]\nx = 1\nhunter2\ny = 2\n", 3)]
    #[case("[default]\r\nx = 1\r\nhunter2\r\ny = 2\r\n", 3)]
    #[case("[default]\nx = 1\nhunter2\n", 3)]
    #[case("[hunter2", 1)]
    fn damage_is_told_by_its_line_and_not_by_its_words(#[case] text: &str, #[case] line: usize) {
        assert_eq!(base_url(text), Err(Damaged(line)));
        assert!(!Damaged(line).to_string().contains("hunter2"));
    }
}
