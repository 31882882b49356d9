//! Values of settings.

use super::*;

#[test]
fn a_database_url_shows_itself_without_its_password() {
    for (url, shown) in [
        ("postgres://u:hunter2@h/d", "postgres://u:REDACTED@h/d"),
        ("postgres://u@h/d?password=hunter2", "postgres://u@h/d"),
        (
            "postgres:///d?host=/run/pg&password=hunter2",
            "postgres:///d?host=%2Frun%2Fpg",
        ),
        ("postgresql:///d?pass%77ord=hunter2", "postgresql:///d"),
        (
            "postgres://u:hunter2@%2Frun%2Fpg/d",
            "postgres://u:REDACTED@%2Frun%2Fpg/d",
        ),
        (
            "postgres://h/d?sslmode=require",
            "postgres://h/d?sslmode=require",
        ),
        ("sqlite::memory:", "sqlite::memory:"),
        ("sqlite:a?password=b", "sqlite:a?password=b"),
        ("sqlite:a/b.sqlite", "sqlite:a/b.sqlite"),
    ] {
        let url = DatabaseUrl::parse(url).unwrap();
        assert_eq!(url.to_string(), shown);
        assert_eq!(format!("{url:?}"), shown);
    }
}

#[test]
fn only_urls_of_the_databases_there_are_can_be_one() {
    for bad in [
        "",
        "sqlite:",
        "data.sqlite",
        "mysql://h/d",
        "postgres://[/d",
    ] {
        assert!(DatabaseUrl::parse(bad).is_none(), "{bad}");
    }
}
