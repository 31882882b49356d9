import assert from "node:assert/strict";
import { audience, idOf } from "../world.mjs";

export default [
  [
    "ann's server finds alice by her address, and knows the software of hers",
    async ({ peer, server, profile }) => {
      const found = await peer.find(`alice@${server.host}`);
      assert.deepEqual(found, { id: profile, name: "alice", software: "hydraulics" });
    },
  ],
  [
    "ann follows alice and is accepted",
    async (world) => {
      const { peer, profile, ann } = world;
      const follow = world.activity("Follow", profile, { to: [profile] });
      await peer.send(follow);
      const accept = await world.delivered("Accept", (object) => idOf(object) === follow.id);
      assert.equal(idOf(accept.actor), profile);
      assert.equal(accept.object.type, "Follow");
      assert.equal(idOf(accept.object.actor), peer.id);
      assert.deepEqual(await world.members("followers"), [ann.id]);
    },
  ],
  [
    "alice follows ann by her address and is accepted",
    async (world) => {
      const { peer, profile, alice, ann } = world;
      await alice.about("follow", ann);
      const follow = await world.delivered("Follow", (object) => idOf(object) === peer.id);
      assert.equal(idOf(follow.actor), profile);
      assert.deepEqual(audience(follow), [peer.id]);
      const shown = { id: follow.id, type: "Follow", actor: profile, object: peer.id };
      await peer.send(world.activity("Accept", shown, { to: [profile] }));
      assert.deepEqual(await world.members("following"), [ann.id]);
      const { items } = await alice.send("GET", "/api/user/alice/following");
      assert.equal(items[0].displayName, "Ann");
    },
  ],
  [
    "ann rejects bob, who follows her no more",
    async (world) => {
      const { peer, server, bob, ann } = world;
      await bob.about("follow", ann);
      const actor = `${server.base}/api/user/bob/profile`;
      const follow = await world.delivered("Follow", (_, { actor: by }) => idOf(by) === actor);
      const shown = { id: follow.id, type: "Follow", actor, object: peer.id };
      await peer.send(world.activity("Reject", shown, { to: [actor] }));
      const following = () => bob.send("GET", "/api/user/bob/following");
      await world.until("end of it", async () => (await following()).items.length === 0);
    },
  ],
];
