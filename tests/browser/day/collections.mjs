// Lists, groups, search, and posts that arrive while one reads.
import assert from "node:assert/strict";
import { PUBLIC, pathOf } from "../api.mjs";

export const collectionSteps = [
  [
    "a list is made, its people are written to, and it is deleted",
    async ({ alice, bob, carol, name, reader }) => {
      await alice.visit(`/${name("alice")}/lists`);
      await alice.send("main .inline-form", { name: "Friends of tea" });
      await alice.press('.people a:has-text("Friends of tea")');
      const list = alice.path();
      await alice.send('form:has(#list-address)', { address: bob.nickname });
      assert.match(await alice.text(".people"), /Bob Brandt/);
      await alice.visit("/");
      await alice.page.locator("#compose-audience").selectOption({ label: "Friends of tea" });
      await alice.send("form.composer", { content: "For the **list** alone." });
      const note = await alice.page.locator(".post .when").first().getAttribute("href");
      for (const [nickname, status] of [[bob.nickname, 200], [carol.nickname, 403]]) {
        const other = await reader();
        await other.signIn(nickname);
        await other.visit(note, { status });
        await other.close();
      }
      await alice.visit(list);
      await alice.press('form:has(input[value="remove"]) button');
      assert.doesNotMatch(await alice.text(".people"), /Bob Brandt/);
      await alice.page.locator("details.confirm summary").click();
      await alice.press("details.confirm button");
      await alice.visit(list, { status: 410 });
    },
  ],
  [
    "a group is joined, written to, and left",
    async ({ alice, carol, name }) => {
      const object = { objectType: "group", displayName: `Kilns ${name("here")}` };
      const group = await carol.act({ verb: "create", object, to: PUBLIC });
      await alice.visit(pathOf(group));
      await alice.button("join");
      assert.equal(await alice.count('input[value="leave"]'), 1);
      await carol.post({ content: "To the kilns!" }, [{ objectType: "group", id: group.id }]);
      await alice.visit(pathOf(group));
      assert.match(await alice.text(), /To the kilns!/);
      await alice.button("leave");
      assert.equal(await alice.count('input[value="join"]'), 1);
    },
  ],
  [
    "a search finds what may be read by its words, author and tag",
    async ({ alice, reader, bob, carol, name }) => {
      const word = `marmalade${name("x").replaceAll("_", "")}`;
      await bob.post({ content: `<p>Oranges make ${word} #${word}.</p>` });
      await bob.post({ content: `<p>Secret ${word}.</p>` }, [carol.profile]);
      await alice.visit("/main/search");
      for (const query of [word, `${word} from:${bob.nickname}`, `#${word}`]) {
        await alice.send('main form[role="search"]', { q: query });
        assert.match(await alice.text(), /Oranges make/, query);
        assert.doesNotMatch(await alice.text(".feed"), /Secret/, query);
      }
      const stranger = await reader();
      await stranger.visit(`/main/search?q=${word}`);
      assert.doesNotMatch(await stranger.text(), /Secret/);
      await stranger.close();
    },
  ],
  [
    "a post that comes while one reads is counted above, and shown when one asks",
    async ({ alice, bob, scripts }) => {
      if (!scripts) return;
      await alice.visit("/");
      const note = await bob.post({ content: "Just now." });
      await alice.page.locator(".news:not([hidden])").waitFor();
      assert.match(await alice.text(".news"), /1/);
      assert.equal(await alice.count(`#feed a[href="${pathOf(note)}"]`), 0);
      await alice.press(".news a");
      assert.ok((await alice.count(`#feed a[href="${pathOf(note)}"]`)) > 0);
    },
  ],
  [
    "help says how a client is pointed at this server",
    async ({ alice, name }) => {
      await alice.visit("/main/help");
      assert.match(await alice.text(), new RegExp(`${name("alice")}@`));
      for (const place of ["/main/about", "/main/settings", "/main/account", "/main/people"]) {
        await alice.visit(place);
      }
    },
  ],
];
