// Notifications, requests to follow, mutes, blocks and reports.
import assert from "node:assert/strict";
import { pathOf } from "../api.mjs";

const REQUESTS = "/main/settings/requests";

/** Opens the page about a person from their profile. */
async function decideAbout(reader, nickname) {
  await reader.visit(`/${nickname}`);
  await reader.choose('a[href*="/main/relation"]');
}

export const relationSteps = [
  [
    "what others did to one's own is told and counted, until it was seen",
    async (day) => {
      const { alice, carol, reader } = day;
      await alice.visit("/");
      await alice.send("form.composer", { content: "Notice me." });
      const ownNote = await alice.page.locator(".post .when").first().getAttribute("href");
      day.noticed = ownNote;
      await alice.visit("/main/notifications");
      const other = await reader();
      await other.signIn(carol.nickname, `/main/login?continue=${encodeURIComponent(ownNote)}`);
      await other.button("favorite", ".whole");
      await other.send("#replies form.composer", { content: "Noticed?" });
      await other.close();
      await alice.visit(ownNote);
      assert.equal(await alice.text("#notices-link .count"), "2");
      await alice.press("#notices-link");
      assert.equal(await alice.count(".notice.new"), 2);
      assert.match(await alice.text(".notice.new"), /Noticed\?/);
      await alice.visit("/main/notifications");
      assert.equal(await alice.count(".notice.new"), 0);
      assert.ok(await alice.page.locator("#notices-link .count").isHidden());
    },
  ],
  [
    "the count moves while a page is open",
    async ({ alice, bob, aliceProfile, scripts, name }) => {
      if (!scripts) return;
      await alice.visit(`/${name("alice")}`);
      await bob.post({ content: "Psst." }, [aliceProfile]);
      await alice.page.locator("#notices-link .count:not([hidden])").waitFor();
      assert.equal(await alice.text("#notices-link .count"), "1");
    },
  ],
  [
    "the home timeline shows up to where it was read",
    async ({ alice, bob }) => {
      await alice.visit("/");
      const note = await bob.post({ content: "Since you were here." });
      await alice.visit("/");
      assert.equal(await alice.count("#read"), 1);
      assert.equal(await alice.count(`#read ~ * a[href="${pathOf(note)}"]`), 0);
    },
  ],
  [
    "who wants to follow asks, and is accepted",
    async ({ alice, reader, name }) => {
      await alice.visit(REQUESTS);
      await alice.press('form:has(input[name="asks"]) button');
      const other = await reader();
      await other.register(name("dora"));
      await other.visit(`/${name("alice")}`);
      await other.button("follow");
      await other.close();
      await alice.visit("/");
      await alice.press(`main a[href="${REQUESTS}"]`);
      await alice.press('form:has(input[value="accept"]) button');
      assert.equal(await alice.count('input[value="accept"]'), 0);
      await alice.visit(`/${name("alice")}/followers`);
      assert.ok((await alice.text()).includes(name("dora")));
      await alice.visit(REQUESTS);
      await alice.press('form:has(input[value="switch"]) button');
    },
  ],
  [
    "a person is muted, and forgiven",
    async ({ alice, bob }) => {
      await decideAbout(alice, bob.nickname);
      await alice.press('form:has(input[value="mute"]) button');
      const note = await bob.post({ content: "Unheard of." });
      await alice.visit("/");
      assert.equal(await alice.count(`main a[href="${pathOf(note)}"]`), 0);
      await alice.visit("/main/settings/muted");
      await alice.press('form:has(input[value="unmute"]) button');
      assert.equal(await alice.count('input[value="unmute"]'), 0);
    },
  ],
  [
    "a blocked person can't follow, and their replies are folded",
    async ({ alice, carol, noticed, reader, name }) => {
      await decideAbout(alice, carol.nickname);
      await alice.press('form:has(input[value="block"]) button');
      await alice.visit(noticed);
      assert.ok((await alice.count("details.folded")) > 0);
      const other = await reader();
      await other.signIn(carol.nickname);
      await other.visit(`/${name("alice")}`);
      await other.press('form:has(input[value="follow"]) button', { status: 403 });
      await other.close();
      await alice.visit("/main/settings/blocked");
      await alice.press('form:has(input[value="unblock"]) button');
      await alice.send(".inline-form", { host: "spam.example" });
      assert.match(await alice.text(".people"), /spam\.example/);
    },
  ],
  [
    "a report reaches the moderators, and one without a reason comes back",
    async ({ alice, note }) => {
      await alice.visit(pathOf(note));
      await alice.choose('a[href*="/main/report"]');
      await alice.page.locator('#report input[value="spam"]').check();
      await alice.page.locator("#words").fill("Look at this.");
      await alice.press("#report button");
      assert.equal(await alice.count('[role="status"]'), 1);
    },
  ],
];
