"""How others find this server and its people (pump-api 12.1, 12.2)."""

from urllib.parse import quote


def run(world):
    accepts = {
        "anything": "*/*",
        "JSON": "application/json",
        "XRD": "application/xrd+xml",
        "pages": "text/html",
    }
    for name, accept in accepts.items():
        headers = {"Accept": accept}
        world.nobody(f"host-meta as {name}", "/.well-known/host-meta", headers=headers)
        world.nobody(
            f"lrdd as {name}",
            f"/api/lrdd?resource=acct:alice@{world.recorder.host}",
            headers=headers,
        )
    nothing = {"Accept": None}
    world.nobody("host-meta without Accept", "/.well-known/host-meta", headers=nothing)
    world.nobody(
        "lrdd without Accept", f"/api/lrdd?resource=alice@{world.recorder.host}", headers=nothing
    )
    world.nobody("host-meta in JSON", "/.well-known/host-meta.json")
    host = world.recorder.host
    for name, resource in {
        "acct": f"acct:alice@{host}",
        "no acct": f"alice@{host}",
        "a note": world.public.get("object.id"),
        "a profile": world.url("/alice"),
        "a profile of the API": world.url("/api/user/alice/profile"),
        "somebody unknown": f"acct:nobody@{host}",
        "another host": "acct:alice@elsewhere.example",
        "another case": f"acct:ALICE@{host}",
        "nonsense": "nonsense",
        "nothing": "",
        "a private note": world.direct.get("object.id"),
        "an unknown note": world.url("/api/note/AAAAAAAAAAAAAAAAAAAAAA"),
        "an unknown type": world.url("/api/nonsense/AAAAAAAAAAAAAAAAAAAAAA"),
        "a page": world.url("/nothing/here"),
        "a port": f"acct:alice@{host}:80",
    }.items():
        asked = "?resource=" + quote(resource, safe="")
        world.nobody(f"webfinger of {name}", "/.well-known/webfinger" + asked)
        world.nobody(f"lrdd of {name}", "/api/lrdd" + asked)
    asked = f"?resource=acct:alice@{host}"
    world.nobody("the head of webfinger", "/.well-known/webfinger" + asked, method="HEAD")
    world.nobody("webfinger of no resource", "/.well-known/webfinger")
    world.nobody("lrdd of no resource", "/api/lrdd")
    world.nobody("a dialback of nothing", "/api/dialback", method="POST", form={})
