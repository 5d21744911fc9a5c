/**
 * Destinations of archives: a directory, or the standard input of a command.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { join, resolve } from "node:path";
import { Failure } from "../../failure.ts";
import { startCommand } from "../../runtime/command_input.ts";
import { isDirectory } from "../../runtime/files.ts";
import { beginFile } from "../../runtime/new_file.ts";
import { readLines } from "../../runtime/read_lines.ts";
import type { StoredArchive } from "./archive_format.ts";
import { archivePlace, parseCommandWords, withName } from "./command_words.ts";

/** A destination of archives. */
export interface Destination {
  /**
   * @param mark Letters and digits, unique among the writers of that name.
   * @throws {Failure} `background/archive`.
   */
  begin(name: string, mark: string): Promise<ArchiveWriter>;
}

/** An archive that is being written. */
export interface ArchiveWriter {
  write(text: string): Promise<void>;
  /**
   * The archive is stored durably when this returns.
   *
   * @throws {Failure} `background/archive`, `background/archive-exists`: nothing may be deleted.
   */
  commit(): Promise<WrittenArchive>;
  /** Removes what was written, if that is possible. */
  discard(): Promise<void>;
}

/** A stored archive. */
export type WrittenArchive = Required<Pick<StoredArchive, "place" | "sha256" | "bytes">>;

/** Computes the size and the SHA-256 of what is written. */
class Digest {
  readonly #hash = createHash("sha256");
  #bytes = 0;

  add(text: string): void {
    this.#hash.update(text);
    this.#bytes += new TextEncoder().encode(text).length;
  }

  end() {
    return { sha256: this.#hash.digest("hex"), bytes: this.#bytes };
  }
}

/**
 * A directory. Each archive is a file, which is synced to disk before it gets its name and never
 * overwritten.
 *
 * @throws {Failure} `background/archive`: the directory does not exist.
 */
export async function directoryDestination(path: string): Promise<Destination> {
  const directory = resolve(path);
  if (!await isDirectory(directory)) {
    throw new Failure("background/archive", `There is no directory ${directory} for archives.`, {
      hint: `mkdir -p ${path}, or mount what should be there`,
      facts: { directory },
    });
  }
  return {
    async begin(name, mark) {
      const file = join(directory, name);
      const writing = await beginFile(file, mark).catch(cannotWrite(file));
      const digest = new Digest();
      return {
        async write(text) {
          digest.add(text);
          await writing.write(text).catch(cannotWrite(file));
        },
        async commit() {
          const { sha256, bytes } = digest.end();
          const end = await writing.commit().catch(cannotWrite(file));
          // A file with the same bytes is from a janitor that crashed before it recorded it.
          if (end === "exists" && await readLines(file, () => {}) !== sha256) throw exists(file);
          return { place: file, sha256, bytes };
        },
        discard: () => writing.discard(),
      };
    },
  };
}

function cannotWrite(file: string) {
  return (error: unknown): never => {
    const { message } = error as Error;
    throw new Failure(
      "background/archive",
      `The archive ${file} could not be written: ${message}`,
      {
        hint: "Nothing was deleted. See to the directory, then run the same again",
        facts: { file },
        cause: error,
      },
    );
  };
}

function exists(file: string): Failure {
  return new Failure(
    "background/archive-exists",
    `There is another archive ${file} already: of another server, perhaps.`,
    { hint: "Nothing was deleted. Give each server a directory of its own", facts: { file } },
  );
}

/** The last lines of standard error that the message about a failed command quotes. */
const QUOTED = 5;

/**
 * A command that reads the archive from its standard input. Exit status 0 means that it is stored.
 *
 * @param onError Called with each line of its standard error.
 * @throws {Failure} `usage/archive-command`.
 */
export function commandDestination(
  command: string,
  onError: (line: string) => void,
): Destination {
  const words = parseCommandWords(command);
  return {
    begin(name) {
      const said: string[] = [];
      const running = startCommand(withName(words, name), (line) => {
        said.push(line);
        onError(line);
      });
      const digest = new Digest();
      return Promise.resolve({
        async write(text: string) {
          digest.add(text);
          await running.write(text);
        },
        async commit() {
          const { status, says } = await running.finish();
          if (status === 0) return { place: archivePlace(words, name), ...digest.end() };
          throw new Failure(
            "background/archive",
            `The archive's command ${words[0]} did not keep ${name}: ${says}` +
              (said.length === 0 ? "." : `:\n${said.slice(-QUOTED).join("\n")}`),
            {
              hint: "Nothing was deleted. See to the command, then run the same again",
              facts: { name, status: status ?? null },
            },
          );
        },
        discard: () => Promise.resolve(running.kill()),
      });
    },
  };
}
