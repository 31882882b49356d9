use std::path::Path;

use super::*;
use crate::{app::RegistrationMode, model::Secret};

/// Loads the configuration from a folder with this file (if any), these variables and flags.
pub(super) fn load(
    file: &str,
    variables: &[(&str, &str)],
    flags: Flags,
) -> Result<Config, ConfigError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("test.toml");
    std::fs::write(&path, file).unwrap();
    let flags = Flags {
        config: Some(path),
        ..flags
    };
    Config::load(&flags, &Environment::new(variables.iter().copied()))
}

/// The sentence for a file that is wrong, with the folder of the file left out.
pub(super) fn wrong_file(file: &str) -> String {
    shortened(&load(file, &[], Flags::default()).unwrap_err())
}

fn wrong_variable(name: &str, value: &str) -> String {
    load("", &[(name, value)], Flags::default())
        .unwrap_err()
        .to_string()
}

fn shortened(error: &ConfigError) -> String {
    let text = error.to_string();
    text.split(' ')
        .map(|word| match word.find("test.toml") {
            Some(at) => &word[at..],
            None => word,
        })
        .collect::<Vec<_>>()
        .join(" ")
}

#[test]
fn default_file_agrees_with_default_settings() {
    let config = load("", &[], Flags::default()).unwrap();
    let urls = config.urls(config.listen).unwrap();
    assert_eq!(urls.base(), "http://127.0.0.1:8080");
    let settings = config.settings(urls.clone());
    assert_eq!(
        format!("{settings:?}"),
        format!("{:?}", Settings::new(urls))
    );
    assert_eq!(config.database().expose(), "sqlite:data/hydraulics.sqlite");
}

#[test]
fn canonical_redirect_needs_public_url_and_setting() {
    for (file, sent) in [
        ("", false),
        ("redirect_to_canonical = true", false),
        ("public_url = 'http://pump.test'", true),
        (
            "public_url = 'http://pump.test'\nredirect_to_canonical = false",
            false,
        ),
    ] {
        let config = load(file, &[], Flags::default()).unwrap();
        let urls = config.urls(config.listen).unwrap();
        assert_eq!(config.settings(urls).redirect_to_canonical, sent, "{file}");
    }
}

#[test]
fn precedence_is_flag_environment_file_defaults() {
    let file =
        "listen = '127.0.0.1:1'\nsite = 'F'\ndata_dir = 'f'\n[oauth]\ntimestamp_window = 60\n";
    let variables = [
        ("HYDRAULICS_LISTEN", "127.0.0.1:2"),
        ("HYDRAULICS_DATA_DIR", "e"),
    ];
    let flags = Flags {
        listen: Some("127.0.0.1:3".into()),
        ..Flags::default()
    };
    let config = load(file, &variables, flags).unwrap();
    assert_eq!(config.listen.port(), 3);
    assert_eq!(config.data_dir, Path::new("e"));
    assert_eq!(config.site, "F");
    assert_eq!(config.oauth.timestamp_window, 60);
    assert_eq!(config.oauth.request_token_lifetime, 600);
}

#[test]
fn variables_are_read_as_what_the_setting_is() {
    let variables = [
        ("HYDRAULICS_SITE", "1984"),
        ("HYDRAULICS_REGISTRATION__OPEN", "false"),
        ("HYDRAULICS_READING__ANONYMOUS", "false"),
        ("HYDRAULICS_OAUTH__TIMESTAMP_WINDOW", "7"),
        (
            "HYDRAULICS_TRUSTED_PROXIES",
            "127.0.0.1, 10.0.0.0/8, ::ffff:192.0.2.1, ::ffff:172.16.0.0/108, ::1",
        ),
        ("HYDRAULICS_PUBLIC_URL", ""),
        ("HYDRAULICS_TEST_ANYTHING", "x"),
    ];
    let config = load("", &variables, Flags::default()).unwrap();
    assert_eq!(config.site, "1984");
    assert_eq!(config.registration.mode, RegistrationMode::Closed);
    assert!(!config.api.anonymous_read);
    assert_eq!(config.oauth.timestamp_window, 7);
    let proxies: Vec<_> = config
        .trusted_proxies
        .iter()
        .map(ToString::to_string)
        .collect();
    let expected = [
        "127.0.0.1/32",
        "10.0.0.0/8",
        "192.0.2.1/32",
        "172.16.0.0/12",
        "::1/128",
    ];
    assert_eq!(proxies, expected);
    assert!(config.public_url.is_none());
}

#[test]
fn unknown_key_is_reported_with_file_and_suggestion() {
    assert_eq!(
        wrong_file("lisen = 'x'"),
        "there is no setting `lisen` (in test.toml): is it `listen`?"
    );
    assert_eq!(
        wrong_file("[oauth]\nfoo = 1"),
        "there is no setting `oauth.foo` (in test.toml): the settings here are \
         timestamp_window, request_token_lifetime, plaintext_without_tls"
    );
    assert_eq!(
        wrong_file("[[users]]\nnickname = 'a'\npasswort = 'b'"),
        "there is no setting `users[0].passwort` (in test.toml): is it `password`?"
    );
}

#[test]
fn an_unknown_variable_is_named_with_the_nearest_known_one() {
    assert_eq!(
        wrong_variable("HYDRAULICS_OAUTH_TIMESTAMP_WINDOW", "1"),
        "there is no setting for the environment variable HYDRAULICS_OAUTH_TIMESTAMP_WINDOW: \
         is it `HYDRAULICS_OAUTH__TIMESTAMP_WINDOW`?"
    );
}

#[test]
fn a_bad_value_is_named_with_its_place_and_what_would_be_right() {
    assert_eq!(
        wrong_file("[oauth]\ntimestamp_window = 'long'"),
        "`oauth.timestamp_window` must be a whole number, not \"long\" (in test.toml)"
    );
    assert_eq!(
        wrong_file("[oauth]\ntimestamp_window = 0"),
        "`oauth.timestamp_window` must be a whole number from 1 to 86400, not 0 (in test.toml)"
    );
    assert_eq!(
        wrong_file("oauth = 3"),
        "`oauth` must be a section of settings, not 3 (in test.toml)"
    );
    assert_eq!(
        wrong_file("[log]\nformat = 'xml'"),
        "`log.format` must be \"auto\", \"human\" or \"json\", not \"xml\" (in test.toml)"
    );
    assert_eq!(
        wrong_file("trusted_proxies = ['here']"),
        "`trusted_proxies` must hold addresses or networks, such as 127.0.0.1 or 10.0.0.0/8, \
         not \"here\" (in test.toml)"
    );
    assert_eq!(
        wrong_variable("HYDRAULICS_REGISTRATION__REQUIRE_EMAIL", "maybe"),
        "`registration.require_email` must be true or false, not \"maybe\" (in the environment \
         variable HYDRAULICS_REGISTRATION__REQUIRE_EMAIL)"
    );
    let flags = Flags {
        listen: Some("here".into()),
        ..Flags::default()
    };
    assert_eq!(
        load("", &[], flags).unwrap_err().to_string(),
        "`listen` must be an address and a port, such as 127.0.0.1:8080 or [::]:8080, not \
         \"here\" (in the flag --listen)"
    );
}

#[test]
fn a_public_url_may_have_a_path_but_no_query() {
    let file = "public_url = 'https://h.example/pump/'\nproxy_strips_path = true";
    let config = load(file, &[], Flags::default()).unwrap();
    let settings = config.settings(config.urls(config.listen).unwrap());
    assert_eq!(settings.urls.base(), "https://h.example/pump");
    assert!(settings.proxy_strips_path);
    assert_eq!(
        wrong_variable("HYDRAULICS_PUBLIC_URL", "https://h.example/?pump"),
        "`public_url` must be http:// or https:// and a host, and after it nothing or a plain \
         path, such as https://pump.example (in the environment variable HYDRAULICS_PUBLIC_URL)"
    );
}

#[test]
fn no_sentence_shows_a_password() {
    for file in [
        "database_url = 'mysql://u:hunter2@h/d'",
        "[[users]]\nnickname = 'a'\npassword = 'hunter2'\nwhat = 1",
        "[[users]]\nnickname = 'a'\npassword = ['hunter2']",
        "[[clients]]\nid = 'a'\nsecret = 'hunter2'\n[[clients]]\nid = 'a'\nsecret = 'hunter2'",
        "[[users]]\nnickname = 'a'\npassword = 'hunter2",
        "[[users]]\nnickname = 'a'\npassword = 'p'\ntokens = 'hunter2'",
        "[[users]]\nnickname = 'a'\npassword = 'p'\ntokens = ['hunter2']",
        "users = 'hunter2'",
        "users = ['hunter2']",
        "clients = 'hunter2'",
        "clients = ['hunter2']",
    ] {
        let sentence = wrong_file(file);
        assert!(!sentence.contains("hunter2"), "{sentence}");
    }
    assert_eq!(
        wrong_file("[[users]]\nnickname = 'a'\npassword = 5"),
        "`users[0].password` must be a text in quotes (in test.toml)"
    );
}

#[test]
fn a_file_that_is_no_toml_or_is_not_there_is_named() {
    let sentence = wrong_file("site = 'x'\nlisten =\n");
    assert!(
        sentence.starts_with("test.toml is no TOML: line 2: "),
        "{sentence}"
    );
    let flags = Flags {
        config: Some("/nowhere/x.toml".into()),
        ..Flags::default()
    };
    let error = Config::load(&flags, &Environment::default()).unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("the configuration file /nowhere/x.toml can't be read: "),
        "{error}"
    );
}

#[test]
fn tokens_need_a_client_and_everything_given_needs_its_own_name() {
    let client = "[[clients]]\nid = 'c'\nsecret = 's'\n";
    let user = "[[users]]\nnickname = 'a'\npassword = 'p'\n";
    let token = "tokens = [{ client = 'c', token = 't', secret = 's' }]\n";
    assert!(load(&format!("{client}{user}{token}"), &[], Flags::default()).is_ok());
    assert_eq!(
        wrong_file(&format!("{user}{token}")),
        "`users[0].tokens[0].client` must be the id of one of the [[clients]], not \"c\""
    );
    assert_eq!(
        wrong_file(&format!("{user}{user}")),
        "`users[1].nickname` is \"a\", which was given before: every one needs its own"
    );
}

#[test]
fn printed_configuration_round_trips_without_secrets() {
    let file = "site = 'Brücke'\ndatabase_url = 'postgres://u:hunter2@h/d'\n\
        [[clients]]\nid = 'c'\nsecret = 'hunter2'\n\
        [[users]]\nnickname = 'a'\npassword = 'hunter2'\n\
        tokens = [{ client = 'c', token = 'hunter2', secret = 'hunter2' }]\n";
    let printed = load(file, &[], Flags::default())
        .unwrap()
        .to_commented_toml();
    assert!(!printed.contains("hunter2"), "{printed}");
    for line in [
        "# The name of the site, for people.",
        "site = \"Brücke\"",
        "public_url = \"http://127.0.0.1:8080\"",
        "database_url = \"postgres://u:REDACTED@h/d\"",
        "timestamp_window = 300",
        "[[users]]",
        "password = \"[redacted]\"",
    ] {
        assert!(printed.lines().any(|printed| printed == line), "{line}");
    }
    let again = load(&printed, &[], Flags::default()).unwrap();
    assert_eq!(again.to_commented_toml(), printed);
}

#[test]
fn mail_defaults_to_standard_port_and_local_sender() {
    let smtp = |file: &str| {
        let config = load(file, &[], Flags::default()).unwrap();
        let url = Url::parse("https://pump.example:8443").unwrap();
        config.mail.smtp(&Urls::new(&url).unwrap()).unwrap()
    };
    assert!(smtp("").is_none());
    for (tls, port) in [("starttls", 587), ("tls", 465), ("none", 25)] {
        let smtp = smtp(&format!("mail.host = 'm.example'\nmail.tls = '{tls}'")).unwrap();
        assert_eq!((smtp.port, &*smtp.from), (port, "no-reply@pump.example"));
        assert!(smtp.login.is_none());
    }
    let smtp =
        smtp("mail = { host = 'm', port = 2525, user = 'u', password = 'p', from = 'A <a@b>' }");
    let smtp = smtp.unwrap();
    assert_eq!((smtp.port, &*smtp.from), (2525, "A <a@b>"));
    assert_eq!(smtp.login, Some(("u".into(), Secret::new("p"))));
}

#[test]
fn the_password_of_the_mail_server_may_be_in_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("password");
    let file = format!(
        "mail = {{ host = 'm', user = 'u', password_file = '{}' }}",
        path.display()
    );
    let config = load(&file, &[], Flags::default()).unwrap();
    let urls = config.urls(config.listen).unwrap();
    let missing = config.mail.smtp(&urls).unwrap_err().to_string();
    assert!(
        missing.starts_with("`mail.password_file` can't be read: "),
        "{missing}"
    );
    std::fs::write(&path, "\n").unwrap();
    let empty = config.mail.smtp(&urls).unwrap_err().to_string();
    assert!(
        empty.contains("has no password in its first line"),
        "{empty}"
    );
    std::fs::write(&path, "hunter2\n").unwrap();
    let login = config.mail.smtp(&urls).unwrap().unwrap().login;
    assert_eq!(login, Some(("u".into(), Secret::new("hunter2"))));
}

#[test]
fn contradictory_mail_settings_are_reported_without_secrets() {
    for (file, said) in [
        (
            "mail = { host = 'm', user = 'u' }",
            "`mail.password` or `mail.password_file` is missing",
        ),
        (
            "mail = { host = 'm', password = 'hunter2' }",
            "`mail.user` is missing",
        ),
        (
            "mail = { user = 'u', password = 'hunter2' }",
            "`mail.host` is missing",
        ),
        (
            "mail = { host = 'm', from = 'Pump <pö@h.example>', password = 'hunter2' }",
            "`mail.from` must have an address in ASCII",
        ),
        (
            "mail = { host = 'm', user = 'u', password = 'hunter2', password_file = 'f' }",
            "are both set",
        ),
        (
            "registration.require_email = true",
            "`registration.require_email` needs a mail server",
        ),
        (
            "mail.tls = 'ssl'",
            "`mail.tls` must be \"none\", \"starttls\" or \"tls\", not \"ssl\"",
        ),
        (
            "mail.port = 70000",
            "`mail.port` must be a whole number from 0 to 65535",
        ),
        (
            "mail.timeout = 0",
            "`mail.timeout` must be a whole number from 1 to 50",
        ),
        (
            "mail.password = 5",
            "`mail.password` must be a text in quotes",
        ),
        (
            "mail.password = ['hunter2']",
            "`mail.password` must be a text in quotes",
        ),
    ] {
        let sentence = wrong_file(file);
        assert!(sentence.contains(said), "{file}: {sentence}");
        assert!(!sentence.contains("hunter2"), "{sentence}");
    }
    let file = "mail = { host = 'm', user = 'u', password = 'hunter2' }";
    let config = load(file, &[], Flags::default()).unwrap();
    assert!(!config.to_commented_toml().contains("hunter2"));
    assert!(!format!("{config:?}").contains("hunter2"));
}
