"""Lists of people: made, filled, posted to and given up."""

from .notes import unreadable
from .world import (
    act, feed, holds, ids, inbox, lacks, objects, person, post, raw, reference, refused, same, see,
    step,
)


@step("alice makes a list and finds it at once")
def create(world):
    alice = world.alice
    before = len(list(feed(alice, alice.me.links["lists"])))
    made = alice.me.lists.create("Rowing “club”", content="Those who row")
    assert made is not None, "the list isn't there after it was made"
    world.list = made
    same((made.display_name, made.content), ("Rowing “club”", "Those who row"), "the list")
    assert made.id.startswith(world.url("/api/collection/")), f"the id is {made.id}"
    same(made.links["members"], f"{made.id}/members", "the address of its members")
    same(ids(made.members), [], "its members")
    same(len(list(feed(alice, alice.me.links["lists"]))), before + 1, "the number of her lists")
    same(raw(alice, alice.me)["lists"]["totalItems"], before + 1, "the number in her profile")
    refused(400, alice.me.lists.create, "Rowing “club”")


@step("she adds bob and carol, and takes carol off again")
def members(world):
    alice, bob, carol = world.alice, world.bob, world.carol
    rowers = world.list
    rowers.add(person(alice, bob))
    same(ids(rowers.members), [bob.me.id], "its members")
    rowers.add(person(alice, carol))
    same(ids(feed(alice, rowers.links["members"])), [carol.me.id, bob.me.id], "its members")
    shown = raw(alice, rowers.id)["members"]
    same(shown["totalItems"], 2, "the number of its members")
    same([one["id"] for one in shown["items"]], [carol.me.id, bob.me.id], "those in the list")
    rowers.remove(person(alice, carol))
    same(ids(feed(alice, rowers.links["members"])), [bob.me.id], "its members")
    same(raw(alice, rowers.id)["members"]["totalItems"], 1, "the number of its members")
    refused(400, rowers.remove, person(alice, carol))


@step("she adds someone from another server, of whom this one never heard")
def member_from_elsewhere(world):
    erin = {"objectType": "person", "id": "acct:erin@elsewhere.example"}
    act(world.alice, "add", erin, target=reference(world.list))
    holds(ids(feed(world.alice, world.list.links["members"])), erin["id"], "its members")
    act(world.alice, "remove", erin, target=reference(world.list))
    lacks(ids(feed(world.alice, world.list.links["members"])), erin["id"], "its members")


@step("nobody else can change the list")
def members_of_another(world):
    target = reference(world.list)
    for verb, pump in (("add", world.carol), ("remove", world.carol), ("add", world.bob)):
        refused(400, act, pump, verb, reference(world.bob.me), target=target)
    same(ids(feed(world.alice, world.list.links["members"])), [world.bob.me.id], "its members")
    refused(403, raw, world.carol, world.list.id)
    refused(403, raw, world.carol, world.list.links["members"])
    lacks(ids(feed(world.carol, world.alice.me.links["lists"])), world.list.id, "carol's view")


@step("a note to the list: for its members")
def post_to_list(world):
    alice, bob = world.alice, world.bob
    person(bob, alice).unfollow()  # So that it is the list that lets him read it.
    note = post(alice, "At seven, by the river", to=world.list)
    same(see(bob, note).content, "At seven, by the river", "the note, as bob reads it")
    same(objects(inbox(bob, "major"))[0], note.id, "bob's inbox")
    unreadable(world.carol, note)
    comment = bob.Comment("I'll be there", in_reply_to=see(bob, note))
    comment.send()
    same(objects(inbox(alice, "minor"))[0], comment.id, "her inbox")
    see(bob, note).like()
    same(inbox(alice, "minor")[0].verb, "like", "what she heard")
    same(ids(feed(alice, note.links["likes"])), [bob.me.id], "who likes it")
    see(bob, note).share()
    same((inbox(alice, "major")[0].verb, inbox(alice, "major")[0].obj.id), ("share", note.id), "shared")
    refused(403, raw, world.carol, note.id)
    person(bob, alice).follow()


@step("carol is added, and then reads it too")
def latecomer(world):
    world.list.add(person(world.alice, world.carol))
    note = post(world.alice, "And bring a towel", to=world.list)
    for pump in (world.bob, world.carol):
        same(see(pump, note).content, "And bring a towel", "the note")
        same(objects(inbox(pump, "major"))[0], note.id, "the inbox")
    same(see(world.carol, note).author.id, world.alice.me.id, "its author")
    world.list.remove(person(world.alice, world.carol))
    refused(403, raw, world.carol, note.id)


@step("the list is given up")
def delete(world):
    alice = world.alice
    world.list.delete()
    assert world.list.deleted is not None, "there is no word when it was deleted"
    refused(410, raw, alice, world.list.id)
    refused(410, raw, alice, f"{world.list.id}/members")
    lacks(ids(feed(alice, alice.me.links["lists"])), world.list.id, "her lists")
    alice.me.lists.create("Rowing “club”")
