"""Impeller: whoami by hand, one redirect after another."""

import signed
from .world import FORM, encoded, ids, same, step


@step("Impeller follows whoami by hand, signing every hop")
def whoami(world):
    client = world.register(
        FORM,
        signed.urlencode(
            {
                "type": "client_associate",
                "application_name": "Impeller",
                "application_type": "native",
            }
        ),
    )
    world.imp = world.join("imp", client)
    target = "/api/whoami"
    for _ in range(3):
        answer = world.imp.send("GET", target)
        if answer.status not in (301, 302, 303, 307):
            break
        assert answer.headers["Location"].startswith(world.base + "/"), answer.headers["Location"]
        target = answer.headers["Location"][len(world.base) :]
    profile = answer.ok()
    same(profile["preferredUsername"], "imp", "who they are")
    same(profile["links"]["self"]["href"], world.base + target, "where whoami leads")
    assert profile["links"]["activity-outbox"]["href"], "the outbox"


@step("Impeller synchronises its inbox")
def inbox(world):
    first = ids(world.imp.get(world.imp.path("/inbox")))[0]
    note = world.andy.note("For imp", to=[world.imp.ref])
    feed = world.imp.get(world.imp.path(f"/inbox?since={encoded(first)}&count=200"))
    same(ids(feed), [note["id"]], "what is new")
