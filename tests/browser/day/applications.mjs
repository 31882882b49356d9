// Applications that ask to be let in.
import assert from "node:assert/strict";
import { PASSWORD } from "../api.mjs";

export const applicationSteps = [
  [
    "an application is let in",
    async ({ reader, client, name }) => {
      const browser = await reader();
      const token = await client.requestToken();
      await browser.visit(`/oauth/authorize?oauth_token=${token}`);
      await browser.page.locator("#username").fill(name("alice"));
      await browser.page.locator("#password").fill(PASSWORD);
      await browser.press("#authenticate");
      assert.equal(await browser.count("#authorize"), 1);
      await browser.press("#authorize");
      assert.ok((await browser.text("#verifier")).length > 5);
      await browser.close();
    },
  ],
  [
    "an application is kept out",
    async ({ reader, client, name }) => {
      const browser = await reader();
      const token = await client.requestToken();
      await browser.visit(`/oauth/authorize?oauth_token=${token}`);
      await browser.page.locator("#username").fill(name("alice"));
      await browser.page.locator("#password").fill(PASSWORD);
      await browser.press("#authenticate");
      await browser.press("#deny");
      assert.equal(await browser.count("#verifier"), 0);
      await browser.close();
    },
  ],
];
