// One day: the steps, with people of their own.
import { steps } from "./day/index.mjs";
import { Reader } from "./reader.mjs";

export class Day {
  /** `language` is that of the browsers; `scripts` and `audits` are as for `Reader.open`. */
  constructor(options) {
    Object.assign(this, options);
    this.suffix = `_${options.language}${options.scripts ? "" : "_off"}`;
    this.readers = [];
    this.taken = 0;
    // Steps take what they need out of the day.
    for (const method of ["name", "reader", "person"]) this[method] = this[method].bind(this);
  }

  /** A nickname that no other day has. */
  name(nickname) {
    return nickname + this.suffix;
  }

  /** A new browser, in front of the site of the day if no other is given. */
  async reader(base = this.base) {
    const reader = await Reader.open(this.browser, base, this);
    this.readers.push(reader);
    return reader;
  }

  /** Someone who acts through the API. */
  async person(nickname) {
    return this.client.person(this.name(nickname));
  }

  /** Takes the steps. The first that fails ends the day. */
  async live() {
    for (const [sentence, step] of steps) {
      try {
        await step(this);
      } catch (error) {
        this.failure = `"${sentence}" (${this.suffix}): ${error.stack}`;
        return;
      }
      this.taken += 1;
    }
  }

  /** All that is wrong with it. */
  wrong() {
    const noted = this.readers.flatMap(({ wrong }) => wrong);
    return this.failure ? [this.failure, ...noted] : noted;
  }
}
