"""Choqok: JSON with much air in it, slashes at the end, content that is percent-encoded."""

from .world import JSON, PUBLIC, encoded, ids, same, step


@step("Choqok registers with JSON that has air in it")
def signs_in(world):
    body = """{
    "application_name": "Choqok",
    "application_type" : "native",
    "logo_url":  "http://choqok.kde.example/logo.png",
    "type": "client_associate"
}
"""
    world.chloe = world.join("chloe", world.register(JSON, body))


@step("Choqok asks for its timelines with slashes at the end")
def timelines(world):
    world.note = world.andy.note("For chloe", to=[world.chloe.ref], cc=[PUBLIC])
    first = world.andy.note("For chloe too", to=[world.chloe.ref])
    for below in ("/inbox/major", "/inbox/direct/major/", "/feed/major/", "/favorites"):
        world.chloe.get(world.chloe.path(f"{below}?count=200"))
    since = encoded(world.note["id"])
    for below in ("/inbox/direct/major/", "/inbox/major"):
        feed = world.chloe.get(world.chloe.path(f"{below}?count=200&since={since}"))
        same(ids(feed), [first["id"]], f"what is new in {below}")


@step("Choqok asks whom one follows since the last one")
def following(world):
    for person in (world.andy, world.frida):
        world.chloe.act({"verb": "follow", "object": person.ref})
    since = world.chloe.get(world.chloe.path(f"/following?count=200&since={world.andy.id}"))
    same(ids(since), [world.frida.id], "who was followed since")
    world.chloe.get(world.chloe.path("/lists/person?count=200"))


@step("Choqok sends percent-encoded content, which stays as it is")
def content(world):
    made = world.chloe.act(
        {
            "objectType": "activity",
            "verb": "post",
            "object": {
                "objectType": "comment",
                "content": "Too%20true%21",
                "inReplyTo": {"objectType": "note", "id": world.note["object"]["id"]},
            },
        }
    )
    same(made["object"]["content"], "Too%20true%21", "what it sent")
    parent = made["object"]["inReplyTo"]
    same(
        parent["replies"]["url"].removesuffix("/replies"),
        parent["id"],
        "the parent, by its replies",
    )
    replies = world.chloe.get(parent["replies"]["url"])
    same(replies["url"].removesuffix("/replies"), parent["id"], "the parent, by the feed")


@step("Choqok makes addresses of pages itself, and sees what is deleted")
def pages(world):
    note = world.chloe.note("Look", to=[PUBLIC])["object"]
    same(note["url"], note["id"].replace("/api/", "/chloe/"), "the page of a note")
    avatar = world.send("GET", "/images/default.png")
    same(
        (avatar.status, avatar.headers["Content-Type"]),
        (200, "image/png"),
        "the avatar of those without",
    )
    deleted = world.chloe.act(
        {"verb": "delete", "object": {"objectType": "note", "id": note["id"]}}
    )
    assert deleted["object"]["deleted"], "it doesn't say when it was deleted"
