"""Clients register (pump-api 3)."""

ASSOCIATE = {"type": "client_associate"}


def run(world):
    def register(step, body=None, **more):
        return world.ask(step, "POST", "/api/client/register", body=body, **more)

    answer = register(
        "with JSON",
        {
            **ASSOCIATE,
            "application_type": "native",
            "application_name": "Comparison",
            "contacts": "a@example.com b@example.com",
            "logo_url": "http://example.com/logo.png",
            "logo_uri": "http://example.com/logo.png",
            "redirect_uri": [],
        },
    )
    world.client = world.credentials_of(answer)
    form = {**ASSOCIATE, "application_type": "web", "application_name": "A web site"}
    world.other_client = world.credentials_of(register("with a form", form=form))
    register("with parts", files={key: (None, value) for key, value in form.items()})
    register(
        "with a charset",
        data='{"type": "client_associate"}',
        kind="application/json; charset=utf-8",
    )
    register("without anything")
    register("with an empty object", {})
    register("as text", data="type=client_associate", kind="text/plain")
    register("with broken JSON", data='{"type": ', kind="application/json")
    register("with a list", [])
    register("with a bare string", "client_associate")
    register("of an unknown type", {"type": "client_frobnicate"})
    register("of a type that is a number", {"type": 7})
    register("of an unknown kind", {**ASSOCIATE, "application_type": "toaster"})
    register("with an id of its own", {**ASSOCIATE, "client_id": "mine"})
    register("with a secret of its own", {**ASSOCIATE, "client_secret": "mine"})
    register("with an access token", {**ASSOCIATE, "access_token": "x"})
    register("with bad contacts", {**ASSOCIATE, "contacts": "nobody"})
    register("with a list of contacts", {**ASSOCIATE, "contacts": ["a@example.com"]})
    register("with a bad logo", {**ASSOCIATE, "logo_url": "picture"})
    register("with a local logo", {**ASSOCIATE, "logo_url": "http://localhost/x.png"})
    register(
        "with addresses",
        {
            **ASSOCIATE,
            "redirect_uris": "http://a.example/back https://b.example/back",
        },
    )
    register(
        "with an address of another scheme", {**ASSOCIATE, "redirect_uris": "ftp://a.example/"}
    )
    register(
        "with addresses glued together",
        {
            **ASSOCIATE,
            "redirect_uris": "http://a.example/http://b.example/",
        },
    )
    register("with a list of addresses", {**ASSOCIATE, "redirect_uris": ["http://a.example/"]})
    update = {"type": "client_update", "application_name": "Comparison 2"}
    mine = {"client_id": world.client.key, "client_secret": world.client.secret}
    register("changed", {**update, **mine})
    register("changed with a wrong secret", {**update, **mine, "client_secret": "wrong"})
    register("changed without a secret", {**update, "client_id": world.client.key})
    register("changed without an id", update)
    register("changed with an unknown id", {**update, "client_id": "nobody", "client_secret": "x"})
    for name, header in [
        ("an empty Dialback", "Dialback"),
        ("a Dialback without a token", 'Dialback webfinger="zed@fake.localhost"'),
        ("a Dialback for two", 'Dialback webfinger="a@b.c", host="b.c", token="x"'),
        ("another scheme", "Basic YTpi"),
    ]:
        register(
            f"with {name}",
            ASSOCIATE,
            headers={"Authorization": header},
            also=["WWW-Authentication"],
        )
    world.nobody("read by nobody", "/api/client/register")
