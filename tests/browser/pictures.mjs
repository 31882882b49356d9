// Pictures of pages, for people to look at.
import { mkdirSync } from "node:fs";
import { join } from "node:path";

const WIDTHS = [360, 768, 1280];
const HEIGHT = 900;

/** Makes pictures of pages, whose paths are given by name, in every width, light and dark. */
export async function takePictures(reader, places, folder) {
  mkdirSync(folder, { recursive: true });
  for (const width of WIDTHS) {
    await reader.page.setViewportSize({ width, height: HEIGHT });
    for (const colorScheme of ["light", "dark"]) {
      await reader.page.emulateMedia({ colorScheme });
      for (const [name, path] of Object.entries(places)) {
        await reader.page.goto(new URL(path, reader.base).href);
        const file = `${name}-${width}-${colorScheme}.png`;
        await reader.page.screenshot({ path: join(folder, file), animations: "disabled" });
      }
    }
  }
}
