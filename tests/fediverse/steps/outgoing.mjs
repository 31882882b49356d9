import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { PUBLIC } from "../../browser/api.mjs";
import { audience, idOf, isPublic, list } from "../world.mjs";

const has = (text) => (object) => object?.content?.includes(text);

export default [
  [
    "a public note arrives",
    async (world) => {
      world.mine = await world.alice.post({ content: "For <b>everyone</b>." });
      const { object, ...create } = await world.delivered("Create", has("<b>everyone</b>"));
      assert.equal(object.type, "Note");
      assert.equal(object.id, world.mine.id);
      assert.equal(idOf(object.attributedTo), world.profile);
      for (const thing of [create, object]) {
        assert(isPublic(thing) && audience(thing).includes(world.followers), audience(thing));
      }
    },
  ],
  [
    "the note is found by its id and by its page, and in the outbox",
    async ({ peer, mine, profile }) => {
      for (const place of [mine.id, mine.url]) assert.equal((await peer.look(place)).id, mine.id);
      const { outbox, followers } = await peer.look(profile);
      assert((await peer.look(idOf(outbox))).totalItems >= 1);
      assert.equal((await peer.look(idOf(followers))).totalItems, 1);
    },
  ],
  [
    "a note for followers stays theirs",
    async (world) => {
      const { alice, followers } = world;
      await alice.post({ content: "For followers." }, [
        { objectType: "collection", id: followers },
      ]);
      const { object, ...create } = await world.delivered("Create", has("For followers."));
      // Peers with an older actor know the followers by their former URL.
      const named = [followers, followers.replace("/profile/", "/")];
      for (const thing of [create, object]) assert.deepEqual(list(thing.to).map(idOf), named);
      assert(!isPublic(object) && !isPublic(create));
    },
  ],
  [
    "a direct note is for ann alone, and mentions her",
    async (world) => {
      const { alice, ann, peer } = world;
      await alice.post({ content: "For ann." }, [ann]);
      const { object } = await world.delivered("Create", has("For ann."));
      assert.deepEqual(audience(object), [peer.id]);
      const mentions = list(object.tag).filter(({ type }) => type === "Mention");
      assert.deepEqual(mentions.map(({ href }) => href), [peer.id]);
    },
  ],
  [
    "a picture arrives with its description, and can be fetched",
    async (world) => {
      const bytes = readFileSync(new URL("../../../static/mark.png", import.meta.url));
      await world.alice.picture(bytes, "A sleeping cat");
      const isPicture = (object) => list(object?.attachment).some(({ type }) => type === "Document");
      const { object } = await world.delivered("Create", isPicture);
      const [picture] = list(object.attachment);
      assert.equal(picture.name, "A sleeping cat");
      assert.equal(picture.mediaType, "image/png");
      const answer = await fetch(picture.url);
      assert.equal(answer.headers.get("content-type"), "image/png");
    },
  ],
  [
    "an edit arrives",
    async (world) => {
      const { alice, mine } = world;
      await alice.act({ verb: "update", object: { ...mine, content: "For all." } });
      const { object } = await world.delivered("Update", has("For all."));
      assert.equal(object.id, mine.id);
      assert(object.updated);
    },
  ],
  [
    "an answer arrives, and mentions ann",
    async (world) => {
      const { peer, alice } = world;
      world.theirs = await world.posted("first", "A note of ann's.");
      world.answer = await alice.comment(world.theirs, "An answer.");
      const { object } = await world.delivered("Create", has("An answer."));
      assert.equal(idOf(object.inReplyTo), world.theirs.id);
      assert(audience(object).includes(peer.id) && isPublic(object));
      assert(list(object.tag).some(({ href }) => href === peer.id));
    },
  ],
  [
    "a like and its opposite arrive",
    async (world) => {
      const { alice, theirs } = world;
      await alice.about("favorite", theirs);
      const like = await world.delivered("Like", (object) => idOf(object) === theirs.id);
      await alice.about("unfavorite", theirs);
      const undo = await world.delivered("Undo", (object) => idOf(object) === like.id);
      assert.equal(undo.object.type, "Like");
    },
  ],
  [
    "a share and its opposite arrive",
    async (world) => {
      const { alice, theirs } = world;
      const about = { object: { objectType: theirs.objectType, id: theirs.id }, to: PUBLIC };
      await alice.act({ verb: "share", ...about });
      const share = await world.delivered("Announce", (object) => idOf(object) === theirs.id);
      assert(isPublic(share) && share.published);
      await alice.act({ verb: "unshare", ...about });
      await world.delivered("Undo", (object) => idOf(object) === share.id);
    },
  ],
  [
    "a deletion arrives, and the note is gone",
    async (world) => {
      const { alice, answer } = world;
      await alice.about("delete", answer);
      await world.delivered("Delete", (object) => idOf(object) === answer.id);
      const accept = { accept: "application/activity+json" };
      assert.equal((await fetch(answer.id, { headers: accept })).status, 410);
    },
  ],
  [
    "a change of the profile arrives",
    async (world) => {
      const { alice, profile } = world;
      const shown = await alice.send("GET", "/api/user/alice/profile");
      await alice.send("PUT", "/api/user/alice/profile", { ...shown, displayName: "Alice L." });
      const { object } = await world.delivered("Update", (object) => idOf(object) === profile);
      assert.equal(object.name, "Alice L.");
    },
  ],
];
