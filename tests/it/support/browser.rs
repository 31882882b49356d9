//! A person with a browser that keeps its cookie.

use super::{Answer, PASSWORD, Request, TestServer};

pub(crate) struct Browser<'a> {
    server: &'a TestServer,
    pub(crate) cookie: String,
    /// The last page.
    pub(crate) page: String,
}

impl<'a> Browser<'a> {
    /// Opens a page with a form.
    pub(crate) async fn open(server: &'a TestServer, target: &str) -> Self {
        let answer = server.send(Request::get(target)).await.is(200);
        let cookie = answer.header("set-cookie");
        assert!(cookie.contains("; HttpOnly; SameSite=Lax") && cookie.contains("; Path=/oauth"));
        let cookie = cookie.split(';').next().unwrap().to_owned();
        Self {
            server,
            cookie,
            page: answer.text(),
        }
    }

    /// Posts the form of the page with these fields besides its hidden ones.
    pub(crate) fn post(&self, fields: &[(&str, &str)]) -> Request {
        let mut all = self.hidden();
        all.extend(
            fields
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
        );
        let all: Vec<_> = all
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        Request::post(&attribute(&self.page, "action"))
            .form(&all)
            .header("cookie", &self.cookie)
    }

    /// Hidden fields of the form.
    pub(crate) fn hidden(&self) -> Vec<(String, String)> {
        self.page
            .split("<input type=\"hidden\"")
            .skip(1)
            .map(|input| {
                let value = attribute(input, "value");
                (attribute(input, "name"), unescape(&value))
            })
            .collect()
    }

    /// One field of those.
    pub(crate) fn field(&self, wanted: &str) -> String {
        let mut hidden = self.hidden().into_iter();
        hidden.find(|(name, _)| name == wanted).unwrap().1
    }

    /// Fills in nickname and password.
    pub(crate) async fn sign_in(&mut self, nickname: &str) {
        let input = self.page.split_once("id=\"username\"").unwrap().1;
        let field = attribute(input, "name");
        let form = self.post(&[(&field, nickname), ("password", PASSWORD)]);
        self.page = self.server.send(form).await.is(200).text();
    }

    /// Presses a button of that name.
    pub(crate) async fn press(&self, button: &str) -> Answer {
        self.server.send(self.post(&[(button, "x")])).await
    }
}

/// The value of the first attribute of a name.
fn attribute(text: &str, name: &str) -> String {
    text.split_once(&format!("{name}=\""))
        .unwrap()
        .1
        .split('"')
        .next()
        .unwrap()
        .to_owned()
}

fn unescape(text: &str) -> String {
    text.replace("&#38;", "&").replace("&#34;", "\"")
}

/// The text of `td#ID`.
pub(crate) fn cell(page: &str, id: &str) -> String {
    page.split_once(&format!("<td id=\"{id}\">"))
        .unwrap()
        .1
        .split('<')
        .next()
        .unwrap()
        .to_owned()
}
