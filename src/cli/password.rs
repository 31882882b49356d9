//! Passwords: asked for on the terminal, or a line of standard input.

use std::io::{BufRead, IsTerminal, stdin};

use anyhow::{Context, ensure};

/// Asks twice, without showing what is typed; where standard input is no terminal, takes its first
/// line.
pub(super) fn prompt(whose: &str) -> anyhow::Result<String> {
    if !stdin().is_terminal() {
        return read_line(&mut stdin().lock());
    }
    let password = rpassword::prompt_password(format!("Password for {whose}: "))
        .context("the password can't be read")?;
    let again =
        rpassword::prompt_password("Confirm password: ").context("the password can't be read")?;
    ensure!(password == again, "these were two different passwords");
    Ok(password)
}

fn read_line(input: &mut impl BufRead) -> anyhow::Result<String> {
    let mut line = String::new();
    input
        .read_line(&mut line)
        .context("the password can't be read from standard input")?;
    let password = line.trim_end_matches(['\r', '\n']);
    ensure!(
        !password.is_empty(),
        "standard input has no password: it must be the first line"
    );
    Ok(password.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_is_the_password_with_its_spaces() {
        let mut input = &b" with spaces \r\nand more\n"[..];
        assert_eq!(read_line(&mut input).unwrap(), " with spaces ");
    }

    #[test]
    fn no_line_is_no_password() {
        assert!(read_line(&mut &b""[..]).is_err());
        assert!(read_line(&mut &b"\n"[..]).is_err());
    }
}
