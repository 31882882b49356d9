"""Conversations: who gets a reply, who may read it, and what becomes of it."""

from .world import PUBLIC, ref


def run(world):
    alice, bob, carol = (world.people[name] for name in ("alice", "bob", "carol"))

    def reply(who, step, parent, content="I agree", **more):
        thing = {"objectType": "comment", "content": content, "inReplyTo": ref(parent)}
        return who.act(step, "post", thing, **more)

    note = alice.note(
        "a note to answer", "What do you think?", displayName="A question", to=[PUBLIC]
    )
    first = reply(bob, "bob answers", note)
    reply(carol, "carol answers", note, "I don't")
    reply(alice, "alice answers bob", first, "Good")
    for number in range(3):
        reply(carol, f"carol goes on ({number})", note, f"Number {number}")
    world.recorder.settle()
    for who in (alice, bob, carol):
        name = who.nickname
        who.get(f"{name} reads the note", note.get("object.id"))
        who.get(f"{name} reads the replies", note.get("object.id") + "/replies")
        who.get(f"{name} reads the first reply", first.get("object.id"))
        who.get(f"{name} reads the newest of the minor feed", who.path("inbox/minor?count=3"))
        who.get(f"{name} reads the major feed", who.path("inbox/major?count=2"))
    world.just_client("the client reads the replies", note.get("object.id") + "/replies")
    direct = alice.note("a note for bob", "Only you", to=[bob.ref])
    reply(bob, "bob answers a direct note", direct)
    reply(carol, "carol answers what she can't read", direct)
    plain = alice.note("a note for followers", "All of you")
    answer = reply(bob, "bob answers a note for followers", plain)
    alice.get("alice reads his answer", answer.get("object.id"))
    nothing = {
        "objectType": "comment",
        "content": "x",
        "inReplyTo": {"objectType": "note", "id": "urn:nothing"},
    }
    bob.act("an answer to nothing", "post", nothing)
    bob.act("an answer to nothing, addressed", "post", nothing, to=[alice.ref])
    bob.act(
        "a note as an answer", "post", {**nothing, "objectType": "note", "inReplyTo": ref(note)}
    )
    bob.delete("bob deletes his answer", first.get("object.id"))
    alice.get("the replies without it", note.get("object.id") + "/replies")
    alice.get("the note without it", note.get("object.id"))
    bob.delete("bob deletes it again", first.get("object.id"))
    alice.get("two replies", note.get("object.id") + "/replies?count=2")
    alice.get("two more", note.get("object.id") + "/replies?count=2&offset=2")
    alice.get("replies of a type", note.get("object.id") + "/replies?type=comment&count=1")
    aside = alice.note("a note answered aside", "And you?", to=[PUBLIC])
    closed = reply(bob, "bob answers carol alone", aside, "Between us", to=[carol.ref])
    world.recorder.settle()
    for who in (alice, bob, carol):
        who.get(f"{who.nickname} reads the closed reply", closed.get("object.id"))
        who.get(f"{who.nickname} reads the note answered aside", aside.get("object.id"))
