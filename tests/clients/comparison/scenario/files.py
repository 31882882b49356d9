"""Files are uploaded, posted and fetched (pump-api 11)."""

import base64
import io

from PIL import Image

from .world import PUBLIC


def image(width, height, form="PNG"):
    """The bytes of an image of one colour."""
    data = io.BytesIO()
    Image.new("RGB", (width, height), (30, 90, 200)).save(data, form)
    return data.getvalue()


def chunks(data):
    """The same bytes, sent in chunks."""
    yield data[:10]
    yield data[10:]


def run(world):
    alice, bob, carol = (world.people[name] for name in ("alice", "bob", "carol"))
    path = alice.path("uploads")

    def upload(step, data, kind, **more):
        return alice.post(step, path, None, data=data, kind=kind, **more)

    small = upload("a small image", image(60, 40), "image/png")
    large = upload("a large image", image(800, 400, "JPEG"), "image/jpeg")
    upload("in chunks", chunks(image(50, 50)), "image/png")
    upload("with a parameter", image(50, 50), "image/png; x=y")
    encoded = base64.b64encode(image(20, 20)).decode()
    alice.post("in JSON", path, {"mimeType": "image/png", "data": encoded})
    alice.post("in JSON without a type", path, {"data": encoded})
    alice.post("in JSON without data", path, {"mimeType": "image/png"})
    text = upload("a text", b"hello", "text/plain")
    upload("sound", b"OggS" + bytes(23), "audio/ogg")
    upload("a film", b"\x1a\x45\xdf\xa3\x80", "video/webm")
    unknown = upload("bytes", b"\0\1\2", "application/octet-stream")
    upload("nothing", b"", "image/png")
    upload("no image at all", b"not an image", "image/png")
    bob.post("bob uploads for alice", path, None, data=b"x", kind="text/plain")
    world.nobody("nobody uploads", path, method="POST", data=b"x", kind="text/plain")
    alice.get("her uploads", path)
    bob.get("her uploads, for bob", path)
    world.just_client("her uploads, for the client", path)
    alice.get("two uploads", path + "?count=2")
    also = ["Cache-Control", "Accept-Ranges", "Content-Range", "Last-Modified"]
    thumbnail, original = large.get("image.url"), large.get("fullImage.url")
    for name, url in [
        ("the small one", small.get("image.url")),
        ("the thumbnail", thumbnail),
        ("the original", original),
        ("the text", text.get("fileUrl")),
    ]:
        alice.get(f"alice gets {name}", url, also=also)
        bob.get(f"bob gets {name}", url, also=also)
        world.nobody(f"nobody gets {name}", url, also=also)
    alice.get("alice gets the bytes", unknown.get("fileUrl"))
    bob.get("bob reads what isn't posted", large.get("id"))
    alice.get("alice reads what isn't posted", large.get("id"))
    thing = {"objectType": "image", "id": large.get("id")}
    titled = {**thing, "displayName": "Blue", "content": "Very blue"}
    alice.act("it gets a title", "update", titled, to=[alice.ref])
    alice.act("it is posted", "post", thing, to=[PUBLIC])
    alice.act("it is posted again", "post", thing, to=[PUBLIC])
    bob.get("bob reads it now", large.get("id"))
    for name, url in [("the thumbnail", thumbnail), ("the original", original)]:
        world.nobody(f"nobody gets {name} now", url, also=also)
        world.nobody(f"the head of {name}", url, method="HEAD", also=also)
    world.nobody("a part of it", original, headers={"Range": "bytes=0-9"}, also=also)
    world.nobody("parts beyond it", original, headers={"Range": "bytes=9999999-"}, also=also)
    world.nobody(
        "no news of it",
        original,
        headers={"If-Modified-Since": "Fri, 01 Jan 2100 00:00:00 GMT"},
        also=also,
    )
    alice.act("for bob alone", "post", {"objectType": "image", "id": small.get("id")}, to=[bob.ref])
    for who in (bob, carol):
        who.get(f"{who.nickname} gets the small one now", small.get("image.url"), also=also)
    world.nobody("a file that isn't there", "/uploads/alice/2020/1/1/AAAAAA.png")
    world.nobody("no file at all", "/uploads/")
    world.nobody("a way out", "/uploads/../config.json")
    avatar = {
        "objectType": "person",
        "id": alice.id,
        "image": {"url": thumbnail, "width": 96, "height": 96},
        "pump_io": {"fullImage": {"url": original}},
    }
    alice.put("her avatar", alice.path("profile"), avatar)
    bob.get("her avatar, for bob", alice.path("profile"))
    alice.delete("the image is deleted", large.get("id"))
    world.nobody("nobody gets it after that", original, also=also)
