// Someone in front of a browser.
import assert from "node:assert/strict";
import { PASSWORD } from "./api.mjs";
import { audit, validate } from "./audit.mjs";
import { kindOf } from "./kinds.mjs";

/** How long one action may take, in milliseconds. */
const ACTION_MILLISECONDS = 15_000;

/** How many pages of one kind and status axe-core looks at, for each language. */
const AUDITS_PER_KIND = 2;

const audits = new Map();

/** Whether there are still too few audits of such a page. */
function needsAudit(kind) {
  const count = audits.get(kind) ?? 0;
  audits.set(kind, count + 1);
  return count < AUDITS_PER_KIND;
}

export class Reader {
  /**
   * Opens a browser with no cookies. `scripts` says whether it runs them, `audits` whether every page is
   * looked at closely.
   */
  static async open(browser, base, { language = "en", scripts = true, audits = false } = {}) {
    const context = await browser.newContext({
      locale: language,
      javaScriptEnabled: scripts,
      reducedMotion: "reduce",
      viewport: { width: 1280, height: 900 },
    });
    context.setDefaultTimeout(ACTION_MILLISECONDS);
    const reader = new Reader();
    Object.assign(reader, { context, base, audits, language, wrong: [], places: new Set() });
    reader.watch();
    await reader.newTab();
    return reader;
  }

  /** Notes what no page may do. */
  watch() {
    this.context.on("request", (request) => {
      const url = new URL(request.url());
      if (/^https?:$/.test(url.protocol) && url.origin !== this.base) {
        this.wrong.push(`${request.frame().url()} asks ${url}`);
      }
    });
    this.context.on("weberror", (error) => this.wrong.push(`script: ${error.error()}`));
    this.context.on("console", (message) => {
      const { url } = message.location();
      // The browser notes the status of the page itself, which `look` knows about, and of what it
      // deleted.
      const isStatus = message.text().startsWith("Failed to load resource");
      if (isStatus && (url === this.page?.url() || new URL(url).pathname === this.refused)) return;
      if (message.text().startsWith("Clear-Site-Data header")) return;
      // A step was quicker with a field than the browser.
      if (message.text().startsWith("Autofocus processing was blocked")) return;
      this.wrong.push(`console: ${message.text()} at ${url}`);
    });
  }

  async newTab() {
    this.page = await this.context.newPage();
    this.page.on("response", (response) => {
      const request = response.request();
      if (request.isNavigationRequest() && response.frame() === this.page.mainFrame()) {
        this.response = response;
      }
    });
    return this.page;
  }

  /** Opens a page by its path. */
  async visit(path, expected) {
    await this.page.goto(new URL(path, this.base).href);
    await this.look(expected);
  }

  /** Presses something that leads to a page. */
  async press(selector, expected) {
    const loaded = this.page.waitForEvent("load");
    const element = typeof selector === "string" ? this.page.locator(selector).first() : selector;
    await element.click();
    await loaded;
    await this.look(expected);
  }

  /** Presses a link of a menu. */
  async choose(link) {
    await this.page.locator(`details:has(${link}) > summary`).first().click();
    await this.press(link);
  }

  /** Fills in a form, and sends it. */
  async send(form, fields, expected) {
    for (const [name, value] of Object.entries(fields)) {
      await this.page.locator(`${form} [name="${name}"]`).fill(value);
    }
    await this.press(`${form} button[type="submit"]`, expected);
  }

  async back() {
    await this.page.goBack();
  }

  /** Checks the page that is shown. */
  async look({ status = 200 } = {}) {
    const where = `${this.response.request().method()} ${this.page.url()} (${this.language})`;
    assert.equal(this.response.status(), status, `${where} answers ${this.response.status()}`);
    const lang = await this.page.locator("html").getAttribute("lang");
    if (this.audits) {
      const html = await this.response.text();
      const kind = `${this.language} ${status} ${kindOf(this.page.url())} ${await this.isSignedIn()}`;
      const found = validate(html);
      if (needsAudit(kind)) found.push(...(await audit(this.page)));
      this.wrong.push(...found.map((what) => `${where}: ${what}`));
    }
    this.seenLanguage = lang;
    this.places.add(new URL(this.page.url()).pathname);
  }

  /** Adds an account by the form of the site, and is signed in. */
  async register(nickname) {
    await this.visit("/main/register");
    await this.send("#registration", { nickname, password: PASSWORD, repeat: PASSWORD });
    this.nickname = nickname;
  }

  async signIn(nickname, path = "/main/login") {
    await this.visit(path);
    await this.send("#signin", { nickname, password: PASSWORD });
    this.nickname = nickname;
  }

  async signOut() {
    await this.page.locator(".menu summary").click();
    await this.press("#logout");
  }

  /** Posts the form of a button by its verb, `favorite` say, within an element. */
  async button(verb, within = "main") {
    await this.press(`${within} form:has(input[value="${verb}"]) button`);
  }

  text(selector = "main") {
    return this.page.locator(selector).first().innerText();
  }

  count(selector) {
    return this.page.locator(selector).count();
  }

  path() {
    const { pathname, search } = new URL(this.page.url());
    return pathname + search;
  }

  /** Whether the page is that of a member. */
  async isSignedIn() {
    return (await this.count("#logout")) > 0;
  }

  async close() {
    await this.context.close();
  }
}
