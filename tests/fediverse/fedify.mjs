// A server made with Fedify, on which there is ann.
import { once } from "node:events";
import { createServer } from "node:http";
import { fedify, vocab } from "./packages.mjs";

const SOFTWARE = { name: "fedify-peer", version: "1.0.0" };

// The server that is tried has no TLS, and addresses without a scheme are looked up by HTTPS.
const direct = globalThis.fetch;
const knocks = [];
globalThis.fetch = async (request, options) => {
  const isWhole = request instanceof Request;
  const answer = await direct(isWhole ? request : String(request).replace(/^https:/, "http:"), options);
  if (isWhole && request.method === "POST") {
    const kind = request.headers.has("signature-input") ? "rfc9421" : "draft-cavage-http-signatures-12";
    knocks.push(`${kind} ${answer.status}`);
  }
  return answer;
};

const RSA = {
  name: "RSASSA-PKCS1-v1_5",
  modulusLength: 2048,
  publicExponent: new Uint8Array([1, 0, 1]),
  hash: "SHA-256",
};
const newKey = () => crypto.subtle.generateKey(RSA, true, ["sign", "verify"]);

export class FedifyPeer {
  /** Kinds of signatures that it makes; the first is that of its deliveries. */
  kinds = ["rfc9421", "draft-cavage-http-signatures-12"];
  /** A signature that it may ask for. */
  wanted = 'sig1=("@method" "@target-uri" "@authority" "content-digest");created;nonce="n1"';
  #demanded;
  #received = [];
  #reads = [];
  #things = new Map();
  #bodies = [];
  #names = { ann: "Ann", ben: "Ben" };

  static async start(host) {
    const peer = new FedifyPeer();
    peer.host = host;
    peer.base = `http://${host}`;
    peer.id = `${peer.base}/users/ann`;
    peer.pairs = [await newKey(), await fedify.generateCryptoKeyPair("Ed25519")];
    peer.federation = peer.#federate();
    peer.context = peer.federation.createContext(new URL(peer.base), null);
    peer.server = createServer((request, answer) => peer.#answer(request, answer));
    await once(peer.server.listen(80, host), "listening");
    return peer;
  }

  stop() {
    this.server.closeAllConnections();
    this.server.close();
  }

  #federate() {
    const federation = fedify.createFederation({
      kv: new fedify.MemoryKvStore(),
      allowPrivateAddress: true,
      origin: this.base,
    });
    federation
      .setActorDispatcher("/users/{identifier}", (context, name) =>
        this.#names[name] ? this.#person(context, name) : null,
      )
      .setKeyPairsDispatcher(() => this.pairs);
    federation.setFollowersDispatcher("/users/{identifier}/followers", () => ({ items: [] }));
    federation.setNodeInfoDispatcher("/nodeinfo/2.1", () => ({
      software: SOFTWARE,
      protocols: ["activitypub"],
      usage: { users: { total: 1 }, localPosts: 0, localComments: 0 },
    }));
    // Things are shown to those who sign, as Fedify verifies it.
    federation
      .setObjectDispatcher(vocab.Note, "/notes/{name}", async (context, { name }) => {
        const thing = this.#things.get(`${this.base}/notes/${name}`);
        return thing ? vocab.Note.fromJsonLd(thing, context) : null;
      })
      .authorize(async (context) => (await context.getSignedKey()) !== null);
    // Listeners are called with activities whose signature Fedify has verified.
    federation
      .setInboxListeners("/users/{identifier}/inbox", "/inbox")
      .on(vocab.Activity, async (context, activity) => {
        this.#received.push(await activity.toJsonLd({ ...context, format: "compact" }));
      });
    return federation;
  }

  async #person(context, name = "ann") {
    const keys = await context.getActorKeyPairs(name);
    return new vocab.Person({
      id: context.getActorUri(name),
      preferredUsername: name,
      name: this.#names[name],
      inbox: context.getInboxUri(name),
      followers: context.getFollowersUri(name),
      endpoints: new vocab.Endpoints({ sharedInbox: context.getInboxUri() }),
      publicKey: keys[0].cryptographicKey,
      assertionMethods: keys.map(({ multikey }) => multikey),
    });
  }

  async #answer(request, answer) {
    const body = await request.toArray();
    this.#reads.push(`${request.method} ${request.url}`);
    if (this.#demanded && body.length > 0 && !request.headers["signature-input"]) {
      return answer.writeHead(401, { "accept-signature": this.#demanded }).end();
    }
    if (body.length > 0) this.#bodies.push(JSON.parse(Buffer.concat(body)));
    const got = await this.federation.fetch(
      new Request(new URL(request.url, this.base), {
        method: request.method,
        headers: request.headers,
        body: body.length > 0 ? Buffer.concat(body) : undefined,
      }),
      { contextData: null },
    );
    answer.writeHead(got.status, Object.fromEntries(got.headers));
    answer.end(Buffer.from(await got.arrayBuffer()));
  }

  /** The activities that it got, as Fedify reads them. */
  async received() {
    return this.#received;
  }

  /** The methods and paths of the requests that it got. */
  async reads() {
    return this.#reads;
  }

  /** The kinds of signatures of its deliveries, with the answers. */
  async knocks() {
    return knocks;
  }

  /** How many of the activities that it got have a proof, and of how many that is right. */
  async proofs() {
    const proved = this.#bodies.filter(({ proof }) => proof);
    const { documentLoader, contextLoader } = this.context;
    const check = (body) => fedify.verifyObject(vocab.Activity, body, { documentLoader, contextLoader });
    const right = (await Promise.all(proved.map(check))).filter((activity) => activity !== null);
    return { got: this.#bodies.length, proved: proved.length, right: right.length };
  }

  /** Delivers an activity of ann with a proof by her, signed by ben, and returns the status. */
  async forward(activity, forged) {
    const { contextLoader } = this.context;
    const [, { privateKey, multikey }] = await this.context.getActorKeyPairs("ann");
    const read = await vocab.Activity.fromJsonLd(activity, this.context);
    const signed = await fedify.signObject(read, privateKey, multikey.id, { contextLoader });
    const json = JSON.stringify(await signed.toJsonLd({ format: "compact", contextLoader }));
    // As Fedify signs and sends it.
    const shown = json.replaceAll('"as:Public"', '"https://www.w3.org/ns/activitystreams#Public"');
    const body = forged ? shown.replace("Forwarded.", "Forged.") : shown;
    const headers = { "content-type": "application/activity+json" };
    const request = new Request(this.partner.inboxId, { method: "POST", headers, body });
    const key = new URL(`${this.base}/users/ben#main-key`);
    const { privateKey: ben } = this.pairs[0];
    return (await fetch(await fedify.signRequest(request, ben, key))).status;
  }

  /** Shows a thing by its id. */
  async keep(thing) {
    this.#things.set(thing.id, thing);
  }

  /** Refuses deliveries with other signatures from now on, and asks for this one. */
  async demand(signature) {
    this.#demanded = signature;
  }

  /** Gives ann another name, and returns her actor. */
  async rename(name) {
    this.#names.ann = name;
    return (await this.#person(this.context)).toJsonLd(this.context);
  }

  /** Finds somebody by address, and the software of their server. */
  async find(address) {
    this.partner = await this.context.lookupObject(address);
    // Fedify's own function for this goes to public addresses only.
    const links = await fetch(new URL("/.well-known/nodeinfo", this.partner.id));
    const { href } = (await links.json()).links.find(({ rel }) => rel.endsWith("/schema/2.1"));
    const { software } = fedify.parseNodeInfo(await (await fetch(href)).json());
    return { id: this.partner.id.href, name: String(this.partner.name), software: software.name };
  }

  /** Looks a thing up by its id, or by its page. */
  async look(url) {
    const found = await this.context.lookupObject(url);
    return found.toJsonLd({ ...this.context, format: "compact" });
  }

  /** Delivers an activity of ann as Fedify does it, and fails if it is refused. */
  async send(activity) {
    const sent = await vocab.Activity.fromJsonLd(activity, this.context);
    const options = { preferSharedInbox: activity.type === "Create" };
    await this.context.sendActivity({ identifier: "ann" }, this.partner, sent, options);
  }

  /**
   * Posts an activity signed in a way, and returns the status. `forged` is "body" for one that was
   * changed after it was signed, and "key" for one that was signed with another key.
   */
  async post(activity, kind, forged) {
    const inbox = this.partner.inboxId;
    const body = JSON.stringify(activity);
    const headers = { "content-type": "application/activity+json" };
    let request = new Request(inbox, { method: "POST", headers, body });
    if (kind) {
      const { privateKey } = forged === "key" ? await newKey() : this.pairs[0];
      const key = new URL(`${this.id}#main-key`);
      request = await fedify.signRequest(request, privateKey, key, { spec: kind });
    }
    const sent = forged === "body" ? body.replace("Forged.", "forged.") : body;
    const answer = await fetch(inbox, { method: "POST", headers: request.headers, body: sent });
    return answer.status;
  }
}
