"""A conversation with dave, who is at home on another server."""

import os
from urllib.parse import quote

import picture
from .world import (
    act, feed, holds, ids, inbox, lacks, objects, person, post, raw, reference, refused, same, see,
    soon, step,
)


def by_id(world, pump, thing):
    """A thing as this client's own server shows it, asked for by its id."""
    server = world.other if pump is world.dave else world.server
    url = f"{server.base}/api/{thing.object_type}?id={quote(thing.id, safe='')}"
    return raw(pump, url)


def proxied(world, pump, url, original):
    """Fails unless what the server passes on from an address of dave's is what he gets there."""
    assert url.startswith(world.url("/api/proxy/")), f"{url} is no proxy"
    answer = world.download(pump, url)
    same(answer.status_code, 200, f"downloading {url}")
    same(answer.headers["Content-Type"], "image/jpeg", "its type")
    own = world.download(world.dave, original)
    same(own.status_code, 200, f"downloading {original}")
    assert answer.content == own.content, "what comes through the proxy is not what dave has"


def complete(world, pump, shown):
    """Fails unless a list shows dave as it shows people here."""
    same(shown["id"], world.dave.me.id, "his id")
    same((shown["displayName"], shown["preferredUsername"]), ("Dave Ørsted", "dave"), "his names")
    same((shown["summary"], shown["location"]["displayName"]), ("I row, too.", "Århus"), "about him")
    same(shown["url"], f"{world.other.base}/dave", "his page")
    avatar = shown["image"]
    same((avatar["width"], avatar["height"]), (96, 96), "the size of his picture")
    proxied(world, pump, avatar["pump_io"]["proxyURL"], avatar["url"])
    for name in ("followers", "following", "favorites"):
        proxy = shown[name]["pump_io"]["proxyURL"]
        same(raw(pump, proxy)["url"], shown[name]["url"], f"his {name}, through the proxy")


@step("dave gives himself a name, a place and a picture")
def dave_is(world):
    path = os.path.join(world.other.folder, "dave.jpg")
    picture.photo(path, 96, 96)
    own = f"{world.other.base}/api/user/dave"
    with open(path, "rb") as file:
        kept = world.dave.request(
            f"{own}/uploads", method="POST", data=file.read(), headers={"Content-Type": "image/jpeg"}
        )
    uploaded = {"objectType": "image", "id": kept["id"]}
    act(world.dave, "post", uploaded, to=[reference(world.dave.Public)])
    body = {
        "objectType": "person",
        "displayName": "Dave Ørsted",
        "summary": "I row, too.",
        "location": {"objectType": "place", "displayName": "Århus"},
        "image": kept["image"],
    }
    world.dave.request(f"{own}/profile", method="PUT", data=body)


@step("alice follows dave by his address, and he follows her")
def follow(world):
    alice, dave = world.alice, world.dave
    before = len(ids(feed(alice, alice.me.links["followers"])))
    alice.Person(dave.me.webfinger).follow()
    following = raw(alice, alice.me.links["following"])
    same(following["totalItems"], len(following["items"]), "how many she follows")
    same(following["items"][0]["pump_io"]["followed"], True, "whether she follows him")
    complete(world, alice, following["items"][0])
    heard = soon(lambda: inbox(dave, "direct/minor"), "what dave heard")[0]
    same((heard.verb, heard.actor.id, heard.obj.id), ("follow", alice.me.id, dave.me.id), "heard")
    same((heard.actor.display_name, heard.actor.url), ("Alice Ångström", alice.me.url), "she")
    same(ids(feed(dave, dave.me.links["followers"])), [alice.me.id], "dave's followers")
    refused(400, alice.Person(dave.me.webfinger).follow)

    dave.Person(alice.me.webfinger).follow()
    followers = soon(
        lambda: ids(feed(alice, alice.me.links["followers"]))[before:]
        and raw(alice, alice.me.links["followers"]),
        "a new follower",
    )
    same(followers["totalItems"], before + 1, "how many follow her")
    complete(world, alice, followers["items"][0])
    same(raw(alice, alice.me)["followers"]["totalItems"], before + 1, "the number in her profile")
    holds(ids(feed(world.bob, alice.me.links["followers"])), dave.me.id, "as bob sees them")


@step("his profile and the people around him can be read on her server")
def profile(world):
    shown = by_id(world, world.alice, world.dave.me)
    complete(world, world.alice, shown)
    around = raw(world.alice, shown["followers"]["pump_io"]["proxyURL"])
    same(around["totalItems"], 1, "the number of his followers")
    same([one["id"] for one in around["items"]], [world.alice.me.id], "his followers")
    seen = world.bob.Person(world.dave.me.webfinger)
    same((seen.display_name, seen.username), ("Dave Ørsted", "dave"), "he, as bob finds him")


@step("his note reaches her, and her likes, comments and shares reach him")
def note(world):
    alice, dave = world.alice, world.dave
    sent = post(dave, "The <b>fjord</b> is calm", to=dave.Public, cc=dave.me.followers)
    soon(lambda: sent.id in objects(inbox(alice, "major")), "her inbox")
    heard = inbox(alice, "major")[0]
    same((heard.verb, heard.actor.id, heard.obj.id), ("post", dave.me.id, sent.id), "her inbox")
    same([one.display_name for one in heard.cc], ["Followers"], "for whom it is, in words")
    note = world.daves = heard.obj
    same((note.content, note.author.id), ("The <b>fjord</b> is calm", dave.me.id), "his note")
    same((note.url, note.liked), (sent.url, False), "its page, and whether she likes it")
    for name in ("likes", "replies", "shares"):
        assert note.links[name].startswith(world.url("/api/proxy/")), f"{name}: {note.links[name]}"
        same(ids(feed(alice, note.links[name])), [], f"its {name}")

    note.like()
    same(note.liked, True, "whether she likes it")
    note.comment("As it is here")
    note.share()
    for name, wanted in (("likes", [alice.me.id]), ("shares", [alice.me.id])):
        soon(lambda: ids(feed(dave, sent.links[name])) == wanted, f"{name}, as dave sees them")
        same(ids(feed(alice, note.links[name])), wanted, f"{name}, through the proxy")
    soon(lambda: ids(feed(dave, sent.links["replies"])), "a comment at dave's")
    comment = list(feed(dave, sent.links["replies"]))[0]
    same((comment.content, comment.author.id), ("As it is here", alice.me.id), "her comment")
    same((comment.author.display_name, comment.url[: len(world.url("/"))]),
         ("Alice Ångström", world.url("/")), "who wrote it, and where its page is")
    holds([one.verb for one in inbox(dave, "minor")], "like", "what dave heard")
    for pump in (alice, dave):
        shown = by_id(world, pump, sent)
        counts = [shown[name]["totalItems"] for name in ("likes", "replies", "shares")]
        same(counts, [1, 1, 1], f"how {pump.client.nickname}'s server counts")
    same(by_id(world, alice, sent)["pump_io"]["shared"], True, "whether she shared it")
    holds(ids(alice.me.favorites), sent.id, "what she likes")


@step("he answers and likes her comment, changes his note, and she takes her like back")
def answer(world):
    alice, dave, note = world.alice, world.dave, world.daves
    mine = see(dave, note)
    comment = list(feed(dave, mine.links["replies"]))[0]
    mine.comment("Then let us row")
    comment.like()
    mine.content = "The fjord is rough"
    act(dave, "update", {**reference(mine), "content": mine.content})
    said = ["Then let us row", "As it is here"]
    contents = lambda: [one["content"] for one in by_id(world, alice, note)["replies"]["items"]]
    soon(lambda: contents() == said, "the comments on her server")
    same([one.content for one in feed(alice, note.links["replies"])], said, "through the proxy")
    soon(lambda: by_id(world, alice, note)["content"] == "The fjord is rough", "the change")
    soon(lambda: ids(see(alice, comment).likes) == [dave.me.id], "who likes her comment")
    note.unlike()
    same((note.liked, by_id(world, alice, note)["likes"]["totalItems"]), (False, 0), "likes of it")
    soon(lambda: ids(feed(dave, mine.links["likes"])) == [], "its likes, as dave sees them")
    note.unshare()
    soon(lambda: ids(feed(dave, mine.links["shares"])) == [], "its shares, as dave sees them")


@step("his photo for his followers comes through her server, and to nobody else")
def photo(world):
    alice, bob, dave = world.alice, world.bob, world.dave
    path = os.path.join(world.other.folder, "boat.jpg")
    picture.photo(path, 640, 400)
    sent = dave.Image(display_name="The boat")
    sent.to = dave.me.followers
    sent.from_file(path)
    soon(lambda: sent.id in objects(inbox(alice, "major")), "her inbox")
    seen = soon(
        lambda: next(
            (one.obj for one in inbox(alice, "major")
             if one.obj.id == sent.id and one.obj.display_name), None
        ),
        "its title",
    )
    same(seen.display_name, "The boat", "its title")
    same((seen.thumbnail.width, seen.thumbnail.height), (320, 200), "the size of the small one")
    own = see(dave, sent)
    for shown, original in ((seen.thumbnail, own.thumbnail), (seen.original, own.original)):
        proxied(world, alice, shown.url, original.url)
        size, _ = picture.corners(world.download(alice, shown.url).content)
        same(size, (shown.width, shown.height), "its size")
        for pump, who in ((bob, "bob"), (None, "a stranger")):
            status = world.download(pump, shown.url).status_code
            assert status in (401, 403, 404), f"{who} gets {status} of {shown.url}"
        status = world.download(None, original.url).status_code
        same(status, 403, "what a stranger gets of the original")
    seen.comment("What a boat")
    soon(lambda: [one.content for one in feed(dave, own.links["replies"])] == ["What a boat"], "it")


@step("her note reaches him, and his like and comment reach her")
def hers(world):
    alice, dave = world.alice, world.dave
    sent = post(alice, "To all who row", to=alice.Public, cc=alice.me.followers)
    soon(lambda: sent.id in objects(inbox(dave, "major")), "dave's inbox")
    note = inbox(dave, "major")[0].obj
    note.like()
    note.comment("I do")
    soon(lambda: ids(feed(alice, sent.links["likes"])) == [dave.me.id], "who likes it")
    soon(lambda: ids(feed(alice, sent.links["replies"])), "what is said of it")
    comment = list(feed(world.bob, sent.links["replies"]))[0]
    same((comment.content, comment.author.id), ("I do", dave.me.id), "his comment, as bob sees it")
    same(comment.author.display_name, "Dave Ørsted", "his name, as bob sees it")
    for part in ("minor", "direct/minor"):
        holds(objects(inbox(alice, part)), comment.id, f"her inbox/{part}")
    private = post(alice, "Only you", to=alice.Person(dave.me.webfinger))
    soon(lambda: private.id in objects(inbox(dave, "direct/major")), "dave's direct inbox")
    lacks(objects(inbox(world.bob)), private.id, "bob's inbox")
