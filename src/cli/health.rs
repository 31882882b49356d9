//! `hydraulics health`: for the health check of a container, which has no other HTTP client.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    time::Duration,
};

use anyhow::{Context, ensure};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

use super::Setup;

const REQUEST_TIMEOUT: Duration = Duration::from_secs(3);

pub(super) async fn run(setup: &Setup) -> anyhow::Result<()> {
    let config = &setup.config;
    let address = reachable(config.listen);
    let path = match &config.public_url {
        Some(urls) if !config.proxy_strips_path => format!("{}/livez", urls.path()),
        _ => "/livez".into(),
    };
    let answer = timeout(REQUEST_TIMEOUT, request(address, &path))
        .await
        .with_context(|| format!("the server at {address} does not answer"))?
        .with_context(|| format!("the server at {address} can't be reached"))?;
    ensure!(
        answer.split(' ').nth(1) == Some("200"),
        "the server at {address} is not well"
    );
    Ok(())
}

/// Where to find a server that listens on that address.
fn reachable(listen: SocketAddr) -> SocketAddr {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, listen.port())
}

async fn request(address: SocketAddr, path: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(address).await?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.take(4096).read_to_end(&mut answer).await?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}
