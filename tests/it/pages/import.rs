//! Follows from a list.

use hydraulics::{
    model::{Standing, Stream},
    service::{background::ImportWorker, moderation, queue},
};

use super::reader::{Reader, between};
use crate::support::{Answer, Request, TestServer};

const AGENT: &str = "Firefox";
const PAGE: &str = "/main/settings/import";

on_every_backend!(
    people_of_a_list_are_followed,
    list_that_is_none_is_refused,
    report_goes_with_its_time,
    import_of_a_suspended_account_follows_nobody,
);

async fn send(server: &TestServer, reader: &Reader, list: &str) -> Answer {
    let body = format!(
        "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f.csv\"\r\n\
         Content-Type: text/csv\r\n\r\n{list}\r\n--b--\r\n"
    );
    let request = Request::post(PAGE).body("multipart/form-data; boundary=b", body);
    server.send(reader.request(request)).await
}

async fn work(server: &TestServer) -> usize {
    let ctx = server.ctx();
    queue::run_until_idle(&ctx, &ImportWorker).await.unwrap()
}

async fn people_of_a_list_are_followed(server: TestServer) {
    let alice = server.person("alice").await;
    let names: Vec<String> = (0..7).map(|number| format!("friend{number}")).collect();
    for name in &names {
        server.account(name).await;
    }
    let reader = Reader::signed_in(&server, "alice", AGENT).await;
    let mut list = String::from("Account address,Show boosts\n");
    list.extend(
        names
            .iter()
            .map(|name| format!("{name}@pump.example,true\n")),
    );
    list.push_str("nobody@pump.example,true\n\"no address\",true\nalice@pump.example,true\n");
    assert_eq!(
        reader.done(&send(&server, &reader, &list).await),
        format!("{PAGE}?done=import#import")
    );
    assert!(reader.read(PAGE).await.contains("0 of 10 done"));
    send(&server, &reader, "bob@pump.example").await.is(400);
    assert!(work(&server).await > 1, "it is done in steps");

    let page = reader.read(PAGE).await;
    assert!(page.contains("10 of 10 done, 3 of them failed"), "{page}");
    let failures = between(&page, "<ul class=\"rows\">", "</ul>");
    for failure in ["nobody@pump.example", "no address", "That is you."] {
        assert!(failures.contains(failure), "{failures}");
    }
    let following = alice.get("/api/user/alice/following").await.ok();
    assert_eq!(following["totalItems"], 7);
    send(&server, &reader, "@friend1@pump.example\n")
        .await
        .is(303);
    work(&server).await;
    assert!(
        reader
            .read(PAGE)
            .await
            .contains("1 of 1 done, 0 of them failed")
    );
}

async fn list_that_is_none_is_refused(server: TestServer) {
    let reader = Reader::member(&server, "alice", AGENT).await;
    for (list, status) in [
        ("Account address\n", 400),
        (&"x@h.example\n".repeat(100_000), 413),
    ] {
        let page = send(&server, &reader, list).await.is(status).text();
        assert!(page.contains("role=\"alert\""), "{page}");
    }
    let stranger = Reader::stranger(&server);
    send(&server, &stranger, "bob@pump.example").await.is(302);
}

async fn report_goes_with_its_time(server: TestServer) {
    let reader = Reader::member(&server, "alice", AGENT).await;
    send(&server, &reader, "nobody@pump.example").await.is(303);
    work(&server).await;
    assert!(reader.read(PAGE).await.contains("nobody@pump.example"));
    server.clock.advance(7 * 24 * 3600 + 1);
    work(&server).await;
    assert!(!reader.read(PAGE).await.contains("nobody@pump.example"));
}

async fn import_of_a_suspended_account_follows_nobody(server: TestServer) {
    let [alice, _] = server.people(["alice", "bob"]).await;
    let reader = Reader::signed_in(&server, "alice", AGENT).await;
    send(&server, &reader, "bob@pump.example").await.is(303);
    for standing in [Standing::Suspended, Standing::Good] {
        let ctx = server.ctx();
        let limited = moderation::set_standing(&ctx, "alice", standing, "");
        limited.await.unwrap();
        work(&server).await;
    }
    let pair = [(Stream::Following(alice.id()), "acct:bob@pump.example")];
    let follows = server.app.storage().contains(&pair).await.unwrap();
    assert_eq!(follows, [false]);
}
