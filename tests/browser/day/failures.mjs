// Addresses at which there is nothing, or nothing for this reader.
import assert from "node:assert/strict";
import { pathOf } from "../api.mjs";

export const failureSteps = [
  [
    "addresses with nothing there are 404 pages that lead home",
    async ({ alice, reader, bob }) => {
      const stranger = await reader();
      const paths = ["/nobody_at_all", "/main/nothing", "/a/b/c/d", `/${bob.nickname}/note/none`];
      for (const path of paths) {
        for (const someone of [alice, stranger]) {
          await someone.visit(path, { status: 404 });
          assert.equal(await someone.count('main a[href="/"]'), 1, path);
        }
      }
      await stranger.close();
    },
  ],
  [
    "a deleted note is gone",
    async ({ alice, bob }) => {
      const note = await bob.post({ content: "Soon gone." });
      await alice.visit(pathOf(note));
      await bob.about("delete", note);
      await alice.visit(pathOf(note), { status: 410 });
    },
  ],
  [
    "a private note leads strangers to the sign-in, and is refused to other members",
    async ({ alice, reader, bob, carol }) => {
      const secret = await bob.post({ content: "For carol." }, [carol.profile]);
      const path = pathOf(secret);
      const stranger = await reader();
      await stranger.visit(path);
      assert.equal(stranger.path(), `/main/login?continue=${encodeURIComponent(path)}`);
      await stranger.close();
      await alice.visit(path, { status: 403 });
      assert.doesNotMatch(await alice.text("body"), /For carol/);
    },
  ],
];
