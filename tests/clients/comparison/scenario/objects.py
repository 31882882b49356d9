"""What was posted is read and changed one by one (pump-api 9)."""

from .world import MISSING, PUBLIC, ref


def run(world):
    alice, bob, carol = (world.people[name] for name in ("alice", "bob", "carol"))
    for name, answer in {
        "followers' note": world.plain,
        "public note": world.public,
        "direct note": world.direct,
        "hidden note": world.hidden,
    }.items():
        for path in ("id", "object.id"):
            what = name if path == "object.id" else f"activity of the {name}"
            for who in (alice, bob, carol):
                who.get(f"{who.nickname} reads the {what}", answer.get(path))
            world.just_client(f"the client reads the {what}", answer.get(path))
            world.nobody(f"nobody reads the {what}", answer.get(path))
    for kind in ("note", "activity", "nonsense", "person", "collection", "group"):
        alice.get(f"a {kind} that isn't there", f"/api/{kind}/{MISSING}")
        alice.get(f"a {kind} of a short id", f"/api/{kind}/x")
    for below in ("likes", "replies", "shares"):
        for who in (alice, carol):
            who.get(f"{who.nickname} reads {below}", world.plain.get("object.id") + "/" + below)
        world.just_client(f"the client reads {below}", world.public.get("object.id") + "/" + below)
        world.nobody(f"nobody reads {below}", world.public.get("object.id") + "/" + below)
        alice.get(f"{below} of what isn't there", f"/api/note/{MISSING}/{below}")
    wrong = world.public.get("object.id").replace("/note/", "/image/")
    alice.get("by another type", wrong)
    changes(world, alice, bob)
    activity(world, alice, bob)
    ends(world, alice, bob)


def changes(world, alice, bob):
    note = alice.note("a note to be changed", "One", to=[PUBLIC])
    id = note.get("object.id")
    alice.put("its content by PUT", id, {"content": "Two <script>x</script>", "mood": "glad"})
    alice.put("its dates", id, {"published": "2001-01-01T00:00:00Z", "content": "Three"})
    alice.put("its type", id, {"objectType": "article", "content": "Three"})
    alice.put("its id", id, {"id": "urn:other", "content": "Three"})
    alice.get("as it is now", id)
    bob.put("somebody else's PUT", id, {"content": "Mine"})
    world.nobody("nobody's PUT", id, method="PUT", body={"content": "Mine"})
    world.ask("the client's PUT", "PUT", id, by=world.client, body={"content": "Mine"})
    alice.put("a list by PUT", id, [])
    alice.put("nothing by PUT", id, {})
    alice.put("what isn't there", f"/api/note/{MISSING}", {"content": "x"})
    alice.act("by an activity", "update", {**ref(note), "displayName": "Titled"})
    alice.act("by an activity, for bob", "update", {**ref(note), "summary": "S"}, to=[bob.ref])
    bob.act("by somebody else's activity", "update", {**ref(note), "content": "Mine"})
    bob.act("the same, for bob", "update", {**ref(note), "content": "Mine"}, to=[bob.ref])
    alice.act("of nothing", "update", {"objectType": "note", "id": "urn:nothing", "content": "x"})
    alice.act("without an id", "update", {"objectType": "note", "content": "x"})
    alice.get("in the end", id)
    alice.act("posted again", "post", ref(note))
    given = alice.note("a note to give away", "Not mine")
    alice.put("its author", given.get("object.id"), {"author": bob.ref})
    bob.get("bob reads what he never wrote", given.get("object.id"))


def activity(world, alice, bob):
    made = alice.note("a note with an activity to change", "Here", to=[PUBLIC])
    id = made.get("id")
    alice.put("the activity", id, {"title": "Titled", "mood": "<b>x</b>", "content": "<i>x</i>"})
    alice.put("its verb", id, {"verb": "share"})
    alice.put("its recipients", id, {"to": [bob.ref]})
    alice.get("the activity now", id)
    bob.put("somebody else's activity", id, {"title": "Mine"})
    bob.delete("and its end by somebody else", id)
    alice.delete("its end", id)
    alice.get("after its end", id)
    alice.put("changed after its end", id, {"title": "x"})
    alice.delete("ended again", id)
    alice.get("its note", made.get("object.id"))
    bob.get("its note, for bob", made.get("object.id"))
    alice.get("her feed with it", alice.path("feed?count=3"))
    bob.get("her feed with it, for bob", alice.path("feed?count=3"))


def ends(world, alice, bob):
    one = alice.note("a note to be deleted", "Away", to=[PUBLIC])
    two = alice.note("another one", "Away too", to=[PUBLIC])
    bob.delete("by somebody else", one.get("object.id"))
    world.nobody("by nobody", one.get("object.id"), method="DELETE")
    bob.act("by somebody else's delete", "delete", ref(one))
    bob.act("the same, to bob", "delete", ref(one), to=[bob.ref])
    alice.delete("by its author", one.get("object.id"))
    alice.act("by an activity to delete", "delete", ref(two))
    for who in (alice, bob):
        name = who.nickname
        who.get(f"{name} reads what is deleted", one.get("object.id"))
        who.get(f"{name} reads its likes", one.get("object.id") + "/likes")
        who.get(f"{name} reads the activity", one.get("id"))
        who.get(f"{name} reads the feed", alice.path("feed?count=4"))
        who.get(f"{name} reads the major feed", alice.path("feed/major?count=2"))
    world.nobody("nobody reads what is deleted", one.get("object.id"))
    alice.put("changed after it", one.get("object.id"), {"content": "x"})
    alice.delete("deleted again", one.get("object.id"))
    alice.act("deleted again by an activity", "delete", ref(two), to=[PUBLIC])
    bob.act("liked after it", "like", ref(two), to=[alice.ref])
    alice.act("delete of nothing", "delete", {"objectType": "note", "id": "urn:nothing"})
    alice.delete("the end of what isn't there", f"/api/note/{MISSING}")
