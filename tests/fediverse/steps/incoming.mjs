import assert from "node:assert/strict";

const REFUSED = /answers 40[34]/;

export default [
  [
    "ann's public note is read by everyone here",
    async (world) => {
      const { ann, bob, theirs } = world;
      for (const person of [world.alice, bob]) {
        const read = await world.read(theirs, person);
        assert.equal(read.content, "A note of ann's.");
        assert.equal(read.author.id, ann.id);
      }
    },
  ],
  [
    "her note for followers is read by followers only",
    async (world) => {
      const audience = { to: [`${world.peer.id}/followers`], cc: [] };
      const note = await world.posted("followers", "For her followers.", audience);
      await assert.rejects(world.read(note, world.bob), REFUSED);
    },
  ],
  [
    "her direct note is read by alice only",
    async (world) => {
      const tag = [{ type: "Mention", href: world.profile, name: "@alice" }];
      const audience = { to: [world.profile], cc: [], tag };
      const note = await world.posted("direct", "For alice.", audience);
      await assert.rejects(world.read(note, world.bob), REFUSED);
      const { items } = await world.alice.send("GET", "/api/user/alice/inbox/direct");
      assert(items.some(({ object }) => object.id === note.id));
    },
  ],
  [
    "her picture has its description",
    async (world) => {
      const url = `${world.peer.base}/pictures/cat.png`;
      const picture = { type: "Document", mediaType: "image/png", url, name: "A waking cat" };
      const note = await world.posted("picture", "Look.", { attachment: [picture] });
      const [shown] = note.attachments;
      assert.equal(shown.objectType, "image");
      assert.equal(shown.displayName ?? shown.content, "A waking cat");
      assert.equal(shown.image.url, url);
    },
  ],
  [
    "her warning and her article are kept",
    async (world) => {
      const warned = await world.posted("warned", "A secret.", { summary: "A warning" });
      assert.match(warned.content, /A warning.*A secret\./);
      const article = await world.posted("article", "A text.", { type: "Article", name: "A title" });
      assert.equal(article.objectType, "article");
      assert.equal(article.displayName, "A title");
    },
  ],
  [
    "her answer is counted",
    async (world) => {
      const { mine, profile } = world;
      const inReplyTo = mine.id;
      const answer = await world.posted("answer", "Yes.", { inReplyTo, cc: [profile] });
      assert.equal(answer.objectType, "comment");
      await world.becomes(mine, "answer", ({ replies }) => replies.totalItems === 1);
    },
  ],
  [
    "her like is counted until she takes it back",
    async (world) => {
      const { peer, mine } = world;
      const like = world.activity("Like", mine.id);
      await peer.send(like);
      await world.becomes(mine, "like", ({ likes }) => likes.totalItems === 1);
      const { "@context": _, ...shown } = like;
      await peer.send(world.activity("Undo", shown));
      await world.becomes(mine, "end of the like", ({ likes }) => likes.totalItems === 0);
    },
  ],
  [
    "her share is counted until she takes it back",
    async (world) => {
      const { peer, mine } = world;
      const published = new Date().toISOString();
      const { to, cc } = world.note();
      const share = world.activity("Announce", mine.id, { published, to, cc });
      await peer.send(share);
      await world.becomes(mine, "share", ({ shares }) => shares?.totalItems === 1);
      const { "@context": _, ...shown } = share;
      await peer.send(world.activity("Undo", shown, { to, cc }));
      await world.becomes(mine, "end of the share", ({ shares }) => !shares?.totalItems);
    },
  ],
  [
    "her edit is shown",
    async (world) => {
      const updated = new Date(Date.now() + 1000).toISOString();
      const { "@context": _, ...note } = world.note("first", "Another text.", { updated });
      await world.peer.send(world.activity("Update", note, { to: note.to, cc: note.cc }));
      await world.becomes(world.theirs, "edit", ({ content }) => content === "Another text.");
    },
  ],
  [
    "her deletion is done",
    async (world) => {
      const { peer, theirs } = world;
      const { to } = world.note();
      const gone = { id: theirs.id, type: "Tombstone" };
      await peer.send(world.activity("Delete", gone, { to }));
      const isGone = () => world.read(theirs).then(() => false, ({ message }) => /410/.test(message));
      await world.until("deletion", isGone);
    },
  ],
  [
    "her new name is shown",
    async (world) => {
      const { peer, alice } = world;
      const { "@context": _, ...actor } = await peer.rename("Ann B.");
      const { to } = world.note();
      await peer.send(world.activity("Update", actor, { to }));
      const name = async () => (await alice.send("GET", "/api/user/alice/following")).items[0].displayName;
      await world.until("new name", async () => (await name()) === "Ann B.");
    },
  ],
  [
    "the beginning of a thread is fetched, signed",
    async (world) => {
      const beginning = world.note("beginning", "A beginning.");
      await world.peer.keep(beginning);
      await world.posted("second", "And so on.", { inReplyTo: beginning.id });
      const thing = { objectType: "note", id: beginning.id };
      const find = () => world.read(thing).catch(() => null);
      const read = await world.until("beginning", async () => (await find())?.content && find());
      assert.equal(read.content, "A beginning.");
      assert.equal(read.author.id, world.ann.id);
    },
  ],
];
