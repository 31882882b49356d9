"""Friendica: registration in parts, a look without credentials, recipients of four kinds."""

import re

import signed
from .world import PUBLIC, ids, ref, same, step

BOUNDARY = "------------------------d74496d66958873e"


@step("Friendica registers with parts, as PHP sends an array")
def signs_in(world):
    fields = {
        "type": "client_associate",
        "contacts": "admin@friendica.example",
        "application_type": "native",
        "application_name": "Friendica",
        "logo_url": "https://friendica.example/images/friendica-256.png",
        "redirect_uris": "https://friendica.example/pumpio/connect",
    }
    parts = "".join(
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    )
    kind = f"multipart/form-data; boundary={BOUNDARY}"
    client = world.register(kind, f"{parts}--{BOUNDARY}--\r\n")
    world.frida = world.join("frida", client)


@step("Friendica posts to four kinds of recipients, and knows its own posts again")
def posts(world):
    note = {"objectType": "note", "content": "<b>Hello</b>, pump"}
    made = world.frida.act(
        {
            "verb": "post",
            "object": note,
            "to": [world.andy.ref],
            "cc": [PUBLIC],
            "bto": [world.frida.followers],
            "bcc": [],
        }
    )
    same(made["generator"]["displayName"], "Friendica", "the client it was made with")
    world.fridas_note = made["object"]
    for feed in (world.frida.path("/feed/major"), world.andy.path("/inbox")):
        who = world.frida if "frida" in feed else world.andy
        item = next(i for i in who.get(feed)["items"] if i["id"] == made["id"])
        same(item["generator"]["displayName"], "Friendica", "the client, in a feed")
        for key in ("published", "updated"):
            assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", item[key]), item[key]
        same("bto" in item, who is world.frida, "whether bto is shown")
    since = world.frida.get(world.frida.path("/inbox?since=" + made["id"]))
    same(ids(since), [], "what is newer than the newest")


@step("Friendica looks at public feeds without credentials")
def looks(world):
    for below in ("/feed", "/feed/major"):
        answer = world.send("GET", f"/api/user/frida{below}", {"Accept": "*/*"})
        found = [item["object"]["id"] for item in answer.ok()["items"]]
        assert world.fridas_note["id"] in found, f"the public note isn't in {below}"


@step("Friendica changes, likes and deletes")
def changes(world):
    note = ref(world.fridas_note)
    update = world.frida.act({"verb": "update", "object": {**note, "content": "Hello again"}})
    same(update["object"]["content"], "Hello again", "what it says now")
    world.frida.act({"verb": "favorite", "object": note})
    deleted = world.frida.act({"verb": "delete", "object": note})
    assert deleted["object"]["deleted"], "it doesn't say when it was deleted"
    same(world.frida.send("GET", note["id"][len(world.base) :]).status, 410, "what is deleted")


@step("Friendica sends what is too much for the server")
def too_much(world):
    answer = world.frida.send("GET", world.frida.path("/following?count=1000"))
    same(
        (answer.status, answer.json["error"]),
        (400, "Count must be between 0 and 200"),
        "1000 of them",
    )
    _, headers, _ = signed.sign(
        "GET", world.url(world.frida.path("/inbox")), world.frida.credentials
    )
    headers["Authorization"] = headers["Authorization"].replace(
        'oauth_signature="', 'oauth_signature="x'
    )
    answer = world.send("GET", world.frida.path("/inbox"), headers)
    same((answer.status, answer.text), (400, "Invalid signature"), "a wrong signature")
