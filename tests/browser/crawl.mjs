// Follows every kind of link of the site: each address works by itself, with scripts and without.
import { audit, validate } from "./audit.mjs";
import { kindOf } from "./kinds.mjs";

/** How many addresses of one kind are opened. */
const ADDRESSES_PER_KIND = 2;

/** Most addresses of one crawl, which no site of so few kinds has. */
const MAX_ADDRESSES = 400;

/**
 * Opens what can be reached from the front page by a reader, a few of each kind: without scripts, and pages
 * then in their browser, where the first of a kind is audited. Returns what was opened.
 */
export async function crawl(reader) {
  const waiting = ["/"];
  /** Each address, and a page that links it. */
  const known = new Map([["/", "/"]]);
  const kinds = new Map([[kindOf("/"), 1]]);
  const audited = new Set();
  const opened = [];
  while (waiting.length > 0 && opened.length < MAX_ADDRESSES) {
    const path = waiting.shift();
    opened.push(path);
    const url = new URL(path, reader.base).href;
    const headers = { "accept-language": reader.language };
    const answer = await reader.context.request.get(url, { headers });
    if (!answer.ok()) {
      reader.wrong.push(`${path} answers ${answer.status()}; it is linked from ${known.get(path)}`);
      continue;
    }
    if (!(answer.headers()["content-type"] ?? "").startsWith("text/html")) continue;
    const html = await answer.text();
    const wrong = validate(html);
    await reader.page.goto(url);
    const { lost, addresses } = await reader.page.evaluate(read, { html, from: answer.url() });
    if (lost !== null) wrong.push(`scripts change or remove "${lost}"`);
    if (!audited.has(kindOf(path))) wrong.push(...(await audit(reader.page)));
    audited.add(kindOf(path));
    reader.wrong.push(...wrong.map((what) => `${path} (${reader.language}): ${what}`));
    for (const address of addresses.filter((address) => !known.has(address))) {
      known.set(address, path);
      const kind = kindOf(address);
      const count = kinds.get(kind) ?? 0;
      if (count < ADDRESSES_PER_KIND) waiting.push(address);
      kinds.set(kind, count + 1);
    }
  }
  return opened;
}

/**
 * Compares the page that a browser shows with what was sent: `lost` is the first part of its outline that
 * is not there any more. `addresses` are those of the same site in it, without fragments.
 */
function read({ html, from }) {
  const sent = new DOMParser().parseFromString(html, "text/html");
  const outline = (page) =>
    [...page.querySelectorAll("h1, h2, article, form, main a")].map(({ localName, textContent }) =>
      ["article", "a"].includes(localName) ? localName : `${localName} ${textContent}`,
    );
  const [before, after] = [sent, document].map((page) => {
    // A preview is what scripts are for.
    for (const preview of page.querySelectorAll(".preview")) preview.remove();
    return outline(page);
  });
  const lost = before.find((line, at) => line !== after[at]) ?? null;
  const elements = [...sent.querySelectorAll("[href], [src]")];
  const named = elements.map((element) => element.getAttribute("href") ?? element.getAttribute("src"));
  const urls = named.map((address) => new URL(address, from));
  const own = urls.filter(({ origin }) => origin === location.origin);
  return { lost, addresses: [...new Set(own.map(({ pathname, search }) => pathname + search))] };
}
