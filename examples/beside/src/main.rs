//! `beside ADDRESS`: serves it.

use beside::{Error, Service};
use hydraulics::service::background;
use hyper::{server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::{net::TcpListener, select, signal::ctrl_c};

#[tokio::main]
async fn main() -> Result<(), Error> {
    let address = std::env::args().nth(1).unwrap_or("127.0.0.1:8080".into());
    let listener = TcpListener::bind(&address).await?;
    let port = listener.local_addr()?.port();
    let hosts = ["one", "two"].map(|name| format!("{name}.localhost:{port}"));
    let service = Service::on(&hosts.each_ref().map(String::as_str))?;
    for host in &hosts {
        println!("A Pump server is at http://{host}/pump");
        if let Some(app) = service.server(host).cloned() {
            tokio::spawn(async move { background::run(&app, std::future::pending()).await });
        }
    }
    loop {
        let (stream, _) = select! {
            accepted = listener.accept() => accepted?,
            _ = ctrl_c() => return Ok(()),
        };
        let service = service.clone();
        tokio::spawn(async move {
            let answer = service_fn(|request| service.answer(request));
            let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), answer);
            if let Err(error) = connection.await {
                eprintln!("{error}");
            }
        });
    }
}
