/**
 * Where the settings of this invocation are.
 *
 * @module
 */

import { Failure } from "../failure.ts";
import { NO_PROJECT, PROJECT_FILE, type ProjectText } from "../project/project_text.ts";
import { isDirectory, permissions, readText } from "../runtime/files.ts";

/** A name that is easily mistaken for the right one. */
const NEAR = "migrator.yml";

/** A settings file on disk. */
export interface ProjectFile {
  readonly project: ProjectText;
  /** All of it, comments too. */
  readonly content: string;
}

/**
 * The file that was named, else what the executable carries, else `./migrator.yaml`, else nothing. An
 * executable that was bundled carries its settings, be they none: what lies in the folder where it is
 * started is not its own.
 *
 * @throws {Failure | Failures} `settings/*`.
 */
export async function findProject(
  { config, carried, warn }: {
    readonly config: string | undefined;
    readonly carried: ProjectText | undefined;
    readonly warn: (message: string) => void;
  },
): Promise<ProjectText> {
  if (config !== undefined && carried?.entries.length) {
    warn(`using the settings in ${config} instead of those carried inside`);
  }
  if (config === undefined && carried !== undefined) {
    if (await permissions(PROJECT_FILE) !== undefined) {
      warn(
        `using the settings carried inside; those in ./${PROJECT_FILE} are not looked at without ` +
          `--config ${PROJECT_FILE}`,
      );
    }
    return carried;
  }
  const file = await readProjectFile(config);
  if (file === undefined) {
    if (await permissions(NEAR) !== undefined) {
      warn(`./${NEAR} is not looked at: the name is ${PROJECT_FILE}`);
    }
    return NO_PROJECT;
  }
  const { project } = file;
  const { passwordsIn } = await import("../project/passwords.ts");
  for (const name of passwordsIn(project)) {
    warn(
      `${name} in ${project.file} holds a password. Leave it out: <NAME>_PGPASSWORD, ` +
        "PGPASSWORD and the pass file are asked for it",
    );
  }
  return project;
}

/**
 * Reads the file that was named, or `./migrator.yaml`.
 *
 * @returns Undefined when none was named, and none is there.
 * @throws {Failure | Failures} `settings/no-config-file`, and as `readProject`.
 */
export async function readProjectFile(
  config: string | undefined,
): Promise<ProjectFile | undefined> {
  const file = config ?? PROJECT_FILE;
  const content = await isDirectory(file) ? undefined : await readText(file);
  if (content === undefined) {
    if (config === undefined && await permissions(file) === undefined) return undefined;
    throw new Failure("settings/no-config-file", `${file} is no file that can be read.`, {
      hint: `Name a settings file: --config path/to/${PROJECT_FILE}`,
    });
  }
  const { readProject } = await import("../project/read_project.ts");
  return { project: readProject(content, file), content };
}
