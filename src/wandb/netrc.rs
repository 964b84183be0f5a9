//! The file `.netrc`, as Python's `netrc` reads it for W&B's own SDK.

/// What stands where an entry should begin.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {0}: an entry begins with `machine`, `default` or `macdef`")]
pub(super) struct Damaged(pub(super) usize);

/// The password of that machine, or else of `default`.
pub(super) fn password(text: &str, machine: &str) -> Result<Option<String>, Damaged> {
    let mut tokens = Tokens {
        lines: text.lines().enumerate(),
        line: 0,
        rest: "",
    };
    let mut fallback = None;
    while let Some(token) = tokens.next() {
        let found = match token.as_str() {
            "machine" => {
                let name = tokens.next().ok_or(Damaged(tokens.line))?;
                tokens.entry().filter(|_| name == machine)
            }
            "default" => {
                fallback = fallback.or(tokens.entry());
                None
            }
            "macdef" => {
                tokens.skip_macro();
                None
            }
            _ => return Err(Damaged(tokens.line)),
        };
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(fallback)
}

struct Tokens<'a> {
    lines: std::iter::Enumerate<std::str::Lines<'a>>,
    line: usize,
    rest: &'a str,
}

impl Tokens<'_> {
    /// The next word: up to white space, or between quotes; a `#` at the start of a word begins a comment.
    fn next(&mut self) -> Option<String> {
        loop {
            self.rest = self.rest.trim_start();
            if !self.rest.is_empty() && !self.rest.starts_with('#') {
                return Some(self.word());
            }
            let (number, line) = self.lines.next()?;
            (self.line, self.rest) = (number + 1, line);
        }
    }

    fn word(&mut self) -> String {
        let quoted = self.rest.starts_with('"');
        let mut word = String::new();
        let mut characters = self.rest.char_indices().skip(usize::from(quoted));
        let mut end = self.rest.len();
        while let Some((at, character)) = characters.next() {
            match character {
                '\\' => word.extend(characters.next().map(|(_, escaped)| escaped)),
                '"' if quoted => {
                    end = at + 1;
                    break;
                }
                space if !quoted && space.is_whitespace() => {
                    end = at;
                    break;
                }
                other => word.push(other),
            }
        }
        self.rest = &self.rest[end..];
        word
    }

    /// The pairs of an entry, up to where the next one begins; gives the password.
    fn entry(&mut self) -> Option<String> {
        let mut password = None;
        loop {
            let before = (self.lines.clone(), self.line, self.rest);
            match self.next().as_deref() {
                Some("password") => password = self.next(),
                Some("login" | "user" | "account") => {
                    self.next();
                }
                _ => {
                    (self.lines, self.line, self.rest) = before;
                    return password;
                }
            }
        }
    }

    /// A macro goes up to the next empty line.
    fn skip_macro(&mut self) {
        self.rest = "";
        for (number, line) in self.lines.by_ref() {
            self.line = number + 1;
            if line.trim().is_empty() {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "# keys\nmachine api.wandb.ai\n  login user\n  password first\nmachine host:8080 login user password \"sec ond\"\n\
                        macdef init\n  echo machine\n\ndefault login x password fallback\n";

    #[test]
    fn the_machine_is_found_with_its_port() {
        assert_eq!(password(FILE, "api.wandb.ai"), Ok(Some("first".into())));
        assert_eq!(password(FILE, "host:8080"), Ok(Some("sec ond".into())));
    }

    #[test]
    fn another_machine_gets_the_default() {
        assert_eq!(password(FILE, "host"), Ok(Some("fallback".into())));
        assert_eq!(password("machine a login b password c", "host"), Ok(None));
    }

    #[test]
    fn damage_is_told_by_its_line() {
        assert_eq!(
            password("machine a password b\nnonsense here", "z"),
            Err(Damaged(2))
        );
    }
}
