"""Signing in, profiles, and who follows whom."""

from pypump import Client, WebPump
from requests_oauthlib import OAuth1Session
import requests

from .world import (
    act, feed, holds, ids, inbox, lacks, person, raw, reference, refused, same, step,
)

SUMMARY = "Likes “quotes”, naïve café, 日本語, עברית, 👩‍👩‍👧‍👦 and e\u0301."


@step("alice and carol get accounts on the command line, bob registers over the API")
def accounts(world):
    world.passwords = {"alice": "winter-4-tulips", "bob": "b0b & söhne+%", "carol": "not/4/you"}
    for nickname in ("alice", "carol"):
        world.server.add_user(nickname, world.passwords[nickname])
    client = requests.post(
        world.url("/api/client/register"),
        json={"type": "client_associate", "application_type": "native"},
        timeout=30,
    ).json()
    session = OAuth1Session(client["client_id"], client_secret=client["client_secret"])
    body = {"nickname": "bob", "password": world.passwords["bob"]}
    answer = session.post(world.url("/api/users"), json=body, timeout=30)
    same(answer.status_code, 200, "registering bob")
    user = answer.json()
    same(user["profile"]["id"], f"acct:bob@{world.server.host}", "the id of bob")
    assert user["token"] and user["secret"], "registering gives no token"
    assert world.passwords["bob"] not in answer.text, "registering shows the password"
    again = session.post(world.url("/api/users"), json=body, timeout=30)
    same(again.status_code, 409, "registering bob a second time")


@step("all three let PyPump in on the consent page, alice after mistyping her password")
def logins(world):
    world.alice = world.login("alice", mistakes=["winter-4-roses"])
    world.bob = world.login("bob")
    world.carol = world.login("carol")


@step("whoami leads to the own profile")
def whoami(world):
    for pump in (world.alice, world.bob, world.carol):
        nickname = pump.client.nickname
        same(pump.me.id, f"acct:{nickname}@{world.server.host}", "the own id")
        same(pump.me.username, nickname, "the own nickname")
        assert pump.me.isme, f"{nickname} is not themselves"
        same(
            pump.me.links["self"],
            world.url(f"/api/user/{nickname}/profile"),
            "the address of the profile",
        )
        same(pump.me.url, world.url(f"/{nickname}"), "the page of the profile")
    client = Client(
        webfinger=world.alice.client.webfinger,
        type="native",
        key=world.alice.client.key,
        secret=world.alice.client.secret,
    )
    web = WebPump(client=client, store=world.alice.store, verify_requests=False)
    assert web.logged_in, "whoami doesn't lead to the profile"


@step("registering the same client again changes it and keeps its key")
def client_update(world):
    world.alice.client.name = "The Day of Alice"
    assert world.alice.client.update()
    same(raw(world.alice, world.alice.me)["id"], world.alice.me.id, "the profile, asked for after")


@step("alice updates her profile, and bob reads it")
def profile(world):
    me = world.alice.me
    me.display_name, me.summary = "Alice Ångström", SUMMARY
    me.location = world.alice.Place(display_name="Montréal", latitude=45.5, longitude=-73.6)
    me.update()
    seen = person(world.bob, world.alice)
    same(seen.id, me.id, "her id")
    same(seen.display_name, "Alice Ångström", "her name")
    same(seen.summary, SUMMARY, "her summary")
    same(seen.location.display_name, "Montréal", "her place")
    same((seen.location.latitude, seen.location.longitude), (45.5, -73.6), "where that is")
    same(seen.username, "alice", "her nickname")
    holds([a.verb for a in inbox(world.alice, "minor")], "update", "alice's minor inbox")


@step("nobody else can change her profile")
def profile_of_another(world):
    url = world.url("/api/user/alice/profile")
    body = {"objectType": "person", "id": world.alice.me.id, "displayName": "Mallory"}
    refused(401, world.carol.request, url, method="PUT", data=body)
    refused(400, act, world.carol, "update", body)
    same(person(world.bob, world.alice).display_name, "Alice Ångström", "her name")


@step("bob follows alice: both of them see it, and she hears of it")
def follow(world):
    alice, bob = world.alice, world.bob
    before = raw(bob, alice.me)
    same(before["pump_io"]["followed"], False, "whether bob follows her")
    person(bob, alice).follow()
    same(ids(feed(bob, alice.me.links["followers"])), [bob.me.id], "her followers, as bob sees them")
    same(ids(feed(alice, bob.me.links["following"])), [alice.me.id], "whom bob follows")
    after = raw(bob, alice.me)
    same(after["pump_io"]["followed"], True, "whether bob follows her")
    same(after["followers"]["totalItems"], 1, "the number of her followers")
    same(after["following"]["totalItems"], 0, "the number of those she follows")
    same(raw(alice, bob.me)["following"]["totalItems"], 1, "the number of those bob follows")
    heard = inbox(alice, "direct/minor")[0]
    same((heard.verb, heard.actor.id, heard.obj.id), ("follow", bob.me.id, alice.me.id), "her inbox")
    same(inbox(alice, "minor")[0].id, heard.id, "her minor inbox")
    same(inbox(alice)[0].id, heard.id, "her whole inbox")


@step("bob can't follow her twice")
def follow_again(world):
    refused(400, person(world.bob, world.alice).follow)
    same(len(list(feed(world.bob, world.alice.me.links["followers"]))), 1, "her followers")


@step("bob follows carol and leaves again: no trace in either's lists")
def unfollow(world):
    carol, bob = world.carol, world.bob
    person(bob, carol).follow()
    same(ids(feed(bob, bob.me.links["following"])), [carol.me.id, world.alice.me.id], "his list")
    person(bob, carol).unfollow()
    same(ids(feed(bob, bob.me.links["following"])), [world.alice.me.id], "whom bob follows")
    same(ids(feed(bob, carol.me.links["followers"])), [], "carol's followers")
    same(raw(bob, carol.me)["followers"]["totalItems"], 0, "the number of carol's followers")
    refused(400, person(bob, carol).unfollow)


@step("an inbox is for its owner alone")
def inboxes(world):
    for part in ("", "/major", "/minor", "/direct", "/direct/major", "/direct/minor"):
        refused(401, raw, world.carol, world.url(f"/api/user/alice/inbox{part}"))
    body = {"verb": "post", "object": {"objectType": "note", "content": "In her name"}}
    refused(401, world.carol.request, world.url("/api/user/alice/feed"), method="POST", data=body)
    refused(
        400, act, world.carol, "post", body["object"], actor=reference(world.alice.me), says="actor"
    )
