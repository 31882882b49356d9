"""Dianara: tokens by GET, queries it decodes after signing, links it takes apart."""

import json

from .world import JSON, PASSWORD, encoded, ids, same, step


@step("Dianara takes its tokens by GET")
def signs_in(world):
    body = (
        '{ "type":"client_associate",  "application_type": "native", "application_name":"Dianara",'
        ' "logo_url": "https://dianara.example/d.png" }'
    )
    world.diana = world.join("diana", world.register(JSON, body), method="GET")


@step("Dianara takes a server for a Pump server by its header")
def header(world):
    answer = world.send("GET", f"/.well-known/webfinger?resource=diana@{world.host}")
    assert "pump.io" in answer.headers["Server"], answer.headers["Server"]
    assert answer.json["links"], "there are no links"


@step("Dianara starts up")
def starts(world):
    kind = {"Content-Type": JSON}
    user = world.diana.get(world.diana.path(), headers=kind)
    same((user["nickname"], user["profile"]["id"]), ("diana", world.diana.id), "who they are")
    world.diana.act({"verb": "follow", "object": world.andy.ref, "to": [world.andy.ref]})
    following = world.diana.get(world.diana.path("/following?count=200&offset=0"), headers=kind)
    same(following["totalItems"], len(following["items"]), "how many they follow")
    for below in (
        "/followers?count=200",
        "/lists/person?count=200",
        "/inbox/major?count=20",
        "/inbox/direct/major?count=10",
        "/feed/major?count=20",
        "/favorites?count=20",
        "/inbox/minor?count=50",
        "/inbox/direct/minor?count=20",
        "/feed/minor?count=20",
    ):
        world.diana.get(world.diana.path(below), headers=kind)
    users = world.diana.get("/api/users?count=50", headers=kind)
    assert all(item["profile"]["id"] for item in users["items"]), "someone has no id"


@step("Dianara turns pages with the query decoded after it was signed")
def pages(world):
    for number in range(4):
        world.andy.note(f"Page {number}", to=[world.diana.ref])
    path = world.diana.path("/inbox/major")
    feed = world.diana.get(path + "?count=2", headers={"Content-Type": JSON})
    for name in ("next", "prev"):
        href = feed["links"][name]["href"]
        query = href.split("?")[1]
        same(query.count("="), 1, f"the parameters of {href}")
    last = ids(feed)[-1]
    older = world.diana.get(
        f"{path}?before={last}&count=2",
        headers={"Content-Type": JSON},
        signed_as=f"{path}?before={encoded(last)}&count=2",
    )
    assert len(older["items"]) == 2 and not {*ids(older)} & {*ids(feed)}, "the pages overlap"


@step("Dianara changes the e-mail address")
def email(world):
    body = {"nickname": "diana", "password": PASSWORD, "email": "diana@example.org"}
    user = world.diana.send("PUT", world.diana.path(), body).ok()
    assert "password" not in user, "the password comes back"
    same(world.diana.get(world.diana.path())["email"], "diana@example.org", "the address")
    assert "diana@example.org" not in json.dumps(world.andy.get(world.diana.path())), "andy sees it"


@step("Dianara changes the profile, and keeps lists silently")
def profile(world):
    body = {
        "objectType": "person",
        "displayName": "Diana",
        "summary": "Hunts",
        "location": {"objectType": "place", "displayName": "The woods"},
    }
    seen = world.diana.send("PUT", world.diana.path("/profile"), body).ok()
    same(
        (seen["displayName"], seen["location"]["displayName"]),
        ("Diana", "The woods"),
        "the profile",
    )
    made = world.diana.act(
        {
            "verb": "create",
            "object": {
                "objectType": "collection",
                "objectTypes": ["person"],
                "displayName": "Pack",
                "content": "We run",
            },
        }
    )
    target = {"objectType": "collection", "id": made["object"]["id"]}
    before = world.andy.get(world.andy.path("/inbox?count=0"))["totalItems"]
    added = world.diana.act(
        {"verb": "add", "object": world.andy.ref, "target": target, "to": [world.diana.ref]}
    )
    same(added["target"]["members"]["totalItems"], 1, "how many are on the list")
    same(
        world.andy.get(world.andy.path("/inbox?count=0"))["totalItems"],
        before,
        "what andy heard of it",
    )


@step("Dianara shows why something was refused")
def refused(world):
    answer = world.diana.send(
        "POST", world.diana.path("/feed"), {"verb": "follow", "object": world.andy.ref}
    )
    assert answer.status == 400 and "error" in answer.json, answer.text
