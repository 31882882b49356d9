//! Writing in a browser: the forms, and the files that pages show.

mod changing;
mod files;
mod posting;

use crate::support::{Answer, PASSWORD, Request, TestServer};

const BOUNDARY: &str = "------------------------a5f2";

/// Someone with a browser, who may have signed in.
struct Reader<'a> {
    server: &'a TestServer,
    cookie: Option<String>,
}

/// A file of a form.
struct File<'a> {
    name: &'a str,
    kind: &'a str,
    bytes: Vec<u8>,
}

impl<'a> Reader<'a> {
    fn stranger(server: &'a TestServer) -> Self {
        Self {
            server,
            cookie: None,
        }
    }

    /// Signs in to an account that is there.
    async fn sign_in(server: &'a TestServer, nickname: &str) -> Self {
        let fields = [("nickname", nickname), ("password", PASSWORD)];
        let request = Request::post("/main/login").form(&fields);
        let request = request.header("sec-fetch-site", "same-origin");
        let answer = server.send(request).await.is(303);
        let cookie = answer.header("set-cookie").split(';').next();
        Self {
            server,
            cookie: cookie.map(str::to_owned),
        }
    }

    async fn get(&self, target: &str) -> Answer {
        let path = target.strip_prefix(crate::support::BASE).unwrap_or(target);
        self.send(Request::get(path)).await
    }

    /// Sends a form as a browser does.
    async fn post(&self, path: &str, fields: &[(&str, &str)], file: Option<File<'_>>) -> Answer {
        let request = Request::post(path).header("sec-fetch-site", "same-origin");
        self.send(with_form(request, fields, file)).await
    }

    /// Sends a form that must lead on, and returns the path where to.
    async fn posted(&self, path: &str, fields: &[(&str, &str)], file: Option<File<'_>>) -> String {
        let answer = self.post(path, fields, file).await.is(303);
        let place = answer.header("location");
        place.strip_prefix(crate::support::BASE).unwrap().to_owned()
    }

    async fn send(&self, request: Request) -> Answer {
        let request = match &self.cookie {
            Some(cookie) => request.header("cookie", cookie),
            None => request,
        };
        self.server.send(request).await
    }
}

fn with_form(request: Request, fields: &[(&str, &str)], file: Option<File<'_>>) -> Request {
    let mut body = Vec::new();
    for (name, value) in fields {
        let part = format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
        );
        body.extend(part.into_bytes());
    }
    let chosen = file.unwrap_or(File {
        name: "",
        kind: "application/octet-stream",
        bytes: Vec::new(),
    });
    let part = format!(
        "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{}\"\r\n\
         Content-Type: {}\r\n\r\n",
        chosen.name, chosen.kind
    );
    body.extend(part.into_bytes());
    body.extend(chosen.bytes);
    body.extend(format!("\r\n--{BOUNDARY}--\r\n").into_bytes());
    request.body(&format!("multipart/form-data; boundary={BOUNDARY}"), body)
}

fn png() -> File<'static> {
    File {
        name: "pot.png",
        kind: "image/png",
        bytes: crate::support::picture(2, 2, image::ImageFormat::Png),
    }
}

/// Returns the value of a hidden field.
fn hidden(page: &str, name: &str) -> String {
    let mark = format!("name=\"{name}\" value=\"");
    let (_, rest) = page.split_once(&mark).expect("the field is there");
    rest.split('"').next().unwrap_or_default().to_owned()
}
