//! Groups of other servers, and what these pass on (FEP-1b12).

use serde_json::{Value, json};

use super::host::{Host, PUBLIC};
use crate::federation::joined::{World, counts};
use crate::support::{Backend, Network, Session, TestServer, about, everyone, id};

joined_on_every_backend!(
    thread_that_a_group_passes_on_reaches_its_followers_once,
    join_and_leave_of_a_group_follow_it_and_undo_that,
    group_that_nobody_follows_passes_on_nothing,
    comment_in_a_group_takes_its_place_in_the_thread,
    answer_in_a_group_reaches_whom_it_answers,
    passed_on_change_counts_as_its_own_server_has_it,
    thing_that_a_group_removes_is_shared_no_more,
    votes_count_for_things_of_this_server_if_confirmed,
    activity_that_a_group_names_is_read,
);

/// A server, a group that alice follows, and ann, whose server is neither.
pub(super) struct Scene {
    pub(super) world: World<1>,
    pub(super) alice: Session,
    pub(super) lemmy: Host,
    pub(super) group: Value,
    far: Host,
    pub(super) ann: Value,
}

impl Scene {
    pub(super) async fn on(backend: Backend) -> Self {
        let world = World::<1>::on(Network::of_activitypub(), backend).await;
        let alice = world.servers[0].person("alice").await;
        let lemmy = Host::on(&world.network, "lemmy.example");
        let group = lemmy.actor("Group", "tea");
        let far = Host::on(&world.network, "far.example");
        let ann = far.actor("Person", "ann");
        alice.done(&about("follow", &group_object())).await;
        world.deliver().await;
        Self {
            world,
            alice,
            lemmy,
            group,
            far,
            ann,
        }
    }

    pub(super) fn server(&self) -> &TestServer {
        &self.world.servers[0]
    }

    /// A thread of Ann's, as Lemmy has it, which her server shows.
    pub(super) fn thread(&self, number: u32) -> Value {
        let page = json!({
            "id": self.far.url(&format!("post/{number}")), "type": "Page",
            "attributedTo": self.ann["id"], "to": [self.group["id"], PUBLIC], "cc": [],
            "audience": self.group["id"], "name": "Which pot?", "content": "<p>Clay?</p>",
            "mediaType": "text/html", "published": "2027-01-15T07:00:00Z",
            "attachment": [{ "type": "Link", "href": "https://pots.example/?a=1&b=2" }],
            "image": { "type": "Image", "url": "https://far.example/pot.png" },
        });
        self.far.show(&page);
        page
    }

    /// A comment of Ann's.
    fn comment(&self, number: u32, parent: &Value) -> Value {
        let comment = json!({
            "id": self.far.url(&format!("comment/{number}")), "type": "Note",
            "attributedTo": self.ann["id"], "to": [PUBLIC], "cc": [self.group["id"]],
            "content": "<p>Iron.</p>", "inReplyTo": parent["id"],
            "published": "2027-01-15T07:10:00Z",
        });
        self.far.show(&comment);
        comment
    }

    /// An activity of Ann's.
    pub(super) fn activity(&self, kind: &str, object: &Value) -> Value {
        let name = object["id"].as_str().unwrap().rsplit('/').next().unwrap();
        json!({
            "id": self.far.url(&format!("activities/{kind}/{name}")), "type": kind,
            "actor": self.ann["id"], "object": object, "to": [PUBLIC],
            "cc": [self.group["id"]], "audience": self.group["id"],
        })
    }

    /// The group announces something.
    pub(super) async fn announce(&self, number: u32, object: &Value) {
        let announce = json!({
            "@context": "https://www.w3.org/ns/activitystreams",
            "id": self.lemmy.url(&format!("activities/announce/{number}")), "type": "Announce",
            "actor": self.group["id"], "object": object, "to": [PUBLIC],
            "cc": [self.group["followers"]],
        });
        self.lemmy.send(self.server(), &announce).await.is(202);
    }

    /// Lets some time go by, after which failed requests are made again.
    fn later(&self) {
        self.server().clock.advance(300);
    }

    async fn shown(&self, thing: &Value) -> Value {
        self.alice.get(&at(thing)).await.ok()
    }
}

fn at(thing: &Value) -> String {
    let kind = match thing["type"].as_str() {
        Some("Page") => "article",
        _ => "comment",
    };
    format!("/api/{kind}?id={}", id(thing))
}

pub(super) fn group_object() -> Value {
    json!({ "objectType": "group", "id": "acct:tea@lemmy.example" })
}

async fn thread_that_a_group_passes_on_reaches_its_followers_once(backend: Backend) {
    let scene = Scene::on(backend).await;
    let bob = scene.server().person("bob").await;
    bob.done(&about("join", &group_object())).await;
    let page = scene.thread(1);
    let mut embellished = page.clone();
    embellished["name"] = "Buy pots!".into();
    let create = scene.activity("Create", &embellished);
    scene.announce(1, &create).await;
    for person in [&scene.alice, &bob] {
        let inbox = person.feed("inbox/major").await;
        let share = &inbox["items"][0];
        assert_eq!(share["verb"], "share", "{share}");
        assert_eq!(share["actor"]["id"], "acct:tea@lemmy.example");
        assert_eq!(share["actor"]["objectType"], "group");
        let thread = &share["object"];
        assert_eq!(thread["objectType"], "article");
        assert_eq!(thread["displayName"], "Which pot?");
        assert_eq!(thread["author"]["id"], "acct:ann@far.example");
        let link = "<a href=\"https://pots.example/?a=1&amp;b=2\"";
        let content = thread["content"].as_str().unwrap();
        assert!(content.starts_with("<p>Clay?</p>"), "{content}");
        assert!(content.contains(link), "{content}");
        assert_eq!(thread["image"]["url"], "https://far.example/pot.png");
    }
    let before = scene.alice.ids("inbox").await;
    let mut twice = page.clone();
    twice["actor"] = scene.ann["id"].clone();
    scene.announce(2, &twice).await;
    scene.announce(3, &page["id"]).await;
    scene.announce(1, &create).await;
    assert_eq!(scene.alice.ids("inbox").await, before);
    let unshown = json!({ "id": scene.far.url("post/none"), "type": "Page" });
    scene.announce(4, &scene.activity("Create", &unshown)).await;
    scene.announce(5, &unshown["id"]).await;
    assert_eq!(scene.alice.ids("inbox").await, before);
}

async fn join_and_leave_of_a_group_follow_it_and_undo_that(backend: Backend) {
    let scene = Scene::on(backend).await;
    let sent = || {
        let sent = scene.world.network.last_request("lemmy.example/tea/inbox");
        let sent: Value = serde_json::from_slice(sent.unwrap().body()).unwrap();
        sent
    };
    assert_eq!(sent()["type"], "Follow");
    assert_eq!(sent()["object"], scene.group["id"]);
    let bob = scene.server().person("bob").await;
    let tea = "acct:tea@lemmy.example";
    for end in ["leave", "stop-following"] {
        bob.done(&about("join", &group_object())).await;
        scene.world.deliver().await;
        let follow = sent();
        assert_eq!(follow["type"], "Follow");
        assert_eq!(bob.ids("following").await, [tea]);
        bob.done(&about(end, &group_object())).await;
        scene.world.deliver().await;
        assert_eq!(sent()["type"], "Undo", "{end}");
        assert_eq!(sent()["object"]["id"], follow["id"]);
        assert_eq!(bob.ids("following").await, [""; 0]);
    }
    bob.done(&about("join", &group_object())).await;
    scene.world.deliver().await;
    let mut reject = json!({ "id": scene.lemmy.url("r/1"), "type": "Reject" });
    reject["actor"] = scene.group["id"].clone();
    reject["object"] = sent()["id"].clone();
    scene.lemmy.send(scene.server(), &reject).await.is(202);
    assert_eq!(bob.ids("following").await, [""; 0]);
    bob.done(&about("join", &group_object())).await;
}

async fn group_that_nobody_follows_passes_on_nothing(backend: Backend) {
    let scene = Scene::on(backend).await;
    let (page, other) = (scene.thread(1), scene.lemmy.actor("Group", "coffee"));
    let person = scene.lemmy.actor("Person", "eve");
    scene
        .alice
        .done(&about(
            "follow",
            &json!({ "id": "acct:eve@lemmy.example", "objectType": "person" }),
        ))
        .await;
    scene.world.network.take_requests();
    for (number, actor) in [other, person].iter().enumerate() {
        let announce = json!({
            "id": scene.lemmy.url(&format!("announce/{number}")), "type": "Announce",
            "actor": actor["id"], "object": scene.activity("Create", &page), "to": [PUBLIC],
        });
        scene.lemmy.send(scene.server(), &announce).await.is(202);
    }
    let requests = scene.world.network.take_requests();
    let is_far = |request: &String| request.contains("far.example");
    assert!(!requests.iter().any(is_far), "{requests:?}");
    scene.alice.get(&at(&page)).await.refused(404);
}

async fn comment_in_a_group_takes_its_place_in_the_thread(backend: Backend) {
    let scene = Scene::on(backend).await;
    let page = scene.thread(1);
    scene.announce(1, &scene.activity("Create", &page)).await;
    let before = scene.alice.ids("inbox").await;
    let comment = scene.comment(1, &page);
    scene.announce(2, &scene.activity("Create", &comment)).await;
    assert_eq!(scene.alice.ids("inbox").await, before);
    let thread = json!({ "objectType": "article", "id": page["id"] });
    assert_eq!(counts(&scene.alice, &thread).await, [0, 1, 1]);
    // Its thread is fetched with it.
    let (page, other) = (scene.thread(2), scene.thread(3));
    let answer = scene.comment(2, &scene.comment(3, &page));
    scene.announce(3, &scene.activity("Create", &answer)).await;
    assert_eq!(scene.shown(&page).await["displayName"], "Which pot?");
    scene.alice.get(&at(&other)).await.refused(404);
    assert_eq!(scene.alice.ids("inbox").await, before);
}

async fn answer_in_a_group_reaches_whom_it_answers(backend: Backend) {
    let scene = Scene::on(backend).await;
    let note = scene.alice.note("A question", everyone()).await;
    let answer = scene.comment(1, &note);
    let create = scene.activity("Create", &answer);
    let before = scene.alice.ids("inbox").await;
    scene.announce(1, &create).await;
    assert_eq!(scene.alice.ids("inbox").await, before, "not confirmed");
    assert_eq!(counts(&scene.alice, &note).await, [0, 0, 1]);
    scene.far.show(&create);
    scene.later();
    for number in [2, 3] {
        scene.announce(number, &create).await;
    }
    let inbox = scene.alice.feed("inbox/minor").await;
    assert_eq!(inbox["items"][0]["id"], create["id"]);
    assert_eq!(inbox["items"][0]["object"]["content"], "<p>Iron.</p>");
    assert_eq!(scene.alice.ids("inbox").await.len(), before.len() + 1);
    assert_eq!(counts(&scene.alice, &note).await, [0, 0, 1]);
}

async fn passed_on_change_counts_as_its_own_server_has_it(backend: Backend) {
    let scene = Scene::on(backend).await;
    let mut page = scene.thread(1);
    scene.announce(1, &scene.activity("Create", &page)).await;
    page["name"] = "No pot!".into();
    page["updated"] = "2027-01-15T07:30:00Z".into();
    scene.announce(2, &scene.activity("Update", &page)).await;
    assert_eq!(scene.shown(&page).await["displayName"], "Which pot?");
    scene.far.show(&page);
    scene.announce(3, &scene.activity("Update", &page)).await;
    assert_eq!(scene.shown(&page).await["displayName"], "No pot!");
    let delete = scene.activity("Delete", &page);
    let bare = json!({ "object": page["id"] });
    let mut delete = delete;
    delete["object"] = bare["object"].clone();
    let gone = json!({ "id": page["id"], "type": "Tombstone" });
    scene.far.show(&gone);
    scene.announce(4, &delete).await;
    scene.alice.get(&at(&page)).await.refused(410);
    // Later changes bring nothing back.
    scene.far.show(&page);
    scene.announce(5, &scene.activity("Update", &page)).await;
    scene.alice.get(&at(&page)).await.refused(410);
}

async fn thing_that_a_group_removes_is_shared_no_more(backend: Backend) {
    let scene = Scene::on(backend).await;
    let (page, other) = (scene.thread(1), scene.thread(2));
    scene.announce(1, &scene.activity("Create", &page)).await;
    scene.announce(2, &scene.activity("Create", &other)).await;
    let mut delete = scene.activity("Delete", &page);
    delete["object"] = page["id"].clone();
    delete["summary"] = "off topic".into();
    scene.announce(3, &delete).await;
    let thread = json!({ "objectType": "article", "id": page["id"] });
    assert_eq!(counts(&scene.alice, &thread).await, [0, 0, 0]);
    let inbox = scene.alice.feed("inbox/major").await;
    assert_eq!(inbox["items"][0]["object"]["id"], other["id"]);
    assert!(!inbox.to_string().contains(id(&page)), "{inbox}");
    assert_eq!(scene.shown(&page).await["displayName"], "Which pot?");
    // A thing that is not there any more goes whatever is said of it.
    scene.far.hide(&other["id"]);
    delete["object"] = other["id"].clone();
    scene.announce(4, &delete).await;
    scene.alice.get(&at(&other)).await.refused(410);
}

async fn votes_count_for_things_of_this_server_if_confirmed(backend: Backend) {
    let scene = Scene::on(backend).await;
    let note = scene.alice.note("A question", everyone()).await;
    let like = scene.activity("Like", &json!({ "id": note["id"] }));
    let mut like = like;
    like["object"] = note["id"].clone();
    scene.announce(1, &like).await;
    assert_eq!(counts(&scene.alice, &note).await, [0, 0, 0]);
    scene.far.show(&like);
    scene.later();
    scene.announce(2, &like).await;
    scene.announce(3, &like).await;
    assert_eq!(counts(&scene.alice, &note).await, [1, 0, 0]);
    let likes = scene.alice.get(&format!("{}/likes", id(&note))).await.ok();
    assert_eq!(likes["items"][0]["id"], "acct:ann@far.example");
    let mut undo = scene.activity("Undo", &like);
    undo["object"] = like.clone();
    scene.announce(4, &undo).await;
    assert_eq!(counts(&scene.alice, &note).await, [1, 0, 0]);
    scene.far.show(&undo);
    scene.later();
    scene.announce(5, &undo).await;
    assert_eq!(counts(&scene.alice, &note).await, [0, 0, 0]);
    // Nobody asks for a vote on a thing of another server.
    let page = scene.thread(1);
    scene.announce(6, &scene.activity("Create", &page)).await;
    scene.world.network.take_requests();
    let mut vote = scene.activity("Like", &page);
    vote["object"] = page["id"].clone();
    scene.announce(7, &vote).await;
    assert_eq!(scene.world.network.take_requests(), [""; 0]);
}

async fn activity_that_a_group_names_is_read(backend: Backend) {
    let scene = Scene::on(backend).await;
    let page = scene.thread(1);
    let create = scene.activity("Create", &page);
    scene.announce(1, &create["id"]).await;
    scene.alice.get(&at(&page)).await.refused(404);
    scene.far.show(&create);
    scene.later();
    scene.announce(2, &create["id"]).await;
    let inbox = scene.alice.feed("inbox/major").await;
    assert_eq!(inbox["items"][0]["object"]["id"], page["id"]);
    assert_eq!(inbox["items"][0]["actor"]["id"], "acct:tea@lemmy.example");
}
