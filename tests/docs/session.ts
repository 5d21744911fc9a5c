/**
 * Sessions of the documentation: what is typed at a prompt, and what is answered.
 *
 * ````
 * ```sql migrations/shop/1_init/up.sql
 * CREATE TABLE customers (id bigint);
 * ```
 *
 * ```console
 * $ migrator up --dry-run
 * shop: 1 migration would be applied
 * ...
 * $ migrator describe 2    # exit 2
 * ```
 * ````
 *
 * All sessions of one page are one: they run from top to bottom in one folder, with one new database in
 * DATABASE_URL, which pages call postgres://you@localhost/shop. A snippet that names a file is written
 * there when it is met, and ```` ```sql run ```` is run in the database. An answer is what a
 * terminal shows, standard error and standard output one after the other; `...` stands for any number
 * of lines. What differs from run to run (`lasting`) is not compared.
 *
 * @module
 */

import { spawn } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import process from "node:process";
import { lasting } from "../cli/transcript.ts";
import type { Server, TestRow } from "../support/cluster.ts";
import { commandLine, denoDirectory } from "../support/command.ts";
import type { DocumentationPage } from "../support/documentation.ts";

/** What pages call the server. */
const SERVER = "postgres://you@localhost/shop";

/** One line after a prompt. */
export interface Step {
  readonly typed: string;
  /** As `# exit 7` behind it says; otherwise 0. */
  readonly status: number;
  readonly answer: readonly string[];
}

/** What a session holds. */
export function stepsOf(session: string): readonly Step[] {
  const steps: { typed: string; status: number; answer: string[] }[] = [];
  for (const line of session.trimEnd().split("\n")) {
    if (line.startsWith("$ ")) {
      const [, typed = "", status = "0"] = /^\$ (.*?)(?:\s+# exit (\d+))?$/.exec(line) ?? [];
      steps.push({ typed, status: Number(status), answer: [] });
    } else if (steps.length === 0) throw new Error(`A session begins with "$ ", not with: ${line}`);
    else steps.at(-1)!.answer.push(line);
  }
  return steps;
}

/** Whether the lines answer, where `...` is any number of them. */
export function isAnswer(lines: readonly string[], expected: readonly string[]): boolean {
  const [first, ...rest] = expected;
  if (first === undefined) return lines.length === 0;
  if (first !== "...") return lines[0] === first && isAnswer(lines.slice(1), rest);
  return Array.from({ length: lines.length + 1 }, (_, skipped) => lines.slice(skipped))
    .some((left) => isAnswer(left, rest));
}

/** A folder and a database in which the sessions of one page run. */
export class Session {
  readonly directory = fs.mkdtempSync(path.join(os.tmpdir(), "migrator-session-"));
  readonly server: Server;
  readonly database: string;

  private constructor(server: Server, database: string) {
    this.server = server;
    this.database = database;
    const bin = path.join(this.directory, ".bin");
    fs.mkdirSync(bin);
    const words = commandLine().map((word) => `'${word}'`).join(" ");
    fs.writeFileSync(path.join(bin, "migrator"), `#!/bin/sh\nexec ${words} "$@"\n`, {
      mode: 0o755,
    });
  }

  static async begin(server: Server): Promise<Session> {
    return new Session(server, await server.createDatabase());
  }

  write(name: string, text: string): void {
    const file = path.join(this.directory, name);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, text);
  }

  /** The rows that the last statement gives, in the database of DATABASE_URL. */
  sql(text: string): Promise<TestRow[]> {
    return this.server.sql(this.database, text);
  }

  /** Runs what was typed; the ways in which a terminal may show its two streams. */
  async type(typed: string): Promise<{ status: number | null; shown: readonly string[] }> {
    const child = spawn("/bin/sh", ["-c", typed], {
      cwd: this.directory,
      env: {
        PATH: `${this.directory}/.bin:${process.env["PATH"] ?? "/usr/bin:/bin"}`,
        HOME: this.directory,
        TMPDIR: os.tmpdir(),
        DENO_DIR: denoDirectory(),
        DATABASE_URL: this.server.url(this.database),
        NO_COLOR: "1",
        EDITOR: "true",
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const texts = { stdout: "", stderr: "" };
    for (const stream of ["stdout", "stderr"] as const) {
      child[stream].setEncoding("utf8").on("data", (chunk: string) => texts[stream] += chunk);
    }
    const [status] = await once(child, "close");
    const { stdout, stderr } = texts;
    return { status, shown: [stderr + stdout, stdout + stderr].map((text) => this.#plain(text)) };
  }

  /**
   * Runs a page from top to bottom.
   *
   * @param done Called after each command.
   * @returns What was answered otherwise than the page says.
   */
  async replay(
    { path: name, blocks }: DocumentationPage,
    done: (typed: string) => Promise<void> = async () => {},
  ): Promise<readonly string[]> {
    const problems: string[] = [];
    for (const { language, about, text, line } of blocks) {
      if (language !== "console") {
        if (/^[\w./-]+\.(sql|yaml)$/.test(about)) this.write(about, text);
        if (about === "run") await this.sql(text);
        continue;
      }
      for (const { typed, status, answer } of stepsOf(text)) {
        const found = await this.type(typed);
        await done(typed);
        const expected = this.#plain(answer.join("\n")).split("\n").filter((one) => one !== "");
        const lines = found.shown.map((one) => one.split("\n").filter((each) => each !== ""));
        if (found.status === status && lines.some((one) => isAnswer(one, expected))) continue;
        problems.push(`${name}:${line}: $ ${typed}: exit ${found.status}\n${found.shown[0]}`);
      }
    }
    return problems;
  }

  end(): void {
    fs.rmSync(this.directory, { recursive: true });
  }

  #plain(text: string): string {
    const [label = ""] = this.server.url(this.database).split("?");
    return lasting(text.replaceAll(SERVER, label), label).replaceAll(this.directory, "<folder>")
      .replaceAll(/ +$/gm, "");
  }
}
