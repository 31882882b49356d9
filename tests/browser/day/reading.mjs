// Timelines, permalinks and profiles.
import assert from "node:assert/strict";
import { pathOf } from "../api.mjs";
import { png } from "../picture.mjs";

/** How many comments a long conversation has. */
const COMMENTS = 30;

/** How many notes someone has who writes much; more than a page of a feed. */
const MANY_NOTES = 23;

/** Content as others send it, which must reach no other host and run nowhere. */
const HOSTILE = `<p>Look <img src="https://tracker.example/pixel.png" alt="a pixel" onerror="alert(1)">
<a href="javascript:alert(1)">here</a><script>alert(1)</script></p><p style="color: red">or <b>there</p>`;

export const readingSteps = [
  [
    "others write, comment and follow",
    async (day) => {
      const { person, alice, name } = day;
      day.bob = await person("bob");
      day.carol = await person("carol");
      await alice.signIn(name("alice"));
      day.aliceProfile = { objectType: "person", id: `${day.base}/api/user/${name("alice")}` };
      for (const friend of [day.bob, day.carol]) await friend.about("follow", day.aliceProfile);
      await day.carol.follow(day.bob);
      await day.bob.follow(day.carol);
      day.note = await day.bob.post({ displayName: "The antenna", content: "<p>It is <b>up</b>.</p>" });
      day.picture = await day.carol.picture(png(640, 400), "Evening over the harbour");
      day.hostile = await day.carol.post({ content: HOSTILE });
      await day.bob.post({ content: "For alice alone" }, [day.aliceProfile]);
      for (let number = 1; number <= COMMENTS; number += 1) {
        await (number % 2 ? day.bob : day.carol).comment(day.note, `Comment ${number}.`);
      }
      await day.carol.about("favorite", day.note);
      await day.carol.about("share", day.note);
      await day.bob.about("favorite", day.picture);
      await day.bob.send("PUT", `/api/user/${day.bob.nickname}/profile`, {
        ...day.bob.profile,
        displayName: "Bob <i>Brandt</i>",
        summary: "Radio amateur & <b>gardener</b>",
      });
    },
  ],
  [
    "timelines have what belongs to them",
    async ({ alice }) => {
      await alice.visit("/main/messages");
      assert.match(await alice.text(), /For alice alone/);
      await alice.visit("/main/meanwhile");
      assert.ok((await alice.count(".event")) > 0);
      await alice.visit("/");
      assert.match(await alice.text(), /For alice alone/);
    },
  ],
  [
    "a permalink shows a thing with all comments on it in order, with who likes and shares it",
    async ({ alice, note, carol }) => {
      await alice.visit(pathOf(note));
      const comments = await alice.page.locator("#replies .reply .content").allInnerTexts();
      const expected = Array.from({ length: COMMENTS }, (_, at) => `Comment ${at + 1}.`);
      assert.deepEqual(comments.map((text) => text.trim()), expected);
      const faces = await alice.page.locator(".faces").allInnerTexts();
      assert.equal(faces.length, 2);
      for (const face of faces) assert.ok(face.includes(carol.nickname), face);
    },
  ],
  [
    "a picture is shown with its name, and large when it is pressed",
    async ({ alice, picture, scripts }) => {
      await alice.visit(pathOf(picture));
      const shown = alice.page.locator(".picture img");
      assert.equal(await shown.getAttribute("alt"), "Evening over the harbour");
      if (scripts) {
        await shown.click();
        await alice.page.locator("dialog.lightbox[open] img").waitFor();
        await alice.page.keyboard.press("Escape");
        await alice.page.locator("dialog.lightbox").waitFor({ state: "detached" });
      }
    },
  ],
  [
    "hostile content asks no other host and runs nowhere",
    async ({ alice, hostile }) => {
      await alice.visit(pathOf(hostile));
      assert.match(await alice.text(".content"), /Look/);
      assert.equal(await alice.count('main [onerror], main [style], main a[href^="javascript:"]'), 0);
    },
  ],
  [
    "a profile has a name, an address and words about the person",
    async ({ alice, bob }) => {
      await alice.visit(`/${bob.nickname}`);
      assert.equal(await alice.text("h1"), "Bob Brandt");
      assert.ok((await alice.text(".handle")).startsWith(`${bob.nickname}@`));
      assert.match(await alice.text(), /Radio amateur & gardener/);
      for (const list of ["followers", "following", "favorites"]) {
        await alice.visit(`/${bob.nickname}/${list}`);
        assert.ok((await alice.count("main .empty")) === 0, `${list} is empty`);
      }
    },
  ],
  [
    "the pages of a long feed have everything once",
    async ({ reader, person }) => {
      const writer = await person("writer");
      for (let number = 0; number < MANY_NOTES; number += 1) {
        await writer.post({ content: `Number ${number}.` });
      }
      const stranger = await reader();
      await stranger.visit(`/${writer.nickname}`);
      const seen = [];
      for (;;) {
        seen.push(...(await stranger.page.locator(".post .content").allInnerTexts()));
        if ((await stranger.count('a[rel="next"]')) === 0) break;
        await stranger.press('a[rel="next"]');
      }
      const expected = Array.from({ length: MANY_NOTES }, (_, at) => `Number ${at}.`).reverse();
      assert.deepEqual(seen.map((text) => text.trim()), expected);
      assert.ok((await stranger.count('a[rel="prev"]')) > 0, "there is a way back");
      await stranger.close();
    },
  ],
  [
    "lists of people survive one who is gone",
    async ({ alice, person, carol }) => {
      const leaver = await person("leaver");
      await carol.follow(leaver);
      await leaver.follow(carol);
      await leaver.send("DELETE", `/api/user/${leaver.nickname}`);
      await alice.visit(`/${carol.nickname}/following`);
      assert.match(await alice.text(), /Bob Brandt/);
      await alice.visit(`/${carol.nickname}/followers`);
      assert.match(await alice.text(), /Bob Brandt/);
    },
  ],
];
