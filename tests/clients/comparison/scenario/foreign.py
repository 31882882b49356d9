"""Things with ids from elsewhere, read by `?id=` (pump-api 10.8)."""

from urllib.parse import quote

from .world import PUBLIC


def run(world):
    alice, bob, carol = (world.people[name] for name in ("alice", "bob", "carol"))
    for id, kind in [
        ("urn:uuid:a2f7b3c4-0000-4000-8000-00000000000a", "note"),
        ("http://elsewhere.example/things/1?x=ä&y", "gadget"),
    ]:
        at = "other" if kind == "gadget" else kind
        thing = {"objectType": kind, "id": id, "displayName": "From afar", "content": "Far"}
        made = alice.act(f"posts a {kind} from elsewhere", "post", thing, to=[PUBLIC])
        named = "?id=" + quote(id, safe="")
        bob.act(f"likes the {kind}", "like", {"objectType": kind, "id": id})
        bob.act(
            f"answers the {kind}",
            "post",
            {
                "objectType": "comment",
                "content": "Near",
                "inReplyTo": {"objectType": kind, "id": id},
            },
        )
        for below in ("", "/likes", "/replies", "/shares"):
            bob.get(f"reads the {kind}{below}", f"/api/{at}{below}{named}")
        url = made.get("object.url")
        uuid = str(url or "missing").rsplit("/", 1)[-1]
        bob.get(f"reads the {kind} by its uuid", f"/api/{at}/{uuid}")
        bob.get(f"reads its {kind} likes by its uuid", f"/api/{at}/{uuid}/likes")
        world.nobody(f"nobody reads the {kind}", f"/api/{at}{named}")
    public = "?id=" + quote(PUBLIC["id"], safe="")
    for below in ("", "/likes"):
        bob.get(f"the public{below}", f"/api/collection{below}{public}")
    bob.get("without an id", "/api/note")
    bob.get("with an empty id", "/api/note?id=")
    bob.get("with an unknown id", "/api/note?id=urn%3Anothing")
    bob.get("of an unknown type", "/api/nonsense?id=urn%3Anothing")
    bob.get("likes without an id", "/api/note/likes")
    bob.get("likes of an unknown id", "/api/note/likes?id=urn%3Anothing")
    bob.get("a person by id", "/api/person?id=" + quote(alice.id, safe=""))
    local = quote(world.public.get("object.id"), safe="")
    bob.get("a note of ours by id", f"/api/note?id={local}")
    hidden = quote(world.direct.get("object.id"), safe="")
    carol.get("a note she can't read, by id", f"/api/note?id={hidden}")
