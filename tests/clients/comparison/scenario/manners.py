"""HTTP as such (pump-api 1)."""

import signed

GUARDS = [
    "Server",
    "X-Frame-Options",
    "X-Content-Type-Options",
    "X-Download-Options",
    "X-XSS-Protection",
    "X-Powered-By",
    "Vary",
    "Content-Encoding",
    "Cache-Control",
    "Access-Control-Allow-Origin",
]


def run(world):
    quinn, rose = world.people["quinn"], world.people["rose"]
    note = world.quinns.get("object.id")
    for name, path in {
        "user": quinn.path(),
        "feed": quinn.path("feed"),
        "note": note,
        "users": "/api/users",
        "webfinger": f"/.well-known/webfinger?resource=acct:quinn@{world.recorder.host}",
        "host-meta": "/.well-known/host-meta.json",
        "front page": "/",
        "registration": "/api/client/register",
        "dialback": "/api/dialback",
        "whoami": "/api/whoami",
        "uploads": quinn.path("uploads"),
        "robots": "/robots.txt",
        "following": quinn.path("following"),
        "lists": quinn.path("lists/person"),
        "activity": world.quinns.get("id"),
        "unknown address": "/nothing/at/all/here",
        "token": "/oauth/request_token",
    }.items():
        world.ask(f"HEAD {name}", "HEAD", path, by=quinn.credentials, also=GUARDS)
        world.nobody(f"OPTIONS {name}", path, method="OPTIONS")
        if name not in ("activity", "note", "user"):
            world.ask(f"DELETE {name}", "DELETE", path, by=quinn.credentials)
            world.ask(f"PATCH {name}", "PATCH", path, by=quinn.credentials)
    quinn.get("all headers of a feed", quinn.path("feed"), also=GUARDS)
    quinn.get(
        "with an origin",
        quinn.path("feed?count=0"),
        headers={"Origin": "http://a.example"},
        also=GUARDS,
    )
    conditions(world, quinn, note)
    quinn.get("with a type but no body", quinn.path("feed?count=0"), kind="application/json")
    override = {"X-HTTP-Method-Override": "PUT"}
    for method in ("PUT", "POST"):
        world.ask(
            f"signed as {method}, sent as POST for PUT",
            "POST",
            note,
            also=["Vary"],
            headers={
                **override,
                "Authorization": header(world, method, note, quinn),
                "Content-Type": "application/json",
            },
            data='{"content": "Overridden"}',
        )
    world.nobody("another host", "/api/users", headers={"Host": "elsewhere.example"})
    world.nobody("another host's page", "/quinn?x=1", headers={"Host": "elsewhere.example"})
    for path in ("/robots.txt", "/favicon.ico", "/images/default.png"):
        world.nobody(f"GET {path}", path, also=["Cache-Control"])
    for path in (
        "/api",
        "/api/",
        "/api/user",
        "/api/user/quinn/nothing",
        "/api/note/a/b/c",
        "/nothing/at/all/here",
        "/api/client/nothing",
        "/oauth/nothing",
        "/.well-known/nothing",
    ):
        world.nobody(f"GET {path}", path)
        quinn.get(f"quinn: GET {path}", path)
    for accept in ("text/html", "application/json", "text/plain"):
        headers = {"Accept": accept}
        world.nobody(f"a mistake as {accept}", quinn.path("feed"), headers=headers)
        world.nobody(f"webfinger's mistake as {accept}", "/.well-known/webfinger", headers=headers)
    world.nobody(
        "an old browser", "/", headers={"User-Agent": "Mozilla/4.0 (compatible; MSIE 9.0)"}
    )
    rose.post("an empty body", rose.path("feed"), None, data=b"", kind="application/json")


def header(world, method, path, person):
    return signed.sign(method, world.recorder.url(path), person.credentials)[1]["Authorization"]


def conditions(world, quinn, note):
    answer = quinn.get("a note with its tag", note)
    tag = answer.headers.get("ETag", "missing")
    for name, value in {
        "the same": tag,
        "another": 'W/"x"',
        "any": "*",
        "one of two": f'"x", {tag}',
    }.items():
        quinn.get(f"if it has {name} tag", note, headers={"If-None-Match": value})
    world.ask(
        "the head of it, if it has the same tag",
        "HEAD",
        note,
        by=quinn.credentials,
        headers={"If-None-Match": tag},
    )
