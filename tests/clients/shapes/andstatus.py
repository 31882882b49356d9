"""AndStatus: forms, a callback on the web, activities that say all, uploads without a length."""

import signed

import picture
from .world import FORM, JSON, PUBLIC, ids, ref, same, step

CALLBACK = "http://oauth-redirect.andstatus.org"


def activity(person, verb, thing, **more):
    """As it composes them."""
    return {
        "objectType": "activity",
        "verb": verb,
        "generator": {
            "id": "http://andstatus.org/andstatus",
            "displayName": "AndStatus",
            "objectType": "application",
        },
        "actor": person.ref,
        "object": thing,
        **more,
    }


@step("AndStatus registers with a form and comes back from the consent page")
def signs_in(world):
    asked = world.send("GET", "/.well-known/oauth-authorization-server")
    same(asked.status, 404, "authorization metadata, with which it would sign in by OAuth 2")
    client = world.register(
        FORM,
        signed.urlencode(
            {
                "type": "client_associate",
                "application_type": "native",
                "redirect_uris": CALLBACK,
                "client_name": "AndStatus",
                "application_name": "AndStatus",
            }
        ),
    )
    world.andy = world.join("andy", client, callback=CALLBACK)


@step("AndStatus follows whoami and signs again")
def whoami(world):
    answer = world.andy.send("GET", "/api/whoami")
    same(answer.status, 302, "whoami")
    profile = world.andy.get(answer.headers["Location"])
    same(profile["preferredUsername"], "andy", "who they are")


@step("AndStatus asks another server with a Dialback that says nothing")
def dialback(world):
    for header in ("Dialback", 'Dialback host="h.example" token="t"'):
        sent = {"Authorization": header, "host": world.host, "token": "abc", "Content-Type": FORM}
        body = "type=client_associate&application_type=native"
        same(world.send("POST", "/api/client/register", sent, body).status, 401, header)


@step("AndStatus posts a note for all, and is told who sent it")
def posts(world):
    note = {"objectType": "note", "content": "From the telephone"}
    made = world.andy.act(activity(world.andy, "post", note, to=[PUBLIC]))
    same(made["generator"]["displayName"], "AndStatus", "the client it was made with")
    assert made["generator"]["id"].startswith("urn:uuid:"), "the generator is what the client says"
    world.andys_note = made["object"]
    seen = world.andy.get(made["object"]["id"])
    same(seen["content"], note["content"], "the note, by its id")
    assert "/api/note/" in seen["id"], "the type can't be read off the id"


@step("AndStatus answers without naming anyone")
def answers(world):
    comment = {"objectType": "comment", "content": "As I said", "inReplyTo": ref(world.andys_note)}
    made = world.andy.act(activity(world.andy, "post", comment))
    same(made["object"]["inReplyTo"]["id"], world.andys_note["id"], "what it answers")
    replies = world.andy.get(world.andys_note["replies"]["url"])
    assert made["object"]["id"] in ids(replies), "the answer isn't among the replies"


@step("AndStatus uploads in chunks, posts, and sends the same again as an update")
def uploads(world):
    path = world.server.folder + "/photo.jpg"
    picture.photo(path, 64, 48)
    with open(path, "rb") as file:
        data = file.read()
    chunks = [data[start : start + 500] for start in range(0, len(data), 500)]
    answer = world.andy.send(
        "POST", world.andy.path("/uploads"), chunks=chunks, headers={"Content-Type": "image/jpeg"}
    )
    image = answer.ok()
    thing = {**ref(image), "displayName": "A photo", "content": "Seen today"}
    made = world.andy.act(activity(world.andy, "post", thing, to=[PUBLIC]))
    again = world.andy.act(activity(world.andy, "update", thing, to=[PUBLIC]))
    same(again["object"]["content"], "Seen today", "what the photo is called")
    same(made["object"]["id"], image["id"], "the image that was posted")
    got = world.send("GET", image["image"]["url"][len(world.base) :])
    same((got.status, got.headers["Content-Type"]), (200, "image/jpeg"), "the photo, for anyone")


@step("AndStatus reads its timelines twenty by twenty")
def timelines(world):
    for below in ("/inbox", "/feed"):
        feed = world.andy.get(world.andy.path(below + "?count=20"))
        oldest = ids(feed)[-1]
        newer = world.andy.get(world.andy.path(f"{below}?since={oldest}&count=20"))
        same(ids(newer), ids(feed)[:-1][-20:], f"what is newer in {below}")
    for below in ("/followers", "/following"):
        same(
            world.andy.get(world.andy.path(below + "?count=200"))["objectTypes"], ["person"], below
        )


@step("AndStatus favorites, shares, follows and takes it all back")
def takes_back(world):
    note = ref(world.andys_note)
    for verb, undo in (("favorite", "unfavorite"), ("share", "unshare")):
        world.andy.act(activity(world.andy, verb, note))
        world.andy.act(activity(world.andy, undo, note))
    seen = world.andy.get(note["id"])
    same((seen["liked"], seen["likes"]["totalItems"]), (False, 0), "what is left of it")
    done = world.andy.send(
        "POST", world.andy.path("/feed"), activity(world.andy, "unfavorite", note)
    )
    same(done.status, 400, "taking back what isn't there")
    assert done.headers["Content-Type"].startswith(JSON) and done.json["error"], done.text
