import assert from "node:assert/strict";
import { idOf } from "../world.mjs";

export default [
  [
    "alice stops following ann",
    async (world) => {
      const { alice, ann, peer } = world;
      await alice.about("stop-following", ann);
      const undo = await world.delivered("Undo", ({ type }) => type === "Follow");
      assert.equal(idOf(undo.object.object), peer.id);
    },
  ],
  [
    "ann stops following alice",
    async (world) => {
      const { peer, profile } = world;
      const follow = { id: `${peer.base}/activities/1`, type: "Follow", actor: peer.id, object: profile };
      await peer.send(world.activity("Undo", follow, { to: [profile] }));
      await world.until("end of it", async () => (await world.members("followers")).length === 0);
    },
  ],
  [
    "ann blocks alice, and both follow each other no more",
    async (world) => {
      const { peer, profile, alice, ann } = world;
      await peer.send(world.activity("Follow", profile, { to: [profile] }));
      await world.until("follower", async () => (await world.members("followers")).length === 1);
      await alice.about("follow", ann);
      await peer.send(world.activity("Block", profile, { to: [profile] }));
      for (const collection of ["followers", "following"]) {
        await world.until("end of it", async () => (await world.members(collection)).length === 0);
      }
    },
  ],
  [
    "carol deletes her account, which ann's server hears of",
    async (world) => {
      const { server, ann } = world;
      const carol = await world.client.person("carol");
      const profile = `${server.base}/api/user/carol/profile`;
      await carol.about("follow", ann);
      await world.delivered("Follow", (_, { actor }) => idOf(actor) === profile);
      await carol.send("DELETE", "/api/user/carol");
      await world.delivered("Delete", (object) => idOf(object) === profile);
      const headers = { accept: "application/activity+json" };
      assert.equal((await fetch(profile, { headers })).status, 410);
    },
  ],
];
