// Buttons: like, share, follow.
import assert from "node:assert/strict";
import { pathOf } from "../api.mjs";

export const socialSteps = [
  [
    "a like is there until it is taken back",
    async ({ alice, note, name }) => {
      await alice.visit(pathOf(note));
      await alice.button("favorite", ".whole");
      assert.equal(alice.path(), pathOf(note));
      assert.ok((await alice.text(".faces")).includes(name("alice")));
      await alice.visit(`/${name("alice")}/favorites`);
      assert.match(await alice.text(), /The antenna/);
      await alice.visit(pathOf(note));
      await alice.button("unfavorite", ".whole");
      assert.ok(!(await alice.text(".faces")).includes(name("alice")));
      await alice.button("favorite", ".reply");
      assert.equal(await alice.count(".reply button[aria-pressed]"), 1);
    },
  ],
  [
    "a share is on the profile of the sharer",
    async ({ alice, note, name }) => {
      await alice.button("share", ".whole");
      assert.equal(alice.path(), pathOf(note));
      await alice.visit(`/${name("alice")}`);
      assert.match(await alice.text(), /The antenna/);
    },
  ],
  [
    "whom one follows is in the timeline, until one stops",
    async ({ alice, bob, carol, name }) => {
      for (const friend of [bob, carol]) {
        await alice.visit(`/${friend.nickname}`);
        await alice.button("follow");
        assert.equal(await alice.count('input[value="stop-following"]'), 1);
      }
      const after = await bob.post({ content: "Heard by those who follow." });
      await alice.visit("/");
      assert.match(await alice.text(), /Heard by those who follow/);
      assert.equal(await alice.count(`main a[href="${pathOf(after)}"]`), 1);
      await alice.visit(`/${bob.nickname}/followers`);
      assert.ok((await alice.text()).includes(name("alice")));
      await alice.visit(`/${carol.nickname}`);
      await alice.button("stop-following");
      assert.equal(await alice.count('input[value="follow"]'), 1);
    },
  ],
];
