//! `/main/admin`: pages of moderators and admins.

use hydraulics::{
    model::{HostBlock, Role, SiteRecord, SiteRecordKind, Standing},
    service::{federation::blocks, moderation},
    storage::{Change, Expect},
};
use serde_json::json;

use super::reader::{Reader, between};
use crate::support::{Request, Session, TestServer, comment_on, everyone, id};

on_every_backend!(
    pages_of_staff_are_not_there_for_others,
    overview_counts_and_names_what_waits,
    people_are_found_and_limited,
    roles_are_given_by_admins_only,
    hosts_are_blocked_listed_and_exported,
    report_is_read_with_its_context_and_ended,
    announcement_is_shown_until_it_is_dismissed_or_ends,
    invitation_is_made_and_revoked,
    actions_of_other_sites_are_refused,
);

const PAGES: [&str; 8] = [
    "/main/admin",
    "/main/admin/people",
    "/main/admin/reports",
    "/main/admin/hosts",
    "/main/admin/hosts.csv",
    "/main/admin/invitations",
    "/main/admin/announcements",
    "/main/admin/audit",
];

/// Someone of the staff, with a browser.
async fn staff(server: &TestServer, nickname: &str, role: Role) -> Reader {
    let reader = Reader::member(server, nickname, "").await;
    let ctx = server.ctx();
    moderation::set_role(&ctx, nickname, role, "")
        .await
        .unwrap();
    reader
}

async fn pages_of_staff_are_not_there_for_others(server: TestServer) {
    let reader = Reader::member(&server, "zoe", "").await;
    let mo = staff(&server, "mo", Role::Moderator).await;
    for page in PAGES {
        Reader::stranger(&server).open(page).await.is(302);
        reader.open(page).await.is(404);
        let answer = mo.open(page).await.is(200);
        assert_eq!(answer.header("cache-control"), "no-store", "{page}");
    }
    let ctx = server.ctx();
    moderation::set_role(&ctx, "mo", Role::None, "")
        .await
        .unwrap();
    mo.open("/main/admin").await.is(404);
    let fields = [("do", "suspend"), ("name", "mo"), ("reason", "")];
    reader.post("/main/admin/person", &fields).await.is(404);
    assert!(!reader.read("/").await.contains("/main/admin"));
}

async fn overview_counts_and_names_what_waits(server: TestServer) {
    let mo = staff(&server, "mo", Role::Moderator).await;
    assert!(mo.read("/").await.contains("href=\"/main/admin\""));
    let page = mo.read("/main/admin").await;
    assert!(page.contains("<dt>People</dt><dd>1</dd>"), "{page}");
    assert!(page.contains(env!("CARGO_PKG_VERSION")));
    assert!(page.contains("All servers answer."));
}

async fn people_are_found_and_limited(server: TestServer) {
    let mo = staff(&server, "mo", Role::Moderator).await;
    server.person("mallory").await;
    let page = mo.read("/main/admin/people?q=mall").await;
    let link = between(
        &page,
        "<ul class=\"people\">\n<li><div><a class=\"name\" href=\"",
        "\"",
    );
    assert_eq!(link, "/main/admin/person?name=mallory");
    let act = async |action: &str| {
        let fields = [
            ("do", action),
            ("name", "mallory"),
            ("reason", "too <b>loud</b>"),
        ];
        mo.submit("/main/admin/person", &fields).await
    };
    let page = act("silence").await;
    assert!(
        page.contains("role=\"status\">Done.") && page.contains(">Silenced</span>"),
        "{page}"
    );
    let page = act("suspend").await;
    assert!(page.contains(">Suspended</span>"), "{page}");
    let listed = mo.read("/main/admin/people?standing=suspended").await;
    assert!(listed.contains("mallory@pump.example") && !listed.contains("mo@pump.example"));
    let page = act("restore").await;
    assert!(page.contains("No limits"), "{page}");
    let log = mo.read("/main/admin/audit").await;
    for words in ["silence", "suspend", "restore", "too &#60;b&#62;loud"] {
        assert!(log.contains(words), "{words}: {log}");
    }
    let own = [("do", "suspend"), ("name", "mo"), ("reason", "")];
    mo.post("/main/admin/person", &own).await.is(403);
    mo.open("/main/admin/person?name=nobody").await.is(404);
    mo.open("/main/admin/person?name=%00").await.is(400);
    mo.open("/main/admin/people?before=nobody").await.is(400);
}

async fn roles_are_given_by_admins_only(server: TestServer) {
    let ann = staff(&server, "ann", Role::Admin).await;
    let mo = staff(&server, "mo", Role::Moderator).await;
    server.account("zoe").await;
    let give = [("do", "role"), ("name", "zoe"), ("role", "moderator")];
    mo.post("/main/admin/person", &give).await.is(404);
    assert!(
        !mo.read("/main/admin/person?name=zoe")
            .await
            .contains("name=\"role\"")
    );
    let page = ann.submit("/main/admin/person", &give).await;
    assert!(
        page.contains("<span class=\"badge\">Moderator</span>"),
        "{page}"
    );
    let page = mo.read("/main/admin/person?name=ann").await;
    assert!(!page.contains("value=\"suspend\""), "{page}");
    let suspend = [("do", "suspend"), ("name", "ann"), ("reason", "")];
    mo.post("/main/admin/person", &suspend).await.is(403);
    let drop_own = [("do", "role"), ("name", "ann"), ("role", "none")];
    ann.post("/main/admin/person", &drop_own).await.is(409);
}

async fn hosts_are_blocked_listed_and_exported(server: TestServer) {
    let mo = staff(&server, "mo", Role::Moderator).await;
    let block = [
        ("do", "block"),
        ("host", "Spam.example"),
        ("subdomains", "on"),
        ("reason", "spam"),
    ];
    let page = mo.submit("/main/admin/hosts", &block).await;
    assert!(page.contains("<bdi>spam.example</bdi>"), "{page}");
    let list = mo.open("/main/admin/hosts.csv").await.is(200);
    assert!(list.header("content-type").starts_with("text/csv"));
    assert!(list.text().contains("spam.example,suspend,spam,true"));
    for host in ["no host", "", "pump.example"] {
        let bad = [("do", "block"), ("host", host)];
        mo.post("/main/admin/hosts", &bad).await.is(400);
    }
    let unblock = [("do", "unblock"), ("host", "spam.example")];
    let page = mo.submit("/main/admin/hosts", &unblock).await;
    assert!(!page.contains("<bdi>spam.example</bdi>"));

    let import = async |list: &str| {
        let body = format!(
            "--x\r\ncontent-disposition: form-data; name=\"file\"; filename=\"b.csv\"\r\n\
             content-type: text/csv\r\n\r\n{list}\r\n--x--\r\n"
        );
        let form = Request::post("/main/admin/hosts/import");
        let form = form.body("multipart/form-data; boundary=x", body);
        server.send(mo.request(form)).await
    };
    import("#domain,#severity\nbad.example,suspend\nmild.example,silence\n")
        .await
        .is(303);
    let blocked: Vec<HostBlock> = blocks::list(&server.ctx()).await.unwrap();
    let hosts: Vec<&str> = blocked.iter().map(|block| block.host.as_str()).collect();
    assert_eq!(hosts, ["bad.example"]);
    import("nothing of use").await.is(400);
}

/// Files a report of a note by its author.
async fn report(server: &TestServer, name: &str, target: &str, author: &Session) -> String {
    let body = json!({
        "reporter": "acct:zoe@pump.example", "target": target, "target_type": "note",
        "author": author.id(), "reason": "spam", "words": "see <i>there</i>", "state": "open",
    });
    let id = format!("report {name}");
    let record = SiteRecord {
        id: id.clone(),
        kind: SiteRecordKind::Report,
        created: server.ctx().now(),
        body: body.as_object().unwrap().clone(),
        version: 0,
    };
    let expect = Expect::Absent;
    let filed = vec![Change::PutSiteRecord { record, expect }];
    server.app.storage().commit(filed).await.unwrap();
    id
}

async fn report_is_read_with_its_context_and_ended(server: TestServer) {
    let mo = staff(&server, "mo", Role::Moderator).await;
    let [mallory, bob] = server.people(["mallory", "bob"]).await;
    let note = mallory.note("buy <b>this</b>", everyone()).await;
    bob.done(&comment_on(&note, "no")).await;
    let first = report(&server, "1", id(&note), &mallory).await;
    let second = report(&server, "2", &mallory.id(), &mallory).await;
    let page = mo.read("/main/admin/reports").await;
    assert_eq!(page.matches(">Open</span>").count(), 2, "{page}");
    assert!(mo.read("/main/admin").await.contains("2 open reports"));
    let page = mo.read("/main/admin/report?id=report%201").await;
    assert!(
        page.contains("buy <b>this</b>") && page.contains("see &#60;i&#62;there"),
        "{page}"
    );
    assert!(
        page.contains("/main/admin/report?id=report%202"),
        "the other one"
    );
    assert!(page.contains("value=\"delete\"") && !page.contains("value=\"block-host\""));
    let end = async |id: &str, action: &str| {
        let fields = [("do", action), ("id", id), ("reason", "seen")];
        mo.post("/main/admin/report", &fields).await
    };
    end(&first, "nothing").await.is(400);
    end(&first, "block-host").await.is(400);
    mo.done(&end(&first, "delete").await);
    bob.get(note["links"]["self"]["href"].as_str().unwrap())
        .await
        .is(410);
    end(&first, "dismiss").await.is(409);
    mo.done(&end(&second, "suspend").await);
    let third = report(&server, "3", &mallory.id(), &mallory).await;
    mo.done(&end(&third, "silence").await);
    let found = moderation::find(&server.ctx(), "mallory").await.unwrap();
    assert_eq!(
        found.standing,
        Standing::Suspended,
        "silencing lifts nothing"
    );
    let page = mo.read("/main/admin/reports").await;
    assert!(
        !page.contains(">Open</span>") && page.contains("Deleted"),
        "{page}"
    );
    let log = mo.read("/main/admin/audit").await;
    assert!(
        log.contains("report: delete") && log.contains("report: suspend"),
        "{log}"
    );
    mo.open("/main/admin/report?id=report%204").await.is(404);
}

async fn announcement_is_shown_until_it_is_dismissed_or_ends(server: TestServer) {
    let ann = staff(&server, "ann", Role::Admin).await;
    let mo = staff(&server, "mo", Role::Moderator).await;
    let zoe = Reader::member(&server, "zoe", "").await;
    assert!(!zoe.read("/").await.contains("announcement"));
    let add =
        |text: &'static str, ends: &'static str| [("do", "add"), ("text", text), ("ends", ends)];
    let target = "/main/admin/announcements";
    mo.post(target, &add("hello", "")).await.is(404);
    for (text, ends) in [("", ""), ("late", "2020-01-01"), ("when", "soon")] {
        let page = ann.post(target, &add(text, ends)).await.is(400).text();
        assert!(
            page.contains("role=\"alert\"") && page.contains(text),
            "{page}"
        );
    }
    ann.submit(target, &add("We **move** <script>", "")).await;
    let page = zoe.read("/").await;
    assert!(
        page.contains("We <strong>move</strong>") && !page.contains("<script>"),
        "{page}"
    );
    assert!(!zoe.read("/main/meanwhile").await.contains("<strong>move"));
    let (_, form) = page.split_once("action=\"/main/announcements\"").unwrap();
    let id = between(form, "name=\"id\" value=\"", "\"");
    let page = zoe.submit("/main/announcements", &[("id", id)]).await;
    assert!(!page.contains("<strong>move"), "{page}");
    assert!(ann.read("/").await.contains("<strong>move"));
    ann.submit(target, &[("do", "remove"), ("id", id)]).await;
    assert!(!ann.read("/").await.contains("<strong>move"));

    // The clock stands at 2027-01-15.
    ann.submit(target, &add("until tonight", "2027-01-15"))
        .await;
    assert!(zoe.read("/").await.contains("until tonight"));
    server.clock.advance(86_400);
    assert!(!zoe.read("/").await.contains("until tonight"));
}

async fn invitation_is_made_and_revoked(server: TestServer) {
    let mo = staff(&server, "mo", Role::Moderator).await;
    let target = "/main/admin/invitations";
    let make = [
        ("do", "create"),
        ("uses", "3"),
        ("days", "2"),
        ("note", "the choir"),
    ];
    let page = mo.post(target, &make).await.is(200).text();
    let link = between(&page, "id=\"invitation-link\">", "<");
    assert!(
        link.starts_with("http://pump.example/main/register?invitation="),
        "{link}"
    );
    let page = mo.read(target).await;
    assert!(
        page.contains("the choir") && page.contains("3 of 3 left"),
        "{page}"
    );
    let name = between(
        &page,
        "value=\"revoke\"><input type=\"hidden\" name=\"name\" value=\"",
        "\"",
    );
    let page = mo.submit(target, &[("do", "revoke"), ("name", name)]).await;
    assert!(!page.contains("the choir"), "{page}");
    let none = [("do", "create"), ("uses", "x"), ("days", "2")];
    mo.post(target, &none).await.is(400);
}

async fn actions_of_other_sites_are_refused(server: TestServer) {
    let mo = staff(&server, "mo", Role::Moderator).await;
    server.account("zoe").await;
    for target in ["person", "report", "hosts", "invitations", "announcements"] {
        let form = Request::post(&format!("/main/admin/{target}")).form(&[("do", "suspend")]);
        let form = mo.request(form).header("sec-fetch-site", "cross-site");
        server.send(form).await.is(403);
    }
}
