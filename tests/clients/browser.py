"""A browser without JavaScript: cookies, redirects, and forms as a person fills them in."""

from html.parser import HTMLParser
from urllib.parse import urljoin

import requests

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"}


class Button:
    """A way to send a form."""

    def __init__(self, attributes):
        self.id = attributes.get("id")
        self.name = attributes.get("name")
        self.value = attributes.get("value") or ""
        self.text = self.value if attributes.get("type") == "submit" else ""


class Form:
    """A form with the values it came with."""

    def __init__(self, attributes):
        self.id = attributes.get("id")
        self.action = attributes.get("action")
        self.method = (attributes.get("method") or "get").lower()
        self.fields = {}
        self.buttons = []

    def button(self, word):
        """The button that says `word`."""
        for button in self.buttons:
            if word.lower() in button.text.lower():
                return button
        raise AssertionError(f"form #{self.id} has no button '{word}'")


class Page(HTMLParser):
    """What a person sees: forms, and texts by the id of their element."""

    def __init__(self, answer):
        super().__init__()
        self.url = answer.url
        self.status = answer.status_code
        self.headers = answer.headers
        self.forms = []
        self.texts = {}
        self.words = []
        self._open = []
        self._form = None
        self._button = None
        self.feed(answer.text)

    def handle_starttag(self, tag, pairs):
        attributes = dict(pairs)
        if tag not in VOID:
            self._open.append((tag, attributes.get("id")))
        if attributes.get("id"):
            self.texts.setdefault(attributes["id"], "")
        if tag == "form":
            self._form = Form(attributes)
            self.forms.append(self._form)
        elif tag == "input" and self._form:
            if attributes.get("type") in ("submit", "image"):
                self._form.buttons.append(Button(attributes))
            elif attributes.get("name"):
                self._form.fields[attributes["name"]] = attributes.get("value") or ""
        elif tag == "button" and self._form:
            self._button = Button({**attributes, "type": "button"})
            self._form.buttons.append(self._button)

    def handle_startendtag(self, tag, pairs):
        self.handle_starttag(tag, pairs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag):
        while self._open and tag not in VOID:
            if self._open.pop()[0] == tag:
                break
        if tag == "form":
            self._form = None
        elif tag == "button":
            self._button = None

    def handle_data(self, data):
        self.words.append(data)
        if self._button is not None:
            self._button.text += data
        for _, name in self._open:
            if name:
                self.texts[name] += data

    def form(self, *fields):
        """The form that has these fields."""
        for form in self.forms:
            if all(field in form.fields for field in fields):
                return form
        raise AssertionError(f"{self.url} has no form with {fields}: {' '.join(self.words)}")


class Browser:
    """One person's browser, with their cookies."""

    def __init__(self):
        self.session = requests.Session()
        self.session.headers["Accept"] = "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"

    def open(self, url):
        return Page(self.session.get(url, timeout=30))

    def send(self, page, form, button, **values):
        """Fills in a form of a page and presses a button."""
        unknown = set(values) - set(form.fields)
        assert not unknown, f"form #{form.id} has no {unknown}"
        fields = {**form.fields, **values}
        if button.name:
            fields[button.name] = button.value
        url = urljoin(page.url, form.action or page.url)
        origin = "/".join(page.url.split("/")[:3])
        headers = {"Origin": origin, "Referer": page.url}
        if form.method == "post":
            return Page(self.session.post(url, data=fields, headers=headers, timeout=30))
        return Page(self.session.get(url, params=fields, headers=headers, timeout=30))


class Back(requests.adapters.BaseAdapter):
    """Where a client waits for the browser to come back: there is nothing, and the address says all."""

    def send(self, request, **_):
        answer = requests.Response()
        answer.status_code, answer.url, answer.request = 200, request.url, request
        answer._content = b""
        return answer

    def close(self):
        pass


def allow(url, nickname, password, mistakes=(), back=None):
    """What a person does with the address that a client shows: they sign in and allow the client in.
    Returns the page they end on. `mistakes` are passwords they try first, `back` is an address that the
    client waits at."""
    browser = Browser()
    if back:
        browser.session.mount(back, Back())
    page = browser.open(url)
    assert page.status == 200, f"the consent page answers {page.status}"
    for password_tried in (*mistakes, password):
        assert "verifier" not in page.texts, "the verifier is there without anyone having signed in"
        form = page.form("username", "password")
        page = browser.send(page, form, form.buttons[0], username=nickname, password=password_tried)
    assert page.status == 200, f"signing in answers {page.status}: {' '.join(page.words)}"
    assert not page.texts.get("verifier"), "the verifier is there before anything was allowed"
    assert page.headers.get("X-Frame-Options") == "DENY", "the consent page can be framed"
    form = next(form for form in page.forms if form.id == "oauth-authorization")
    page = browser.send(page, form, form.button("authorize"))
    assert page.status == 200, f"allowing answers {page.status}: {' '.join(page.words)}"
    return page


def verifier(url, nickname, password, mistakes=()):
    """Lets a client in, and reads the verifier off the page."""
    page = allow(url, nickname, password, mistakes)
    shown = page.texts.get("verifier", "").strip()
    assert shown, f"there is no verifier on {page.url}"
    return shown
