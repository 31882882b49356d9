//! An [`App`] from a configuration.

use std::{error::Error, fs, net::SocketAddr, sync::Arc};

use super::{StartError, blobs, data_dir, public_url::account_of_other_public_url};
use crate::{
    App,
    app::{AppParts, Smtp},
    config::Config,
    federation::{Guard, HttpTransport},
    storage,
};

/// Makes the data folder if it isn't there, opens the database and brings it up to date, and puts
/// the application together for a server that listens on that address.
pub(crate) async fn build_app(config: &Config, listening: SocketAddr) -> Result<App, StartError> {
    let settings = config.settings(config.urls(listening)?);
    let smtp = config.mail.smtp(&settings.urls)?;
    let mailer = smtp.map(|smtp| Smtp::new(&smtp)).transpose();
    let mailer = mailer.map_err(StartError::Mail)?;
    data_dir::create(&config.data_dir).map_err(|reason| StartError::DataDir {
        path: config.data_dir.clone(),
        reason,
    })?;
    let transport = transport(config, &settings.server_header)?;
    let blobs = blobs::open(config).await?;
    let storage = storage::connect(config.database().expose())
        .await
        .map_err(StartError::Database)?;
    let language = &settings.search.language;
    if let Err(error) = storage.set_search_language(language).await {
        storage.close().await;
        return Err(StartError::Database(error));
    }
    if let Some(stranger) = account_of_other_public_url(&*storage, &settings.urls).await {
        if config.federation.enabled && config.public_url.is_some() {
            storage.close().await;
            return Err(StartError::OtherPublicUrl {
                account: stranger,
                public_url: settings.urls.base().to_owned(),
            });
        }
        tracing::warn!(
            account = stranger,
            public_url = settings.urls.base(),
            "this database was begun under another public URL: what is in it keeps its links and \
             ids, and clients will not find it here"
        );
    }
    let mut parts = AppParts::new(storage, blobs, settings);
    parts.transport = Arc::new(transport);
    let app = App::new(parts);
    Ok(match mailer {
        Some(mailer) => app.with_mailer(Arc::new(mailer)),
        None => app,
    })
}

/// The way to other hosts.
fn transport(config: &Config, user_agent: &str) -> Result<HttpTransport, StartError> {
    let guard = Guard::new(config.federation.allowed_networks.clone());
    let path = &config.federation.ca_file;
    if path.as_os_str().is_empty() {
        return HttpTransport::new(user_agent, guard).map_err(StartError::Http);
    }
    let wrong = |reason: Box<dyn Error + Send + Sync>| StartError::CaFile {
        path: path.clone(),
        reason,
    };
    let authorities = fs::read(path).map_err(|error| wrong(error.into()))?;
    HttpTransport::trusting(user_agent, guard, &authorities).map_err(|error| wrong(error.into()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Environment, Flags};

    #[tokio::test]
    async fn an_upload_is_synced_to_the_disk_before_it_is_answered() {
        let folder = tempfile::tempdir().unwrap();
        let flags = Flags {
            data_dir: Some(folder.path().display().to_string()),
            database_url: Some("sqlite::memory:".into()),
            ..Flags::default()
        };
        let config = Config::load(&flags, &Environment::default()).unwrap();
        let app = build_app(&config, config.listen).await.unwrap();
        let blobs = format!("{:?}", app.blobs());
        assert!(blobs.contains("fsync: true"), "{blobs}");
    }
}
