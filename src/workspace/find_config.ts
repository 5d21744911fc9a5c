/**
 * Finds the settings file of this invocation.
 *
 * @module
 */

import { Failure } from "../failure.ts";
import { CONFIG_FILE, type ConfigText, EMPTY_CONFIG } from "../config/config_file.ts";
import { isDirectory, permissions, readText } from "../runtime/files.ts";

/** A common misspelling of the file name. */
const MISSPELLED = "migrator.yml";

/** A settings file on disk. */
export interface ConfigLocation {
  readonly project: ConfigText;
  /** The text of the file, including comments. */
  readonly content: string;
}

/**
 * Returns the named file, else what the executable carries, else `./migrator.yaml`, else undefined.
 * A bundled executable that carries no settings has none: a file in the current directory is not
 * its own.
 *
 * @throws {Failure | Failures} `settings/*`.
 */
export async function findConfig(
  { config, carried, warn }: {
    readonly config: string | undefined;
    readonly carried: ConfigText | undefined;
    readonly warn: (message: string) => void;
  },
): Promise<ConfigText> {
  if (config === undefined && carried !== undefined) {
    if (await permissions(CONFIG_FILE) !== undefined) {
      warn(
        `using the settings carried inside; those in ./${CONFIG_FILE} are not looked at without ` +
          `--config ${CONFIG_FILE}`,
      );
    }
    return carried;
  }
  const file = await readConfigFile(config);
  if (file === undefined) {
    if (await permissions(MISSPELLED) !== undefined) {
      warn(`./${MISSPELLED} is not looked at: the name is ${CONFIG_FILE}`);
    }
    return EMPTY_CONFIG;
  }
  const { project } = file;
  const { passwordsIn } = await import("../config/passwords.ts");
  for (const name of passwordsIn(project)) {
    warn(
      `${name} in ${project.file} holds a password. Leave it out: <NAME>_PGPASSWORD, ` +
        "PGPASSWORD and the pass file are asked for it",
    );
  }
  return project;
}

/**
 * Reads the named file, or `./migrator.yaml`.
 *
 * @returns Undefined when no file was named and `./migrator.yaml` does not exist.
 * @throws {Failure | Failures} `settings/no-config-file`, and what `readConfig` throws.
 */
export async function readConfigFile(
  config: string | undefined,
): Promise<ConfigLocation | undefined> {
  const file = config ?? CONFIG_FILE;
  const content = await isDirectory(file) ? undefined : await readText(file);
  if (content === undefined) {
    if (config === undefined && await permissions(file) === undefined) return undefined;
    throw new Failure("settings/no-config-file", `${file} is no file that can be read.`, {
      hint: `Name a settings file: --config path/to/${CONFIG_FILE}`,
    });
  }
  const { readConfig } = await import("../config/read_config.ts");
  return { project: readConfig(content, file), content };
}
