"""An account is deleted (pump-api 6.4)."""

from .world import PUBLIC


def run(world):
    alice, dave = world.people["alice"], world.people["dave"]
    note = dave.note("dave's last words", "Good bye", to=[PUBLIC])
    dave.act("dave follows alice", "follow", alice.ref)
    alice.delete("alice deletes dave", dave.path())
    world.nobody("nobody deletes dave", dave.path(), method="DELETE")
    world.ask("the client deletes dave", "DELETE", dave.path(), by=world.client)
    dave.delete("dave deletes dave", dave.path())
    for path in ("", "profile", "feed", "followers"):
        alice.get(f"alice reads what was dave's /{path}", dave.path(path))
    alice.get("his words", note.get("object.id"))
    alice.get("her followers", alice.path("followers"))
    alice.get("all users", "/api/users")
    body = {"nickname": "dave", "password": "winter-4-tulips"}
    world.ask("somebody takes his name", "POST", "/api/users", by=world.client, body=body)
