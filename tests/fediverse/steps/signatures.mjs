import assert from "node:assert/strict";

/** A note that must not be taken. */
const forgery = (world, name) => {
  const { "@context": _, ...note } = world.note(name, "Forged.");
  return world.activity("Create", note, { to: note.to });
};

export default [
  [
    "each delivery was taken at the first try",
    async ({ peer }) => {
      const knocks = new Set(await peer.knocks());
      assert.deepEqual([...knocks], [`${peer.kinds[0]} 202`]);
    },
  ],
  [
    "her key was fetched once for all of that",
    async ({ peer }) => {
      const asked = new URL(peer.id).pathname;
      const reads = (await peer.reads()).filter((read) => read === `GET ${asked}`);
      assert(reads.length <= 2, `${reads.length} requests for the actor`);
    },
  ],
  [
    "a signature that ann's server asks for is made, and then at once",
    async (world) => {
      const { peer, alice } = world;
      if (!peer.wanted) return;
      const posts = async () => (await peer.reads()).filter((read) => /^POST/.test(read)).length;
      const before = await posts();
      await peer.demand(peer.wanted);
      for (const content of ["Asked for.", "Known."]) {
        await alice.post({ content });
        await world.delivered("Create", (object) => object.content === content);
      }
      await peer.demand(null);
      assert.equal((await posts()) - before, 3);
    },
  ],
  [
    "each kind of signature is taken",
    async (world) => {
      for (const kind of world.peer.kinds) {
        const { "@context": _, ...note } = world.note(`by-${kind}`, "Signed.");
        const status = await world.peer.post(world.activity("Create", note, { to: note.to }), kind);
        assert.equal(status, 202, kind);
        await world.arrived(note.id);
      }
    },
  ],
  [
    "the proofs in what alice sent are right",
    async ({ peer }) => {
      if (!peer.proofs) return;
      const { got, proved, right } = await peer.proofs();
      assert(proved > 10, `${proved} of ${got} activities have a proof`);
      assert.equal(right, proved);
    },
  ],
  [
    "a proof of ann's counts whoever delivers the activity",
    async (world) => {
      const { peer, profile } = world;
      if (!peer.forward) return;
      for (const forged of [true, false]) {
        const { "@context": _, ...note } = world.note(`forwarded-${forged}`, "Forwarded.", { cc: [profile] });
        const create = world.activity("Create", note, { to: note.to, cc: note.cc });
        assert.equal(await peer.forward(create, forged), 202);
      }
      const note = await world.arrived(`${peer.base}/notes/forwarded-false`);
      assert.equal(note.content, "Forwarded.");
      const { items } = await world.alice.send("GET", "/api/user/alice/inbox");
      assert(!items.some(({ object }) => object.content === "Forged."));
    },
  ],
  [
    "an activity without one, with an altered body or of another key is refused",
    async (world) => {
      const { peer } = world;
      assert.equal(await peer.post(forgery(world, "unsigned")), 401);
      for (const kind of peer.kinds) {
        for (const forged of ["body", "key"]) {
          const status = await peer.post(forgery(world, `${kind}-${forged}`), kind, forged);
          assert.equal(status, 401, `${kind} with another ${forged}`);
        }
      }
      const { items } = await world.alice.send("GET", "/api/user/alice/inbox");
      assert(!items.some(({ object }) => object.content === "Forged."));
    },
  ],
];
