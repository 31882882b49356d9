// Alice and bob of this server, ann of another one, and what they see of each other.
import { setTimeout as wait } from "node:timers/promises";
import { Client } from "../browser/api.mjs";

/** How long something may take to arrive, in milliseconds. */
const ARRIVAL_MILLISECONDS = 20_000;

const PUBLIC = ["as:Public", "Public", "https://www.w3.org/ns/activitystreams#Public"];

/** One or many, as a list. */
export const list = (value) => [value ?? []].flat();

/** The id of something that is named or shown. */
export const idOf = (value) => (typeof value === "string" ? value : value?.id);

/** The audience of an activity or a thing, as ids. */
export const audience = (thing) => [...list(thing.to), ...list(thing.cc)].map(idOf);

export const isPublic = (thing) => audience(thing).some((id) => PUBLIC.includes(id));

export class World {
  static async of(server, peer) {
    const world = new World();
    const client = await Client.register(server.base);
    const [alice, bob] = [await client.person("alice"), await client.person("bob")];
    const ann = { objectType: "person", id: `acct:ann@${peer.host}` };
    Object.assign(world, { server, peer, client, alice, bob, ann, made: 0 });
    world.profile = `${server.base}/api/user/alice/profile`;
    world.followers = `${server.base}/api/user/alice/profile/followers`;
    return world;
  }

  /** Waits for an answer, which is something. */
  async until(wanted, ask) {
    const deadline = Date.now() + ARRIVAL_MILLISECONDS;
    for (;;) {
      const answer = await ask();
      if (answer) return answer;
      if (Date.now() > deadline) throw new Error(`There is still no ${wanted}.`);
      await wait(30);
    }
  }

  /** The activity of alice's that ann's server gets, by its type and a test of its object. */
  async delivered(type, test) {
    const find = async () => {
      const received = await this.peer.received();
      return received.find((activity) => activity.type === type && test(activity.object, activity));
    };
    return this.until(`${type} at the peer`, find);
  }

  /** An activity of ann's. */
  activity(type, object, more = {}) {
    this.made += 1;
    return {
      "@context": "https://www.w3.org/ns/activitystreams",
      id: `${this.peer.base}/activities/${this.made}`,
      type,
      actor: this.peer.id,
      object,
      ...more,
    };
  }

  /** A note of ann's. */
  note(name, content, more = {}) {
    return {
      "@context": "https://www.w3.org/ns/activitystreams",
      id: `${this.peer.base}/notes/${name}`,
      type: "Note",
      attributedTo: this.peer.id,
      published: new Date().toISOString(),
      content,
      to: [PUBLIC.at(-1)],
      cc: [`${this.peer.id}/followers`],
      ...more,
    };
  }

  /** Has ann post a note, which alice gets. */
  async posted(name, content, more) {
    const { "@context": _, ...note } = this.note(name, content, more);
    const { to, cc } = note;
    await this.peer.send(this.activity("Create", note, { to, cc }));
    return this.arrived(note.id);
  }

  /** A thing that alice finds in her inbox. */
  async arrived(id) {
    return this.until(`${id} in the inbox`, async () => {
      const { items } = await this.alice.send("GET", "/api/user/alice/inbox");
      return items.map(({ object }) => object).find((object) => object.id === id);
    });
  }

  /** A thing as somebody here reads it. */
  async read(thing, person = this.alice) {
    return person.send("GET", `/api/${thing.objectType}?id=${encodeURIComponent(thing.id)}`);
  }

  /** Waits until alice reads a thing that passes a test. */
  async becomes(thing, wanted, test) {
    return this.until(wanted, async () => test(await this.read(thing)));
  }

  /** The ids of the members of a collection of alice's. */
  async members(collection) {
    const { items } = await this.alice.send("GET", `/api/user/alice/${collection}`);
    return items.map(({ id }) => id);
  }
}
