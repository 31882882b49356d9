// Fedify, which `run` installs into a folder of the target directory.
import { createRequire } from "node:module";

const require = createRequire(`${process.env.FEDIVERSE_MODULES}/package.json`);

export const fedify = require("@fedify/fedify");
export const vocab = require("@fedify/fedify/vocab");
