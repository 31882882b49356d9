// The checks that every page has to pass, in light and dark.
import { axeSource, HtmlValidate } from "./packages.mjs";

/** Rules of WCAG 2.1 AA, as axe-core tags them. */
const WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"];

/** Rules whose result depends on colours. */
const COLOUR_RULES = ["color-contrast", "link-in-text-block"];

const validator = new HtmlValidate({
  root: true,
  extends: ["html-validate:standard"],
});

/** Texts of people that have lost an address which no page may load, or follow. */
const LOST_ADDRESS = /^<img> is missing required "src"|^"rel" attribute cannot be used on <a>/;

/** The errors in the HTML of a page as it was sent. */
export function validate(html) {
  const { results } = validator.validateStringSync(html);
  const messages = results.flatMap(({ messages }) => messages);
  return messages
    .filter(({ message }) => !LOST_ADDRESS.test(message))
    .map(({ ruleId, message, line, column }) => `HTML ${line}:${column} ${message} (${ruleId})`);
}

/** What is wrong with the page that a browser shows. */
export async function audit(page) {
  const wrong = await page.evaluate(doubleIds);
  await page.evaluate(axeSource);
  for (const [colorScheme, only] of [
    ["light", { type: "tag", values: WCAG }],
    ["dark", { type: "rule", values: COLOUR_RULES }],
  ]) {
    await page.emulateMedia({ colorScheme });
    const violations = await page.evaluate(violationsOf, only);
    wrong.push(...violations.map((violation) => `${colorScheme}: ${violation}`));
  }
  return wrong;
}

function doubleIds() {
  const ids = [...document.querySelectorAll("[id]")].map((element) => element.id);
  return ids.filter((id, at) => ids.indexOf(id) !== at).map((id) => `two elements have the id ${id}`);
}

async function violationsOf(runOnly) {
  const { violations } = await axe.run(document, { runOnly, resultTypes: ["violations"] });
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ html, any }) => `${help} (${id}): ${html.slice(0, 200)} ${any[0]?.message ?? ""}`),
  );
}
