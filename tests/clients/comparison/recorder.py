"""Sends the requests of the scenario and keeps the answers."""

import json
import time
from xml.etree import ElementTree

import requests

import browser
import signed
from .normal import Normal

# Headers that mean something to clients; the others are compared where a step asks for it.
HEADERS = ["Content-Type", "Location", "WWW-Authenticate", "WWW-Authentication", "ETag", "Allow"]


class Answer:
    """What came back, for the scenario to go on with."""

    def __init__(self, response):
        self.status = response.status_code
        self.headers = response.headers
        self.text = response.text
        try:
            self.json = response.json()
        except ValueError:
            self.json = None

    def get(self, path):
        """The value at `object.id` or `items.0.id`; what isn't there is called `missing`."""
        value = self.json
        for key in path.split("."):
            try:
                value = value[int(key) if isinstance(value, list) else key]
            except (KeyError, IndexError, TypeError, ValueError):
                return "missing"
        return value


class Recorder:
    """One run of the scenario against the server at `base`."""

    def __init__(self, base, pause):
        self.base = base.rstrip("/")
        self.host = self.base.split("//", 1)[1]
        self.normal = Normal(self.host)
        self.pause = pause
        self.steps = {}
        self.part = ""
        self.session = requests.Session()

    def url(self, path):
        if path.startswith(self.base + "/"):
            return path
        return self.base + (path if path.startswith("/") else "/missing")

    def settle(self):
        """Waits for what a server does after it has answered."""
        time.sleep(self.pause)

    def ask(
        self,
        step,
        method,
        path,
        by=None,
        body=None,
        form=None,
        files=None,
        data=None,
        kind=None,
        headers=None,
        also=(),
        oauth=None,
        where="header",
    ):
        """One step: a request, signed by the credentials `by`, and its answer, which is kept.

        `body` is sent as JSON, `form` urlencoded, `files` as multipart, `data` as it is, with the type
        `kind`. `oauth` are further arguments for the signature, `also` further headers to keep.
        """
        name = f"{self.part}: {step}"
        assert name not in self.steps, f"two steps are called '{name}'"
        url, sent = self.url(path), {}
        if body is not None:
            data, kind = json.dumps(body), kind or "application/json"
        if by is not None:
            url, sent, encoded = signed.sign(method, url, by, form=form, where=where, **oauth or {})
            data = encoded if encoded is not None else data
        elif form is not None:
            data, kind = signed.urlencode(form), kind or "application/x-www-form-urlencoded"
        if kind:
            sent["Content-Type"] = kind
        sent.update(headers or {})
        self.session.cookies.clear()
        try:
            response = self.session.request(
                method, url, data=data, files=files, headers=sent, allow_redirects=False, timeout=30
            )
        except requests.ConnectionError as error:
            raise SystemExit(f"The server broke down at '{name}': {error}") from None
        self._keep(name, method, response, also)
        return Answer(response)

    def _keep(self, name, method, response, also):
        kept = {"method": method, "status": response.status_code}
        for header in [*HEADERS, *also]:
            value = response.headers.get(header)
            if value is not None:
                # Names of headers are never by chance, however long they are.
                text = value if header == "Vary" else self.normal.text(value, name)
                kept[f"header {header}"] = shown(header, text)
        kept["body"] = self._body(name, response)
        self.steps[name] = kept

    def _body(self, name, response):
        kind = response.headers.get("Content-Type", "").split(";")[0]
        if kind.endswith("json"):
            try:
                return self.normal.json(response.json(), name)
            except ValueError:
                return {"not JSON": response.text}
        if kind == "text/html":
            page = browser.Page(as_page(response))
            forms = [
                {"method": form.method, "id": form.id, "fields": sorted(form.fields)}
                for form in page.forms
            ]
            return {"page": {"forms": forms}}
        if kind.endswith("xml"):
            links = [
                dict(sorted(link.attrib.items()))
                for link in ElementTree.fromstring(response.content)
            ]
            return {"links": self.normal.json(links, name)}
        if kind.startswith("text/") or kind.endswith("urlencoded"):
            return {"text": self.normal.text(response.text, name)}
        return {"bytes": len(response.content)}


def as_page(response):
    response.encoding = "utf-8"
    return response


def shown(header, value):
    """A header without what has to differ."""
    if header == "ETag":
        return "weak" if value.startswith("W/") else "strong"
    if header == "Server":
        return "pump.io/6.0.0" if "pump.io/6.0.0" in value else value
    if header in ("Allow", "Vary"):
        return ",".join(sorted(part.strip().lower() for part in value.split(",")))
    if header == "Set-Cookie":
        name, _, rest = value.partition("=")
        return name + ";" + rest.partition(";")[2]
    if header in ("Last-Modified", "Date"):
        return "a date"
    return value
