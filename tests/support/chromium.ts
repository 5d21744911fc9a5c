/**
 * Chromium, where it is installed: looks at pages on disk, without a window and without a network.
 *
 * @module
 */

import { spawnSync } from "node:child_process";
import * as fs from "node:fs/promises";

/** The program's name; undefined where there is none. */
export const chromium: string | undefined = ["chromium", "chromium-browser", "google-chrome"]
  .find((name) => spawnSync(name, ["--version"]).status === 0);

/**
 * Opens a copy of a page, runs a script in it, and gives what that leaves in `document.title`.
 *
 * @param folder Where the copy and the profile are kept.
 */
export async function askPage(
  page: string,
  { script, folder }: { readonly script: string; readonly folder: string },
): Promise<string> {
  const copy = `${folder}/asked.html`;
  await fs.writeFile(copy, page.replace("</body>", `<script>${script}</script></body>`));
  const { stdout, stderr } = spawnSync(
    chromium!,
    [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--window-size=1400,1000",
      "--virtual-time-budget=5000",
      `--user-data-dir=${folder}/profile`,
      "--dump-dom",
      `file://${copy}`,
    ],
    { encoding: "utf8", maxBuffer: 2 ** 28, timeout: 120_000 },
  );
  const title = /<title>([^<]*)<\/title>/.exec(stdout)?.[1];
  if (title === undefined) throw new Error(`chromium has shown nothing: ${stderr}`);
  return title.replaceAll("&amp;", "&").replaceAll("&lt;", "<").replaceAll("&gt;", ">");
}
