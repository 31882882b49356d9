"""A client from another server, which signs for itself alone; and a restart."""

from .world import feed, holds, ids, inbox, lacks, objects, raw, refused, same, step


@step("dave, at home on another server, reads alice's public side with a client of his own")
def another_server(world):
    world.other.start()
    world.passwords["dave"] = "dave's 1st secret"
    world.other.add_user("dave", world.passwords["dave"])
    dave = world.login("dave", host=world.other.host)
    same(dave.me.id, f"acct:dave@{world.other.host}", "his id")
    seen = dave.Person(world.alice.me.webfinger)
    same((seen.id, seen.display_name), (world.alice.me.id, "Alice Ångström"), "alice, as he sees her")
    public = objects(feed(dave, world.url("/api/user/alice/feed/major")))
    holds(public, world.public.id, "her feed, as he sees it")
    lacks(public, world.followers_only.id, "her feed, as he sees it")
    lacks(public, world.private.id, "her feed, as he sees it")
    same(raw(dave, world.public.id)["id"], world.public.id, "a public note")
    assert "liked" not in raw(dave, world.public.id), "a client without a user is told what it likes"
    same(ids(dave.Person(world.bob.me.webfinger).followers), [], "bob's followers")
    refused(403, raw, dave, world.followers_only.id)
    refused(403, raw, dave, world.private.id)
    same(world.other.stop(), 0, "how the other server ended")


@step("after a restart everything is there, and the clients are still let in")
def restart(world):
    feeds = [
        (world.bob, "/api/user/bob/inbox"),
        (world.alice, "/api/user/alice/feed"),
        (world.carol, "/api/user/carol/inbox"),
    ]
    before = [raw(pump, world.url(path), count=200) for pump, path in feeds]
    same(world.server.stop(), 0, "how the server ended")
    world.server.start()
    after = [raw(pump, world.url(path), count=200) for pump, path in feeds]
    same(after, before, "all three feeds")


@step("the log tells of no failure and no secret")
def log(world):
    logged = world.server.logged()
    for line in logged.splitlines():
        for bad in ("panicked", '"ERROR"', " ERROR ", "status=5", '"status":5'):
            assert bad not in line, f"the log has: {line}"
    secrets = list(world.passwords.values())
    for pump in (world.alice, world.bob, world.carol):
        secrets += [
            value for name, value in pump.store.export().items() if "expirey" not in name and "key" not in name
        ]
    for secret in filter(None, secrets):
        assert str(secret) not in logged, "the log has a password, token or secret"
