//! The gallery's tables and Hydraulics' own are one store that keeps every promise.

use std::sync::Arc;

use async_trait::async_trait;
use gallery::{host::Tables, tables};
use hydraulics::{
    Host, Hosted,
    model::{AudienceMember, Nickname, Object, Urls},
    storage::{
        conformance::{
            ContractTest,
            hosted::{HostFixture, HostedContractTest},
        },
        memory::Memory,
        sqlite::Sqlite,
    },
};
use serde_json::json;
use tokio::runtime::Runtime;

fn urls() -> Urls {
    Urls::new(&"https://gallery.example".parse().unwrap()).unwrap()
}

fn in_the_gallery(promise: ContractTest) {
    let folder = tempfile::tempdir().unwrap();
    Runtime::new().unwrap().block_on(async {
        let db = tables(&folder.path().join("gallery.sqlite")).await.unwrap();
        let rest = Sqlite::open(&folder.path().join("pump.sqlite"))
            .await
            .unwrap();
        let host = Tables { db, urls: urls() };
        promise(&Hosted::new(host, Arc::new(rest))).await;
    });
}

fn with_the_gallery(promise: HostedContractTest) {
    let folder = tempfile::tempdir().unwrap();
    Runtime::new().unwrap().block_on(async {
        let db = tables(&folder.path().join("gallery.sqlite")).await.unwrap();
        let host = Tables { db, urls: urls() };
        let store = Hosted::new(host.clone(), Arc::new(Memory::new()));
        promise(&store, &Things(host)).await;
    });
}

hydraulics::conformance_suite!(whole, in_the_gallery);
hydraulics::hosted_suite!(kept, with_the_gallery);

/// Fixture of the gallery for the suite.
struct Things(Tables);

fn object(kind: &str, id: &str, author: Option<&Object>, said: serde_json::Value) -> Object {
    let mut body = said.as_object().unwrap().clone();
    body.insert("published".into(), "2026-05-01T12:00:00Z".into());
    let mut object = Object::new(kind, id, format!("uuid of {id}"), body);
    object.author = author.map(|author| author.id.clone());
    object.audience = vec![AudienceMember::Public];
    object
}

#[async_trait]
impl HostFixture for Things {
    async fn create_user(&self, nickname: &Nickname) -> Object {
        let new = "INSERT INTO people (nickname, password) VALUES (?1, '')";
        let new = sqlx::query(new).bind(nickname.as_str());
        new.execute(&self.0.db).await.unwrap();
        let said =
            json!({ "preferredUsername": nickname.as_str(), "displayName": "A", "summary": "B" });
        object("person", &urls().person_id(nickname), None, said)
    }

    fn things(&self, author: &Object, number: usize) -> Vec<Object> {
        let id = |kind: &str| urls().object(kind, &format!("{kind}-{number}"));
        let file = |name: &str, width: u32| {
            let url = urls().absolute(&format!("/uploads/{name}-{number}.png"));
            json!({ "url": url, "width": width, "height": 2 * width })
        };
        let thing = |kind: &str, said| object(kind, &id(kind), Some(author), said);
        let image = json!({
            "displayName": "River", "content": "At <b>seven</b>",
            "image": file("small", 100), "fullImage": file("large", 1000), "license": "CC0",
        });
        let small = json!({ "displayName": "Pond", "content": "", "image": file("only", 50) });
        let small = object(
            "image",
            &urls().object("image", &format!("small-{number}")),
            Some(author),
            small,
        );
        let album = json!({ "objectTypes": ["image"], "displayName": "May", "content": "A month" });
        let parent = json!({ "objectType": "image", "id": id("image") });
        let comment = json!({ "content": "Fine", "inReplyTo": parent });
        vec![
            thing("image", image),
            small,
            thing("collection", album),
            thing("comment", comment),
        ]
    }

    fn stored_properties(&self, thing: &Object) -> &'static [&'static str] {
        self.0.stored_properties(thing)
    }

    async fn rows(&self) -> usize {
        let count = "SELECT (SELECT count(*) FROM photos) + (SELECT count(*) FROM albums) \
            + (SELECT count(*) FROM comments)";
        let count: i64 = sqlx::query_scalar(count)
            .fetch_one(&self.0.db)
            .await
            .unwrap();
        count.try_into().unwrap()
    }

    async fn delete_row(&self, thing: &Object) {
        for table in ["photos", "albums", "comments"] {
            let lost = format!("DELETE FROM {table} WHERE pump = ?1");
            let lost = sqlx::query(&lost).bind(&thing.id);
            lost.execute(&self.0.db).await.unwrap();
        }
    }
}
