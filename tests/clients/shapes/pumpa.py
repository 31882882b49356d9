"""Pumpa: HEAD, images that get their title before they are posted, whole objects."""

import json

import picture
from .world import JSON, PUBLIC, encoded, ids, ref, same, step


@step("Pumpa registers, and asks for the head of webfinger before it follows")
def signs_in(world):
    body = json.dumps(
        {
            "type": "client_associate",
            "application_type": "native",
            "application_name": "pumpa",
            "logo_uri": "https://pumpa.example/p.png",
        }
    )
    world.pam = world.join("pam", world.register(JSON, body))
    for who, status in ((f"andy@{world.host}", 200), (f"nobody@{world.host}", 404)):
        answer = world.send("HEAD", f"/.well-known/webfinger?resource={who}")
        same((answer.status, answer.data), (status, b""), f"the head of {who}")
    made = world.pam.act(
        {"verb": "follow", "object": {"id": world.andy.id, "objectType": "person"}}
    )
    same(made["object"]["pump_io"]["followed"], True, "whether andy is followed")


@step("Pumpa gives a picture its title, to itself, and then posts it")
def uploads(world):
    path = world.server.folder + "/pumpa.jpg"
    picture.photo(path, 400, 640)
    with open(path, "rb") as file:
        sent = world.pam.send(
            "POST", world.pam.path("/uploads"), file.read(), {"Content-Type": "image/jpeg"}
        )
    image = sent.ok()
    assert (
        image["fullImage"]["url"] and max(image["image"]["width"], image["image"]["height"]) == 320
    )
    titled = {**image, "displayName": "Four corners", "content": "As they were"}
    world.pam.act({"verb": "update", "object": titled, "to": [world.pam.ref]})
    target = image["id"][len(world.base) :]
    same(world.andy.send("GET", target).status, 403, "andy, who isn't meant to see it yet")
    world.pam.act(
        {"verb": "post", "object": ref(image), "to": [PUBLIC], "cc": [world.pam.followers]}
    )
    seen = world.andy.get(image["id"])
    same((seen["displayName"], seen["content"]), ("Four corners", "As they were"), "what andy sees")


@step("Pumpa likes with the whole object, and names recipients as it got them")
def likes(world):
    note = world.andy.note("Like this", to=[PUBLIC])["object"]
    whole = world.pam.get(note["id"])
    for verb, liked in (("like", True), ("unlike", False)):
        made = world.pam.act({"verb": verb, "object": whole})
        same(made["verb"], verb, "the verb")
        same(world.pam.get(note["id"])["liked"], liked, f"after the {verb}")
    someone = {
        **world.andy.ref,
        "pump_io": {"proxyURL": "http://x.example/api/proxy/y"},
        "displayName": "Not his name",
    }
    made = world.pam.note("For andy", to=[someone])
    got = made["to"][0]
    assert "proxyURL" not in got.get("pump_io", {}), "what it got from elsewhere is stored"
    assert got.get("displayName") != "Not his name", "a recipient renames andy"
    for collection in ("likes", "replies", "shares"):
        assert "pump_io" not in made["object"][collection], f"{collection} has a pump_io"


@step("Pumpa asks for what is newer, and knows a whole list from the beginning of one")
def lists(world):
    feed = world.pam.get(world.pam.path("/inbox/minor"))
    newest = encoded(ids(feed)[0])
    newer = world.pam.get(world.pam.path(f"/inbox/minor?since={newest}"))
    same((ids(newer), "prev" in newer["links"]), ([], False), "what is newer than the newest")
    note = world.andy.note("Discuss", to=[PUBLIC])["object"]
    for number in range(5):
        comment = {"objectType": "comment", "content": f"{number}", "inReplyTo": ref(note)}
        world.pam.act({"verb": "post", "object": comment})
    seen = world.pam.get(note["id"])["replies"]
    same(
        (len(seen["items"]), seen["totalItems"], "displayName" in seen),
        (4, 5, False),
        "the beginning",
    )
    whole = world.pam.get(seen["url"])
    same((len(whole["items"]), "displayName" in whole), (5, True), "the whole")
