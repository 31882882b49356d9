"""Lists of persons and of other things (pump-api 8, 10.6)."""

from .world import MISSING, PUBLIC, ref


def run(world):
    alice, bob, carol, dave = (world.people[name] for name in ("alice", "bob", "carol", "dave"))
    pals = {
        "objectType": "collection",
        "objectTypes": ["person"],
        "displayName": "Pals",
        "content": "Who <b>they</b> are",
    }
    made = alice.act("alice makes a list", "create", pals)
    alice.act("alice makes it again", "create", pals)
    alice.act("another way", "post", {**pals, "displayName": "Friends of friends"})
    alice.act("without a name", "create", {"objectType": "collection", "objectTypes": ["person"]})
    alice.act("without types", "create", {"objectType": "collection", "displayName": "Anything"})
    alice.act(
        "of two types", "create", {**pals, "displayName": "Both", "objectTypes": ["person", "note"]}
    )
    of_notes = alice.act(
        "of notes", "create", {**pals, "displayName": "Notes", "objectTypes": ["note"]}, to=[PUBLIC]
    )
    target = ref(made)
    members = target["id"] + "/members"
    alice.act("alice adds bob", "add", bob.ref, target=target)
    twice = ref(dave.act("dave makes a list", "create", {**pals, "displayName": "Twice"}))
    for time in ("once", "twice"):
        dave.act(f"dave adds bob {time}", "add", bob.ref, target=twice)
    dave.get("dave reads bob twice", twice["id"] + "/members")
    alice.post("alice adds carol the short way", members, carol.ref)
    alice.act("alice adds dave silently", "add", dave.ref, target=target, to=[dave.ref])
    alice.act("alice adds a note", "add", ref(world.public), target=target)
    alice.act("alice adds a note to notes", "add", ref(world.public), target=ref(of_notes))
    alice.act("alice adds to nothing", "add", bob.ref)
    alice.act(
        "alice adds to what isn't there",
        "add",
        bob.ref,
        target={"objectType": "collection", "id": world.url(f"/api/collection/{MISSING}")},
    )
    alice.act("alice adds to a note", "add", bob.ref, target=ref(world.public))
    alice.act("alice adds to her followers", "add", dave.ref, target=alice.followers)
    alice.act("alice adds nothing", "add", {}, target=target)
    bob.act("bob adds dave", "add", dave.ref, target=target)
    bob.post("bob adds dave the short way", members, dave.ref)
    for who in (alice, bob):
        who.get(f"{who.nickname} reads the list", target["id"])
        who.get(f"{who.nickname} reads the members", members)
        who.get(f"{who.nickname} reads the lists", alice.path("lists/person"))
    world.just_client("the client reads the members", members)
    alice.get("notes on the list of notes", ref(of_notes)["id"] + "/members")
    bob.get("notes as bob reads them", ref(of_notes)["id"] + "/members")
    alice.get("two members", members + "?count=2")
    alice.get("members of what isn't there", f"/api/collection/{MISSING}/members")
    alice.get("lists of notes", alice.path("lists/note"))
    note = alice.note("a note for the list", "Pals!", to=[target])
    world.recorder.settle()
    for who in (bob, carol):
        who.get(f"{who.nickname} reads the note for the list", note.get("object.id"))
        who.get(f"{who.nickname} reads its activity", note.get("id"))
        who.get(f"{who.nickname} finds it in the inbox", who.path("inbox/major?count=1"))
    alice.act("alice removes bob", "remove", bob.ref, target=target)
    alice.act("alice removes alice, who isn't there", "remove", alice.ref, target=target)
    bob.act("bob removes dave", "remove", dave.ref, target=target)
    alice.act("alice removes from nothing", "remove", dave.ref)
    alice.get("the members now", members)
    alice.put("alice renames it", target["id"], {"displayName": "Buddies"})
    alice.delete("alice deletes it", target["id"])
    alice.get("the list after it", target["id"])
    alice.get("its members after it", members)
    alice.get("the lists without it", alice.path("lists/person"))
    alice.act("a list of the same name", "create", pals)
