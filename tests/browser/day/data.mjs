// Two-factor sign-in, and what a member takes with them.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { PASSWORD } from "../api.mjs";

const PAGE = "/main/settings/two-factor";

/** The code of a device (RFC 6238) for a time step from now. */
function code(secret, steps = 0) {
  const bits = [...secret.replaceAll(" ", "")].map((letter) =>
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(letter).toString(2).padStart(5, "0"),
  );
  const bytes = bits.join("").match(/.{8}/g).map((byte) => Number.parseInt(byte, 2));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + steps));
  const digest = createHmac("sha1", Buffer.from(bytes)).update(counter).digest();
  const number = digest.readUInt32BE(digest[19] & 15) & 0x7fffffff;
  return String(number % 1_000_000).padStart(6, "0");
}

/** Bytes of a block of a tar archive. */
const BLOCK = 512;

/** The files of a tar archive by name. */
function unpack(archive) {
  const files = new Map();
  const text = (at, length) => archive.toString("utf8", at, at + length).replace(/\0.*/s, "");
  for (let at = 0; text(at, 1) !== ""; ) {
    const [name, size] = [text(at, 100), Number.parseInt(text(at + 124, 12), 8)];
    files.set(name, archive.subarray(at + BLOCK, at + BLOCK + size));
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK;
  }
  return files;
}

/** Waits for something on a page that is loaded again. */
async function until(reader, path, selector) {
  for (let times = 0; times < 60; times += 1) {
    await reader.visit(path);
    if (await reader.count(selector)) return;
    await reader.page.waitForTimeout(500);
  }
  assert.fail(`there is no ${selector} at ${path}`);
}

export const dataSteps = [
  [
    "a device is set up for the sign-in, and its codes are asked for",
    async (day) => {
      const { reader, name, client } = day;
      const browser = await reader();
      await browser.register(name("careful"));
      await browser.visit(PAGE);
      await browser.send('#begin form', { present: PASSWORD });
      const secret = await browser.text("#secret");
      const shown = await browser.page.locator("img.qr").evaluate((img) => img.naturalWidth);
      assert.ok(shown > 100, "the picture is there");
      await browser.send("#confirm form", { code: "000000" }, { status: 403 });
      await browser.send("#confirm form", { code: code(secret) });
      const recovery = (await browser.text("#recovery-codes")).trim().split(/\s+/);
      assert.equal(recovery.length, 10);
      const download = browser.page.waitForEvent("download");
      await browser.page.locator('form[action$="/codes.txt"] button').click();
      const file = readFileSync(await (await download).path(), "utf8");
      assert.ok(recovery.every((text) => file.includes(text)));
      await browser.visit(PAGE);
      assert.equal(await browser.count("#off form"), 1);

      await browser.signOut();
      await browser.signIn(name("careful"));
      assert.ok(!(await browser.isSignedIn()));
      await browser.send("#second-step", { code: "000000" }, { status: 401 });
      await browser.send("#second-step", { code: recovery[0] });
      assert.ok(await browser.isSignedIn());
      await browser.signOut();

      const token = await client.requestToken();
      await browser.visit(`/oauth/authorize?oauth_token=${token}`);
      const oauth = "#oauth-authentication";
      await browser.send(oauth, { username: name("careful"), password: PASSWORD });
      assert.equal(await browser.count("#authorize"), 0);
      await browser.send("#second-step", { code: code(secret, 1) });
      assert.equal(await browser.count("#authorize"), 1);
      await browser.close();
      day.recovery = recovery;
    },
  ],
  [
    "an archive is made, and has what was written",
    async ({ reader, name }) => {
      const browser = await reader();
      await browser.signIn(name("alice"));
      await browser.visit("/main/settings/export");
      await browser.press("#export form button");
      await until(browser, "/main/settings/export", "#archive");
      const download = browser.page.waitForEvent("download");
      await browser.page.locator("#archive").click();
      const files = unpack(gunzipSync(readFileSync(await (await download).path())));
      const read = (file) => files.get(`${name("alice")}/${file}`).toString("utf8");
      assert.equal(JSON.parse(read("profile.json")).preferredUsername, name("alice"));
      assert.match(JSON.stringify(JSON.parse(read("posts.json"))), /Notice me/);
      await browser.close();
    },
  ],
  [
    "who takes their archive deletes their account with password and code, and is gone",
    async ({ reader, name, recovery }) => {
      const nickname = name("careful");
      const browser = await reader();
      await browser.signIn(nickname);
      await browser.send("#second-step", { code: recovery[1] });
      await browser.send("form.composer", { content: "Farewell." });
      await browser.visit("/main/settings/export");
      await browser.press("#export form button");
      await until(browser, "/main/settings/export", "#archive");
      await browser.visit("/main/account");
      await browser.press('main a[href$="/main/account/delete"]');
      const form = { present: PASSWORD, code: "000000" };
      await browser.send("#delete-account", form, { status: 403 });
      assert.ok(await browser.isSignedIn());
      await browser.send("#delete-account", { present: PASSWORD, code: recovery[2] });
      assert.ok(!(await browser.isSignedIn()));
      await browser.visit(`/${nickname}`, { status: 404 });
      await browser.visit("/main/login");
      await browser.send("#signin", { nickname, password: PASSWORD }, { status: 401 });
      await browser.close();
    },
  ],
  [
    "the people of a list are followed",
    async ({ reader, name, person }) => {
      const friend = await person("friend");
      const browser = await reader();
      await browser.register(name("importer"));
      await browser.visit("/main/settings/import");
      const list = `Account address\n${friend.nickname}\nnobody.at.all\n`;
      const file = { name: "f.csv", mimeType: "text/csv", buffer: Buffer.from(list) };
      await browser.page.locator("#file").setInputFiles(file);
      await browser.press("#import form button");
      await until(browser, "/main/settings/import", "#import .rows li");
      assert.match(await browser.text("#import .rows"), /nobody\.at\.all/);
      await browser.visit(`/${name("importer")}/following`);
      assert.match(await browser.text(), new RegExp(friend.nickname));
      await browser.close();
    },
  ],
  [
    "a picture of a person is cut, and a banner stands on top",
    async ({ reader, name, scripts }) => {
      const browser = await reader();
      await browser.register(name("pictured"));
      const picture = "static/mark.png";
      await browser.visit("/main/settings");
      await browser.page.locator("#file").setInputFiles(picture);
      if (scripts) {
        await browser.page.locator("#crop-size").waitFor();
        await browser.page.locator("#crop-size").press("ArrowLeft");
      }
      await browser.press("#avatar .avatar-form button");
      assert.equal(await browser.count("#avatar .removal"), 1);
      await browser.page.locator("#banner-file").setInputFiles(picture);
      await browser.press("#banner form:not(.removal) button");
      await browser.visit(`/${name("pictured")}`);
      assert.equal(await browser.count("img.banner"), 1);
      await browser.visit("/main/settings");
      await browser.press("#banner .removal button");
      assert.equal(await browser.count("img.banner"), 0);
      await browser.close();
    },
  ],
];
