//! The bytes that the floor answers: those of the server.

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::{fixture::BenchFixture, scenario::Scenario, wire::Connection};

/// An answer of the server to each kind of request.
#[derive(Serialize, Deserialize)]
pub(crate) struct Documents {
    pub(crate) inbox: Page,
    pub(crate) outbox: Page,
    pub(crate) profile: String,
    pub(crate) object: String,
    pub(crate) whoami: String,
    pub(crate) home_page: String,
    pub(crate) permalink: String,
    pub(crate) public_profile: String,
    pub(crate) post: String,
}

/// A page, taken apart.
#[derive(Serialize, Deserialize)]
pub(crate) struct Page {
    /// Text before the items.
    pub(crate) head: String,
    pub(crate) items: Vec<String>,
    /// Text after the items.
    pub(crate) tail: String,
}

impl Documents {
    /// Asks the server for them.
    pub(crate) async fn of(world: &BenchFixture) -> Result<Self> {
        let mut connection = Connection::open(&world.authority).await?;
        let mut answer = async |scenario: Scenario| {
            let answer = connection.ask(&scenario.ask(world, 0)).await?;
            anyhow::Ok(String::from_utf8(answer.body.to_vec())?)
        };
        Ok(Self {
            inbox: Page::parse(&answer(Scenario::Inbox).await?)?,
            outbox: Page::parse(&answer(Scenario::Outbox).await?)?,
            profile: answer(Scenario::Profile).await?,
            object: answer(Scenario::Object).await?,
            whoami: answer(Scenario::Whoami).await?,
            home_page: answer(Scenario::HomePage).await?,
            permalink: answer(Scenario::Permalink).await?,
            public_profile: answer(Scenario::PublicProfile).await?,
            post: answer(Scenario::Post).await?,
        })
    }
}

impl Page {
    fn parse(text: &str) -> Result<Self> {
        #[derive(Deserialize)]
        struct Items<'a> {
            #[serde(borrow)]
            items: Vec<&'a RawValue>,
        }
        let parsed: Items = serde_json::from_str(text).context("a page is no JSON")?;
        let (Some(first), Some(last)) = (parsed.items.first(), parsed.items.last()) else {
            anyhow::bail!("a page is empty");
        };
        // The items are parts of the text.
        let at = |part: &str| part.as_ptr().addr() - text.as_ptr().addr();
        let end = at(last.get()) + last.get().len();
        Ok(Self {
            head: text[..at(first.get())].into(),
            items: parsed.items.iter().map(|item| item.get().into()).collect(),
            tail: text[end..].into(),
        })
    }

    /// The page as it was.
    pub(crate) fn whole(&self) -> String {
        self.joined(&self.items)
    }

    /// A page of these items.
    pub(crate) fn joined(&self, items: &[String]) -> String {
        let length: usize = items.iter().map(|item| item.len() + 1).sum();
        let mut page = String::with_capacity(self.head.len() + length + self.tail.len());
        page += &self.head;
        for (at, item) in items.iter().enumerate() {
            if at > 0 {
                page.push(',');
            }
            page += item;
        }
        page += &self.tail;
        page
    }
}
