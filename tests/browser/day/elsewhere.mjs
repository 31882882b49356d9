// People of another server: followed, read and answered.
import assert from "node:assert/strict";
import { setTimeout as wait } from "node:timers/promises";

/** How long an activity may take to the other server, in milliseconds. */
const DELIVERY_MILLISECONDS = 30_000;

/** Waits until something is so. */
async function until(sentence, holds) {
  const deadline = Date.now() + DELIVERY_MILLISECONDS;
  while (!(await holds())) {
    assert.ok(Date.now() < deadline, sentence);
    await wait(200);
  }
}

export const elsewhereSteps = [
  [
    "a person of another server is followed by their address",
    async (day) => {
      const { alice, elsewhere, name } = day;
      day.zoe = await elsewhere.person(name("zoe"));
      const { host } = new URL(elsewhere.base);
      await alice.visit("/main/people");
      await alice.send("form:has(#follow-address)", { address: `${day.zoe.nickname}@${host}` });
      assert.equal(await alice.count('input[value="stop-following"]'), 1);
      await until("the follower is known elsewhere", async () => {
        const followers = `/api/user/${day.zoe.nickname}/followers`;
        return (await day.zoe.send("GET", followers)).totalItems === 1;
      });
    },
  ],
  [
    "a post of another server is in the timeline, and its page leads home",
    async (day) => {
      const { alice, zoe } = day;
      day.farNote = await zoe.post({ displayName: "From afar", content: "<p>Is anyone there?</p>" });
      await until("the post arrives", async () => {
        await alice.visit("/");
        return (await alice.text()).includes("Is anyone there?");
      });
      await alice.press('.post:has-text("Is anyone there?") .when');
      assert.equal(await alice.text("h1"), "From afar");
      assert.equal(await alice.count(`a[href="${day.farNote.url}"]`), 1);
    },
  ],
  [
    "an answer reaches the other server, and theirs comes back",
    async ({ alice, zoe, farNote }) => {
      await alice.send("#replies form.composer", { content: "I am here." });
      const place = alice.path();
      const replies = `${new URL(farNote.id).pathname}/replies`;
      await until("the answer arrives", async () => {
        const { items } = await zoe.send("GET", replies);
        return items.some(({ content }) => content.includes("I am here."));
      });
      await zoe.comment(farNote, "Good to hear.");
      await until("their answer arrives", async () => {
        await alice.visit(place);
        return (await alice.text("#replies")).includes("Good to hear.");
      });
    },
  ],
];
