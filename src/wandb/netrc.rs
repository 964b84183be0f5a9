//! The file `.netrc`, as Python's `netrc` reads it for W&B's own SDK.

use secrecy::{ExposeSecret, SecretString};

/// The file is not in its form. Words of the file stay out of the message: any of them may be a password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {fault}")]
pub(super) struct Damaged {
    line: usize,
    fault: &'static str,
}

/// The password of the first of these machines that has an entry, or that of `default` where none has.
///
/// Python's rules: the last of several entries for one machine counts, and an entry without a password is one.
pub(super) fn password(text: &str, machines: &[String]) -> Result<Option<SecretString>, Damaged> {
    let mut words = Words { text, at: 0 };
    let mut own = vec![None; machines.len()];
    let mut default = None;
    while let Some(keyword) = words.keyword()? {
        match keyword.as_str() {
            "machine" => {
                let name = words
                    .next()?
                    .ok_or(words.damaged("a machine has no name"))?;
                let password = words.entry()?;
                for (machine, own) in machines.iter().zip(&mut own) {
                    if *machine == name {
                        *own = Some(password.clone());
                    }
                }
            }
            "default" => default = Some(words.entry()?),
            "macdef" => words.skip_macro()?,
            _ => {
                return Err(words.damaged(
                    "there is a word that is no keyword, such as `machine`, `login` or `password`",
                ));
            }
        }
    }
    let found = own.into_iter().flatten().next().or(default);
    Ok(found.filter(|password| !password.expose_secret().is_empty()))
}

/// The words of the file, from `at` on.
struct Words<'a> {
    text: &'a str,
    at: usize,
}

impl Words<'_> {
    /// Where a keyword may stand, a `#` begins a comment; in a value it is a character like any other.
    fn keyword(&mut self) -> Result<Option<String>, Damaged> {
        loop {
            self.skip_blank();
            if !self.rest().starts_with('#') {
                return self.next();
            }
            self.line();
        }
    }

    /// The next word: up to a blank, or between quotes.
    fn next(&mut self) -> Result<Option<String>, Damaged> {
        self.skip_blank();
        let rest = self.rest();
        if rest.is_empty() {
            return Ok(None);
        }
        let quoted = rest.starts_with('"');
        let mut characters = rest.char_indices().skip(usize::from(quoted));
        let mut word = String::new();
        let mut end = None;
        while let Some((at, character)) = characters.next() {
            match character {
                '\\' => word.extend(characters.next().map(|(_, escaped)| escaped)),
                '"' if quoted => {
                    end = Some(at + 1);
                    break;
                }
                other if !quoted && is_blank(other) => {
                    end = Some(at);
                    break;
                }
                other => word.push(other),
            }
        }
        if quoted && end.is_none() {
            return Err(self.damaged("a quote is opened and never closed"));
        }
        self.at += end.unwrap_or(rest.len());
        Ok(Some(word))
    }

    /// The pairs of an entry, up to where the next one begins; gives the password, empty if there is none.
    fn entry(&mut self) -> Result<SecretString, Damaged> {
        let mut password = SecretString::default();
        loop {
            let before = self.at;
            match self.keyword()?.as_deref() {
                Some("password") => password = self.next()?.unwrap_or_default().into(),
                Some("login" | "user" | "account") => {
                    self.next()?;
                }
                _ => {
                    self.at = before;
                    return Ok(password);
                }
            }
        }
    }

    /// A macro goes up to the next empty line.
    fn skip_macro(&mut self) -> Result<(), Damaged> {
        let unending = self.damaged("a macro does not end with an empty line");
        self.next()?;
        self.line();
        while !self.rest().is_empty() {
            if self.line().trim_end_matches(['\r', '\n']).is_empty() {
                return Ok(());
            }
        }
        Err(unending)
    }

    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn skip_blank(&mut self) {
        self.at = self.text.len() - self.rest().trim_start_matches(is_blank).len();
    }

    /// What is left of the line, its end included.
    fn line(&mut self) -> &str {
        let from = self.at;
        let length = self.rest().find('\n').map(|end| end + 1);
        self.at = length.map_or(self.text.len(), |length| from + length);
        &self.text[from..self.at]
    }

    /// That something is wrong at the last word read.
    fn damaged(&self, fault: &'static str) -> Damaged {
        let line = 1 + self.text[..self.at].matches('\n').count();
        Damaged { line, fault }
    }
}

fn is_blank(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\r' | '\n')
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    const FILE: &str = r#"# keys
machine api.wandb.ai
  login user
  password first
machine host:8080 login user password "sec \"ond" # the test server's
macdef init
  echo machine host password macro

default account a login x password fallback
"#;

    fn found(text: &str, machine: &str) -> Option<String> {
        let password = password(text, &[machine.to_owned()]).unwrap();
        password.map(|password| password.expose_secret().to_owned())
    }

    #[rstest]
    #[case("api.wandb.ai", "first")]
    #[case("host:8080", "sec \"ond")]
    #[case("host", "fallback")]
    fn a_machine_is_found_with_its_port_and_any_other_gets_the_default(
        #[case] machine: &str,
        #[case] expected: &str,
    ) {
        assert_eq!(found(FILE, machine).as_deref(), Some(expected));
        let windows = FILE.replace('\n', "\r\n");
        assert_eq!(found(&windows, machine).as_deref(), Some(expected));
    }

    #[rstest]
    #[case::a_hash_in_a_value_is_no_comment("machine h login #x password #k", Some("#k"))]
    #[case::a_comment_may_stand_in_an_entry("machine h # password z\n password k", Some("k"))]
    #[case::the_last_entry_counts("machine h password a machine h password b", Some("b"))]
    #[case::a_backslash_escapes(r"machine h password a\ b", Some("a b"))]
    #[case::an_entry_without_password_hides_default("machine h login a default password d", None)]
    #[case::the_default_may_come_first("default password d machine h password k", Some("k"))]
    #[case::no_entry("machine other password k", None)]
    #[case::an_empty_file("", None)]
    fn entries_are_read_as_python_reads_them(#[case] text: &str, #[case] expected: Option<&str>) {
        assert_eq!(found(text, "h").as_deref(), expected);
    }

    #[rstest]
    #[case("machine a password b\nhunter2 here", 2, "no keyword")]
    #[case("machine h password k\n\nmachine", 3, "no name")]
    #[case("machine h\nmacdef init\n echo", 2, "empty line")]
    #[case("machine h\n password \"hunter2", 2, "never closed")]
    fn damage_is_told_by_its_line_and_not_by_its_words(
        #[case] text: &str,
        #[case] line: usize,
        #[case] named: &str,
    ) {
        let message = password(text, &["h".to_owned()]).unwrap_err().to_string();
        assert!(message.starts_with(&format!("line {line}: ")), "{message}");
        assert!(message.contains(named), "{message}");
        assert!(!message.contains("hunter2"), "{message}");
    }
}
