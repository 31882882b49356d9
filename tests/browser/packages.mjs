// The packages, which `run` installs into a folder of the target directory.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(`${process.env.BROWSER_MODULES}/package.json`);

export const { chromium } = require("playwright-core");
export const { HtmlValidate } = require("html-validate");
export const axeSource = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
