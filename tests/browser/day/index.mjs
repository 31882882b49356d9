// A day in the browser: lists of steps, each a sentence with what it does.
import { accountSteps } from "./account.mjs";
import { applicationSteps } from "./applications.mjs";
import { collectionSteps } from "./collections.mjs";
import { dataSteps } from "./data.mjs";
import { elsewhereSteps } from "./elsewhere.mjs";
import { failureSteps } from "./failures.mjs";
import { readingSteps } from "./reading.mjs";
import { relationSteps } from "./relations.mjs";
import { socialSteps } from "./social.mjs";
import { staffSteps } from "./staff.mjs";
import { writingSteps } from "./writing.mjs";

export const steps = [
  ...accountSteps,
  ...readingSteps,
  ...socialSteps,
  ...writingSteps,
  ...elsewhereSteps,
  ...relationSteps,
  ...failureSteps,
  ...applicationSteps,
  ...collectionSteps,
  ...dataSteps,
  ...staffSteps,
];
