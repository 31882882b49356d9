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

const PATIENCE: Duration = Duration::from_secs(3);

pub(super) async fn run(setup: &Setup) -> anyhow::Result<()> {
    let address = reachable(setup.config.listen);
    let answer = timeout(PATIENCE, ask(address))
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

async fn ask(address: SocketAddr) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(address).await?;
    let request = format!("GET /livez HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.take(4096).read_to_end(&mut answer).await?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}
