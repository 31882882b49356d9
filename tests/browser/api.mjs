// People who act through the API, for what the pages can't make.
import { createHmac, randomBytes } from "node:crypto";

const escape = (text) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);

/** The `Authorization` of a request, by OAuth 1.0a with HMAC-SHA1. */
function sign(method, url, { key, secret, token, tokenSecret }, more = {}) {
  const { origin, pathname, searchParams } = new URL(url);
  const protocol = {
    oauth_consumer_key: key,
    oauth_nonce: randomBytes(12).toString("hex"),
    oauth_signature_method: "HMAC-SHA1",
    oauth_timestamp: String(Math.floor(Date.now() / 1000)),
    ...(token ? { oauth_token: token } : {}),
    ...more,
  };
  const pairs = [...Object.entries(protocol), ...searchParams]
    .map(([name, value]) => `${escape(name)}=${escape(value)}`)
    .sort();
  const signed = [method, origin + pathname, pairs.join("&")].map(escape).join("&");
  const hmac = createHmac("sha1", `${escape(secret)}&${escape(tokenSecret ?? "")}`);
  protocol.oauth_signature = hmac.update(signed).digest("base64");
  const header = Object.entries(protocol).map(([name, value]) => `${name}="${escape(value)}"`);
  return `OAuth ${header.join(", ")}`;
}

/** The password of everyone. */
export const PASSWORD = "correct horse 9";

/** Everyone, as recipients of an activity. */
export const PUBLIC = [
  { objectType: "collection", id: "http://activityschema.org/collection/public" },
];

/** A client of a server, and perhaps someone for whom it acts. */
export class Client {
  static async register(base) {
    const client = new Client();
    Object.assign(client, { base, credentials: {} });
    const answer = await client.send("POST", "/api/client/register", {
      type: "client_associate",
      application_type: "native",
      application_name: "Some application",
    });
    client.credentials = { key: answer.client_id, secret: answer.client_secret };
    return client;
  }

  /** Someone with a new account. */
  async person(nickname) {
    const made = await this.send("POST", "/api/users", { nickname, password: PASSWORD });
    const person = new Client();
    const credentials = { ...this.credentials, token: made.token, tokenSecret: made.secret };
    Object.assign(person, { base: this.base, credentials, nickname, profile: made.profile });
    return person;
  }

  /** A request token, with which someone is asked whether they let the client in. */
  async requestToken() {
    const url = `${this.base}/oauth/request_token`;
    const more = { oauth_callback: "oob" };
    const authorization = sign("POST", url, this.credentials, more);
    const answer = await fetch(url, { method: "POST", headers: { authorization } });
    return new URLSearchParams(await answer.text()).get("oauth_token");
  }

  async send(method, place, body, type = "application/json") {
    const url = new URL(place, this.base).href;
    const headers = { "content-type": type };
    if (this.credentials.key) headers.authorization = sign(method, url, this.credentials);
    const sent = type === "application/json" && body ? JSON.stringify(body) : body;
    const answer = await fetch(url, { method, headers, body: sent });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${url} answers ${answer.status}: ${text}`);
    return JSON.parse(text);
  }

  /** Does something, and returns its object. */
  async act(activity) {
    return (await this.send("POST", `/api/user/${this.nickname}/feed`, activity)).object;
  }

  async post(object, to = PUBLIC) {
    return this.act({ verb: "post", object: { objectType: "note", ...object }, to });
  }

  async comment(thing, content) {
    return this.act({
      verb: "post",
      object: { objectType: "comment", content, inReplyTo: named(thing) },
    });
  }

  async picture(bytes, displayName) {
    const uploads = `/api/user/${this.nickname}/uploads`;
    const picture = await this.send("POST", uploads, bytes, "image/png");
    return this.act({ verb: "post", object: { ...named(picture), displayName }, to: PUBLIC });
  }

  async about(verb, thing) {
    return this.act({ verb, object: named(thing) });
  }

  async follow(other) {
    return this.about("follow", other.profile);
  }
}

const named = ({ objectType, id }) => ({ objectType, id });

/** The path of the page of a thing. */
export const pathOf = (thing) => new URL(thing.url).pathname;
