"""A client from another server, which signs for itself alone."""

from .world import feed, holds, ids, inbox, lacks, objects, raw, refused, same, step


@step("dave, at home on another server, reads alice's public side with a client of his own")
def another_server(world):
    world.other.start()
    world.passwords["dave"] = "dave's 1st secret"
    world.other.add_user("dave", world.passwords["dave"])
    dave = world.dave = world.login("dave", host=world.other.host)
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
