//! The pages as the operator changed them.

use super::StartError;
use crate::{App, app::CustomPages, config::Config};

/// Returns the application with the changes in the folder that the configuration names, or in that
/// of the data folder if there is one.
pub(super) fn add(app: App, config: &Config) -> Result<App, StartError> {
    let app = match folder(config) {
        Some(folder) => app.with_custom_pages(CustomPages::read(&folder)?),
        None => app,
    };
    let section = &config.pages;
    let mut tags = section.languages.iter().chain([&section.language]);
    let unknown = tags.find(|tag| app.texts().find(tag).is_none());
    if let Some(tag) = unknown {
        return Err(StartError::Language(tag.clone()));
    }
    Ok(app)
}

fn folder(config: &Config) -> Option<std::path::PathBuf> {
    let named = &config.pages.folder;
    if named.as_os_str().is_empty() {
        Some(config.data_dir.join("pages")).filter(|folder| folder.is_dir())
    } else {
        Some(named.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        app::AppParts,
        config::{Environment, Flags},
    };

    fn started(variables: &[(&str, &str)], data_dir: &std::path::Path) -> Result<App, String> {
        let flags = Flags {
            data_dir: Some(data_dir.display().to_string()),
            ..Flags::default()
        };
        let environment = Environment::new(variables.iter().copied());
        let config = Config::load(&flags, &environment).unwrap();
        let mut parts = AppParts::of_a_test("http://h.example");
        parts.settings = config.settings(parts.settings.urls.clone());
        add(App::new(parts), &config).map_err(|error| error.to_string())
    }

    #[test]
    fn folder_of_the_data_folder_is_read_if_it_is_there() {
        let data = tempfile::tempdir().unwrap();
        let app = started(&[], data.path()).unwrap();
        assert!(app.custom_pages().document("terms", "en").is_none());
        std::fs::create_dir(data.path().join("pages")).unwrap();
        std::fs::write(data.path().join("pages/terms.md"), "Be kind.").unwrap();
        let app = started(&[], data.path()).unwrap();
        assert!(app.custom_pages().document("terms", "en").is_some());
        std::fs::write(data.path().join("pages/footer.html"), "{{").unwrap();
        let error = started(&[], data.path()).err().unwrap();
        assert!(error.contains("footer.html, line 1"), "{error}");
    }

    #[test]
    fn missing_folder_and_language_stop_the_start() {
        let data = tempfile::tempdir().unwrap();
        for (name, value) in [
            ("HYDRAULICS_PAGES__FOLDER", "/nowhere/at/all"),
            ("HYDRAULICS_PAGES__LANGUAGE", "tlh"),
            ("HYDRAULICS_PAGES__LANGUAGES", "en, tlh"),
        ] {
            let error = started(&[(name, value)], data.path()).err().unwrap();
            assert!(
                error.contains("tlh") || error.contains("/nowhere"),
                "{error}"
            );
        }
    }
}
