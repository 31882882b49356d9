"""Pictures: sent lying on their side, seen upright, by those who may."""

import os

import picture
from .world import (
    act, feed, holds, ids, inbox, lacks, objects, person, raw, reference, refused, same, see, step,
)

CORNERS = [picture.RED, picture.GREEN, picture.BLUE, picture.WHITE]


@step("alice posts a photo to bob: turned upright, small and whole")
def photo(world):
    alice, bob, carol = world.alice, world.bob, world.carol
    path = os.path.join(world.server.folder, "photo.jpg")
    picture.photo(path, 400, 640)
    image = alice.Image(display_name="The river", content="At <b>seven</b>")
    image.to = person(alice, bob)
    image.from_file(path)
    world.photo = image
    assert image.id.startswith(world.url("/api/image/")), f"the id is {image.id}"
    for reader in (alice, bob):
        seen = see(reader, image)
        same((seen.display_name, seen.content), ("The river", "At <b>seven</b>"), "what it says")
        same((seen.thumbnail.width, seen.thumbnail.height), (200, 320), "the size of the small one")
        same((seen.original.width, seen.original.height), (400, 640), "the size of the whole one")
        for shown in (seen.thumbnail, seen.original):
            answer = world.download(reader, shown.url)
            same(answer.status_code, 200, f"downloading {shown.url}")
            same(answer.headers["Content-Type"], "image/jpeg", "its type")
            size, colours = picture.corners(answer.content)
            same(size, (shown.width, shown.height), "its size")
            same(colours, CORNERS, "its corners")
    same(objects(inbox(bob, "direct/major"))[0], image.id, "bob's direct inbox")
    same(inbox(bob, "major")[0].obj.thumbnail.width, 200, "the small one in bob's inbox")


@step("nobody else gets it, under any address")
def photo_of_others(world):
    seen = see(world.alice, world.photo)
    refused(403, raw, world.carol, world.photo.id)
    for shown in (seen.thumbnail, seen.original):
        for pump, who in ((world.carol, "carol"), (None, "a stranger")):
            same(world.download(pump, shown.url).status_code, 403, f"what {who} gets")
    lacks(objects(inbox(world.carol)), world.photo.id, "carol's inbox")


@step("an upload is in her uploads, and is hers alone until she posts it")
def uploads(world):
    alice, bob = world.alice, world.bob
    url = world.url("/api/user/alice/uploads")
    same(ids(feed(alice, url)), [world.photo.id], "her uploads")
    refused(401, raw, bob, url)
    path = os.path.join(world.server.folder, "small.jpg")
    picture.photo(path, 120, 80)
    with open(path, "rb") as file:
        kept = alice.request(url, method="POST", data=file.read(), headers={"Content-Type": "image/jpeg"})
    same(ids(feed(alice, url)), [kept["id"], world.photo.id], "her uploads, newest first")
    same((kept["image"]["width"], kept["image"]["height"]), (120, 80), "the size of a small one")
    assert "fullImage" not in kept, "a small image has a second one"
    refused(403, raw, bob, kept["id"])
    same(world.download(bob, kept["image"]["url"]).status_code, 403, "what bob gets")
    same(world.download(alice, kept["image"]["url"]).status_code, 200, "what alice gets")

    refused(400, act, bob, "post", {"objectType": "image", "id": kept["id"]})
    changed = act(alice, "update", {"objectType": "image", "id": kept["id"], "displayName": "Named"})
    same(changed["object"]["displayName"], "Named", "its title, before it is posted")
    refused(403, raw, bob, kept["id"])
    public = [reference(alice.Public)]
    act(alice, "post", {"objectType": "image", "id": kept["id"]}, to=public)
    same(raw(bob, kept["id"])["displayName"], "Named", "the image, as bob sees it")
    answer = world.download(None, kept["image"]["url"])
    same(answer.status_code, 200, "what a stranger gets of a public image")
    same(picture.corners(answer.content), ((120, 80), CORNERS), "the image")
    same(objects(inbox(bob, "major"))[0], kept["id"], "bob's inbox")
    refused(400, act, alice, "post", {"objectType": "image", "id": kept["id"]}, to=public)


@step("bob likes the photo and comments on it")
def answers(world):
    image = see(world.bob, world.photo)
    image.like()
    image.comment("What a river")
    same(ids(feed(world.alice, image.links["likes"])), [world.bob.me.id], "who likes it")
    same([one.content for one in feed(world.alice, image.links["replies"])], ["What a river"], "said")
    refused(403, raw, world.carol, image.links["replies"])


@step("what is no image is refused as one")
def no_image(world):
    url = world.url("/api/user/alice/uploads")
    jpeg = {"Content-Type": "image/jpeg"}
    refused(400, world.alice.request, url, method="POST", data=b"not a JPEG", headers=jpeg)
    refused(400, world.alice.request, url, method="POST", data=b"\xff\xd8\xff\xe0" + b"\0" * 99, headers=jpeg)
    same(len(list(feed(world.alice, url))), 2, "her uploads")


@step("a deleted photo is gone, with its files")
def delete(world):
    seen = see(world.alice, world.photo)
    see(world.alice, world.photo).delete()
    refused(410, raw, world.bob, world.photo.id)
    for shown in (seen.thumbnail, seen.original):
        status = world.download(world.bob, shown.url).status_code
        assert status in (403, 404, 410), f"the file of a deleted photo answers {status}"
    lacks(ids(feed(world.alice, world.url("/api/user/alice/uploads"))), world.photo.id, "uploads")
