"""Activities are posted, well and badly (pump-api 7)."""

from .world import PUBLIC, ref

NOTE = {"objectType": "note", "content": "Hello"}


def run(world):
    alice, bob, carol = (world.people[name] for name in ("alice", "bob", "carol"))
    bob.act("bob follows alice", "follow", alice.ref)
    world.plain = alice.note("a note for followers", "Hello, <b>followers</b>")
    world.public = alice.note("a note for all", "Hello, world", to=[PUBLIC])
    world.direct = alice.note("a note for bob", "Hello, bob", to=[bob.ref])
    alice.note("a note with copies", "Hello, carol", to=[bob.ref], cc=[carol.ref])
    world.hidden = alice.note("a note with blind copies", "Hush", bto=[bob.ref], bcc=[carol.ref])
    world.recorder.settle()
    for name in ("alice", "bob", "carol"):
        path = world.people[name].path
        for below in (
            "inbox",
            "inbox/major",
            "inbox/minor",
            "inbox/direct",
            "inbox/direct/major",
            "inbox/direct/minor",
        ):
            world.people[name].get(f"{name} reads /{below}", path(below))
    for below in ("feed", "feed/major", "feed/minor"):
        for name in ("alice", "bob", "carol"):
            world.people[name].get(f"{name} reads alice's /{below}", alice.path(below))
        world.just_client(f"the client reads alice's /{below}", alice.path(below))
    well(world, alice)
    verbs_and_types(world, alice)
    badly(world, world.people["mallory"], bob)


def well(world, alice):
    def post(step, body, feed="feed", **more):
        return alice.post(step, alice.path(feed), body, **more)

    post("without a verb", {"object": NOTE})
    post("with a verb that is null", {"verb": None, "object": NOTE})
    post(
        "with everything",
        {
            "objectType": "activity",
            "verb": "post",
            "title": "A title",
            "content": "A <b>word</b>",
            "published": "2012-03-04T05:06:07Z",
            "updated": "2012-03-04T05:06:07Z",
            "generator": {
                "objectType": "application",
                "id": "urn:x",
                "displayName": "Somebody else",
            },
            "provider": {"objectType": "service", "id": "urn:y", "displayName": "Somebody"},
            "actor": alice.ref,
            "icon": {"url": "http://a.example/i.png"},
            "priority": 0.5,
            "mood": {"displayName": "glad"},
            "_secret": "x",
            "tags": ["a"],
            "location": {"objectType": "place", "displayName": "Here"},
            "context": {"objectType": "event", "id": "urn:z", "displayName": "A party"},
            "object": {
                **NOTE,
                "displayName": "A <b>note</b>",
                "summary": "<i>Short</i>",
                "_inner": "x",
                "published": "2011-02-03T04:05:06Z",
                "tags": [{"objectType": "hashtag", "content": "x"}],
                "license": "http://a.example/l",
                "status_net": {"notice_id": 7},
            },
            "to": [],
            "cc": [PUBLIC],
        },
    )
    post(
        "with markup",
        {
            "object": {
                **NOTE,
                "content": (
                    '<p onclick="x()">One<p>two <a href="javascript:x()">three</a> <a href="/x" target="_blank">4</a>'
                    '<script>alert(1)</script><iframe src=x></iframe> 5 < 6 & 7 &amp; 8 "9"'
                ),
            }
        },
    )
    post("with markup in a title", {"object": {**NOTE, "displayName": "a/b & <c> 'd' \"e\""}})
    post("to an empty list of people", {"object": NOTE, "to": [], "cc": []})
    post(
        "with attachments",
        {
            "object": {
                **NOTE,
                "attachments": [
                    {
                        "objectType": "image",
                        "id": "urn:a:1",
                        "image": {"url": "http://a.example/1.png"},
                    },
                ],
            }
        },
    )
    post("to major, major", {"object": NOTE}, "feed/major")
    post("to minor, major", {"object": NOTE}, "feed/minor")
    minor = {"verb": "like", "object": ref(world.public)}
    post("to major, minor", minor, "feed/major")
    post("to minor, minor", minor, "feed/minor")
    post("with a charset", {"object": NOTE}, kind="application/json; charset=utf-8")
    given = {"objectType": "activity", "id": "http://elsewhere.example/a/1", "object": NOTE}
    post("with an id of its own", given)
    given = post(
        "with a note with an id of its own",
        {
            "object": {
                **NOTE,
                "id": "http://elsewhere.example/n/1",
                "url": "http://elsewhere.example/1",
            },
        },
    )
    post(
        "addressed with pump_io inside",
        {
            "object": NOTE,
            "to": [{**PUBLIC, "pump_io": {"proxyURL": "http://a.example/p"}}],
        },
    )
    post(
        "with counts of its own",
        {
            "object": {
                **NOTE,
                "liked": True,
                "likes": {"totalItems": 7, "items": [alice.ref]},
                "pump_io": {"shared": True},
            }
        },
    )


def verbs_and_types(world, alice):
    for kind in (
        "article",
        "image",
        "video",
        "audio",
        "file",
        "bookmark",
        "event",
        "place",
        "issue",
        "question",
        "badge",
        "game",
        "product",
        "service",
        "application",
        "page",
        "http://a.example/types/thing",
        "gadget",
    ):
        answer = alice.act(
            f"posts of type {kind}", "post", {"objectType": kind, "displayName": "It"}
        )
        alice.get(f"reads its {kind}", answer.get("object.id"))
    for verb in (
        "create",
        "checkin",
        "read",
        "play",
        "tag",
        "submit",
        "win",
        "buy",
        "carry",
        "rsvp-yes",
        "at",
        "Post",
        "http://a.example/verbs/frob",
        "dislike",
    ):
        alice.act(f"does {verb}", verb, {"objectType": "note", "displayName": "It"})
    alice.act("of a place without a name", "checkin", {"objectType": "place", "id": "urn:place:1"})


def badly(world, mallory, bob):
    feed = mallory.path("feed")
    for name, body in {
        "an object that is text": {"verb": "post", "object": "text"},
        "no object": {"verb": "post"},
        "no type": {"verb": "post", "object": {"content": "x"}},
        "a type with a capital": {"object": {"objectType": "Note", "content": "x"}},
        "a type that is a number": {"object": {"objectType": 7}},
        "text for a recipient": {"object": NOTE, "to": "everyone"},
        "an object for recipients": {"object": NOTE, "to": PUBLIC},
        "a recipient without a type": {"object": NOTE, "to": [{"id": "acct:bob@x.example"}]},
        "a recipient without an id": {"object": NOTE, "to": [{"objectType": "person"}]},
        "a number for a verb": {"verb": 7, "object": NOTE},
        "a number for a title": {"object": {**NOTE, "displayName": 7}},
        "a number for content": {"object": {**NOTE, "content": 7}},
        "text for a place": {"object": NOTE, "location": "here"},
        "a place without a type": {"object": NOTE, "location": {"displayName": "here"}},
        "text for attachments": {"object": {**NOTE, "attachments": "x"}},
        "text for the parent": {"object": {**NOTE, "inReplyTo": "x"}},
        "another actor": {"actor": bob.ref, "object": NOTE},
        "an actor without acct": {
            "actor": {"objectType": "person", "id": mallory.id[5:]},
            "object": NOTE,
        },
        "a list": [],
    }.items():
        mallory.post(f"with {name}", feed, body)
    mallory.get("after all that", mallory.path("feed?count=30"))
    mallory.post("as text", feed, None, data='{"verb": "post"}', kind="text/plain")
    mallory.post("as a form", feed, None, form={"verb": "post"})
    mallory.post("as broken JSON", feed, None, data="{", kind="application/json")
    mallory.post("too big", feed, {"object": {**NOTE, "content": "x" * 200_000}})
    mallory.post("to somebody unknown", "/api/user/nobody/feed", {"object": NOTE})
    world.nobody("nobody posts", feed, method="POST", body={"object": NOTE})
    world.ask("the client posts", "POST", feed, by=world.client, body={"object": NOTE})
