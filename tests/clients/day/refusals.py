"""What does not work, and how the server says so."""

import requests

from .world import act, ids, inbox, objects, outbox, post, raw, reference, refused, same, step


@step("what isn't there is not found")
def missing(world):
    for path in (
        "/api/note/AAAAAAAAAAAAAAAAAAAAAA",
        "/api/comment/AAAAAAAAAAAAAAAAAAAAAA/likes",
        "/api/activity/AAAAAAAAAAAAAAAAAAAAAA",
        "/api/user/nobody",
        "/api/user/nobody/feed",
        "/api/user/nobody/profile",
        "/api/user/nobody/followers",
        "/api/nonsense/AAAAAAAAAAAAAAAAAAAAAA",
    ):
        refused(404, raw, world.alice, world.url(path))


@step("nonsense is refused, and leaves nothing behind")
def nonsense(world):
    feed_url = world.url("/api/user/alice/feed")
    before = ids(outbox(world.alice, "alice"))
    deep = "[" * 1000 + "]" * 1000
    for body in (
        "{",
        "[]",
        '"text"',
        "null",
        deep,
        '{"verb": 7, "object": {"objectType": "note"}}',
        '{"verb": "post"}',
        '{"verb": "post", "object": 7}',
        '{"verb": "post", "object": {"objectType": 7}}',
        '{"verb": "post", "object": {"objectType": "note"}, "to": "everyone"}',
        '{"verb": "post", "object": {"objectType": "note"}, "to": [7]}',
        '{"verb": "like", "object": {"objectType": "note"}}',
        '{"verb": "follow", "object": {}}',
        '{"verb": "add", "object": {"objectType": "person", "id": "acct:bob@example.org"}}',
        '{"verb": "like", "object": {"objectType": "note", "id": "%s"}}'
        % world.url("/api/note/AAAAAAAAAAAAAAAAAAAAAA"),
    ):
        try:
            refused(400, world.alice.request, feed_url, method="POST", data=body)
        except AssertionError as error:
            raise AssertionError(f"{body[:100]}: {error}") from None
    same(ids(outbox(world.alice, "alice")), before, "her feed")


@step("a character that no database keeps does no harm")
def null_character(world):
    body = {"objectType": "note", "content": "before\u0000after", "displayName": "a\u0000b"}
    try:
        answer = act(world.alice, "post", body)
    except Exception as error:
        assert "status: 5" not in str(error), f"it is too much for the server: {error}"
        return
    seen = raw(world.bob, answer["object"]["id"])["content"]
    assert "before" in seen and "after" in seen, f"it is stored as {seen!r}"


@step("without a signature, or with a wrong one, nothing is done")
def unsigned(world):
    feed_url = world.url("/api/user/alice/feed")
    body = {"verb": "post", "object": {"objectType": "note", "content": "Unsigned"}}
    before = ids(outbox(world.alice, "alice"))
    for path in ("/api/user/alice/inbox", "/api/whoami"):
        same(requests.get(world.url(path), timeout=30).status_code, 401, f"{path}, unsigned")
    status = requests.post(feed_url, json=body, timeout=30).status_code
    assert status in (400, 401), f"an unsigned post answers {status}"
    kept = world.alice.store["oauth-access-secret"]
    try:
        world.alice.store["oauth-access-secret"] = "wrong"
        for call in (lambda: world.alice.request(feed_url), lambda: act(world.alice, "post", body["object"])):
            try:
                call()
            except Exception as error:
                assert "ignature" in str(error), f"a wrong signature: {error}"
            else:
                raise AssertionError("a wrong signature is taken")
    finally:
        world.alice.store["oauth-access-secret"] = kept
    same(ids(outbox(world.alice, "alice")), before, "her feed")


@step("what bob no longer follows, he no longer gets")
def no_longer_following(world):
    alice, bob = world.alice, world.bob
    bob.Person(alice.me.webfinger).unfollow()
    same(ids(alice.Person(alice.me.webfinger).followers), [], "her followers")
    note = post(alice, "Without bob")
    refused(403, raw, bob, note.id)
    refused(403, raw, bob, world.followers_only.id)
    assert note.id not in objects(inbox(bob)), "bob's inbox has it"
    same(raw(bob, world.public.id)["id"], world.public.id, "a public note, as bob reads it")
    same(raw(bob, world.private.id)["id"], world.private.id, "what was sent to him")
