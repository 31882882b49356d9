"""Services made with pump.io-client-app: they find everything in host-meta."""

import signed
from .world import FORM, same, step

NAMESPACE = "http://apinamespace.org/"


@step("client-app services find all they need in host-meta")
def host_meta(world):
    links = world.send("GET", "/.well-known/host-meta.json").ok()["links"]
    found = {link["rel"]: link.get("href") or link.get("template") for link in links}
    for rel, path in {
        "registration_endpoint": "/api/client/register",
        NAMESPACE + "oauth/request_token": "/oauth/request_token",
        NAMESPACE + "oauth/authorize": "/oauth/authorize",
        NAMESPACE + "oauth/access_token": "/oauth/access_token",
        NAMESPACE + "activitypub/whoami": "/api/whoami",
    }.items():
        same(found.get(rel), world.url(path), rel)


@step("client-app services are told in JSON what is wrong with them")
def registration(world):
    answer = world.send("POST", "/api/client/register", {"Content-Type": FORM}, "type=nonsense")
    same(
        (answer.status, answer.json["error"]), (400, "Invalid registration type"), "an unknown type"
    )


@step("clients read public things of people they don't speak for")
def reads(world):
    client = world.register(FORM, "type=client_associate&application_type=web&application_name=rss")
    for target in (
        "/api/user/andy/feed",
        "/api/user/andy/profile",
        world.andys_note["id"][len(world.base) :],
    ):
        _, headers, _ = signed.sign("GET", world.url(target), client)
        world.send("GET", target, headers).ok()
