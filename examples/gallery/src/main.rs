//! `gallery FOLDER ADDRESS [URL]`: the gallery in a folder, on an address.

use std::path::PathBuf;

use gallery::{OpenError, open, router, upkeep};
use hydraulics::{model::Urls, serve_router};
use tokio::{net::TcpListener, signal::ctrl_c, sync::watch};

#[tokio::main]
async fn main() -> Result<(), OpenError> {
    let mut arguments = std::env::args().skip(1);
    let folder = PathBuf::from(arguments.next().unwrap_or("gallery-data".into()));
    let address = arguments.next().unwrap_or("127.0.0.1:8080".into());
    let url = arguments.next().unwrap_or(format!("http://{address}"));
    std::fs::create_dir_all(&folder)?;
    let listener = TcpListener::bind(&address).await?;
    let gallery = open(&folder, Urls::new(&url.parse()?)?).await?;
    println!("The gallery is at {url}");

    let (stop, stopped) = watch::channel(());
    let told =
        |mut stopped: watch::Receiver<()>| async move { while stopped.changed().await.is_ok() {} };
    let beside = tokio::spawn({
        let (gallery, told) = (gallery.clone(), told(stopped.clone()));
        async move { upkeep(&gallery, told).await }
    });
    let app = gallery.app.clone();
    let ending = async move {
        ctrl_c().await.ok();
        drop(stop);
    };
    serve_router(listener, router(gallery), app, ending).await?;
    Ok(beside.await?)
}
