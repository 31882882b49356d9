// Posts, answers, edits and deletions.
import assert from "node:assert/strict";
import { pathOf } from "../api.mjs";
import { png } from "../picture.mjs";

const COMPOSER = "form.composer";

export const writingSteps = [
  [
    "a note in Markdown is posted",
    async (day) => {
      const { alice } = day;
      await alice.visit("/");
      await alice.send(COMPOSER, { content: "The **first** of my own." });
      assert.equal(await alice.text(".post strong"), "first");
      day.ownNote = await alice.page.locator(".post .when").first().getAttribute("href");
    },
  ],
  [
    "a picture is posted with words for who doesn't see it",
    async ({ alice }) => {
      await alice.visit("/");
      await alice.page.locator(`${COMPOSER} summary`).click();
      const file = { name: "sky.png", mimeType: "image/png", buffer: png(320, 200) };
      await alice.page.locator(`${COMPOSER} [name="file"]`).setInputFiles(file);
      await alice.send(COMPOSER, { content: "Look!", alt: "A red sky" });
      const shown = alice.page.locator(".post .picture img").first();
      assert.equal(await shown.getAttribute("alt"), "A red sky");
    },
  ],
  [
    "a failure of a proxy in between is told in words, and nothing that was typed is lost",
    async ({ alice, scripts }) => {
      if (!scripts) return; // The browser shows the page of the proxy then.
      await alice.visit("/");
      alice.refused = "/main/post";
      const told = new Set();
      for (const status of [502, 413]) {
        const body = "<html><h1>nginx</h1></html>";
        const answer = { status, contentType: "text/html", body };
        await alice.page.route("**/main/post", (route) => route.fulfill(answer), { times: 1 });
        await alice.page.locator("#compose-content").fill("Not lost.");
        await alice.page.locator(`${COMPOSER} button[type=submit]`).click();
        await alice.page.locator(`${COMPOSER} button[type=submit]:enabled`).waitFor();
        const alert = await alice.text(".composer .alert");
        assert.match(alert, /\w+ \w+ .*\./);
        assert.doesNotMatch(alert, /nginx|gateway|entity/i);
        told.add(alert);
        assert.equal(await alice.page.inputValue("#compose-content"), "Not lost.");
      }
      assert.equal(told.size, 2);
      await alice.send(COMPOSER, { content: "Not lost." });
      alice.refused = undefined;
    },
  ],
  [
    "another person likes a note and answers, and the author sees it",
    async ({ alice, reader, bob, ownNote, name }) => {
      const other = await reader();
      await other.signIn(bob.nickname, `/main/login?continue=${encodeURIComponent(ownNote)}`);
      await other.button("favorite", ".whole");
      await other.send(`#replies ${COMPOSER}`, { content: "Well said." });
      assert.match(await other.text("#replies"), /Well said/);
      await other.close();
      await alice.visit(ownNote);
      assert.match(await alice.text("#replies .reply"), /Well said/);
      assert.match(await alice.text(".faces"), /Bob Brandt/);
      await alice.visit(`/${name("alice")}`);
      assert.match(await alice.text(), /first/);
    },
  ],
  [
    "an answer stands below the note of another",
    async ({ alice, note }) => {
      await alice.visit(pathOf(note));
      await alice.send(`#replies ${COMPOSER}`, { content: "The last word." });
      const comments = await alice.page.locator("#replies .reply .content").allInnerTexts();
      assert.equal(comments.at(-1).trim(), "The last word.");
    },
  ],
  [
    "an edit changes a note, and says so",
    async ({ alice, ownNote }) => {
      await alice.visit(ownNote);
      await alice.choose('a[href*="/main/edit"]');
      assert.match(await alice.page.inputValue('[name="content"]'), /first/);
      await alice.send(COMPOSER, { title: "A title", content: "The *second* of my own." });
      await alice.visit(ownNote);
      assert.equal(await alice.text("h1"), "A title");
      assert.match(await alice.text(".whole .content"), /second/);
    },
  ],
  [
    "a deletion asks first, and leaves nothing",
    async ({ alice, ownNote }) => {
      await alice.visit(ownNote);
      await alice.choose('a[href*="/main/delete"]');
      assert.match(await alice.text(".quoted"), /second/);
      await alice.press('form:has(input[value="delete"]) button');
      await alice.visit(ownNote, { status: 410 });
    },
  ],
];
