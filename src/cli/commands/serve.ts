/**
 * `serve`
 *
 * @module
 */

import { type Command, Option } from "commander";
import { systemClock } from "../../runtime/clock.ts";
import type { GlobalOptions, Invocation } from "../invocation/invocation.ts";
import { type ListenAddress, listenAddress } from "../invocation/listen_address.ts";
import { GROUPS, type StartInvocation, withExamples, withServer } from "../invocation/options.ts";

interface ServeOptions extends GlobalOptions {
  readonly listen: ListenAddress;
  readonly allowHost?: readonly string[];
  readonly allowChanges?: boolean;
  readonly tokenFile?: string;
}

const DEFAULT: ListenAddress = { host: "127.0.0.1", port: 7766 };

/** Shows the state of all databases as a page. */
export function serveCommand(program: Command, begin: StartInvocation): void {
  const command = program.command("serve").helpGroup(GROUPS.inspect)
    .summary("show the state of all databases as a web page")
    .description(
      "Serves a page for a browser: each database with its applied, pending and dirty " +
        "migrations and their graph, its batched migrations with progress and what keeps " +
        "them, and the log as it happens; the same as JSON under /api/v1. The page needs no " +
        "other network. It changes nothing without --allow-changes. It runs until Ctrl-C.",
    )
    .addOption(
      new Option("--listen <host:port>", "where to listen; :7766 listens on all addresses")
        .argParser(listenAddress).default(DEFAULT, "127.0.0.1:7766"),
    )
    .option(
      "--allow-changes",
      "let who has the token pause, resume, retry, set and finalize batched migrations",
    )
    .option(
      "--token-file <file>",
      "a file with the token (default: MIGRATOR_PAGE_TOKEN, else a new one, which is printed)",
    )
    .addOption(
      new Option(
        "--allow-host <name>",
        "a host name under which a proxy reaches this server; may be repeated",
      ).argParser((name: string, before: readonly string[] = []) => [...before, name]),
    );
  withExamples(
    withServer(command),
    "migrator serve",
    "migrator serve --allow-changes",
    "migrator serve --listen :7766 --db frontend",
  ).action(async (options: ServeOptions) => await serve(begin(options), options));
}

async function serve(
  invocation: Invocation,
  { listen, allowHost = [], allowChanges = false, tokenFile }: ServeOptions,
): Promise<void> {
  const { output, signal, environment } = invocation;
  const { listenAt } = await import("./serve/listen_at.ts");
  const { isLoopback, pageServerOf } = await import("./serve/page_server_of.ts");
  const { givenToken, newToken } = await import("./serve/page_token.ts");
  const isTokenNeeded = allowChanges || !isLoopback(listen);
  const token = await givenToken({ file: tokenFile, environment }) ??
    (isTokenNeeded ? newToken() : undefined);
  const pages = await pageServerOf(invocation, {
    listen,
    hosts: allowHost,
    token: token?.token,
    allowsChanges: allowChanges,
    clock: systemClock,
  });
  const server = await listenAt(listen, (request) => pages.answer(request), { takesPost: true });
  // Once, and nowhere else: who has it may use the page.
  const query = token?.isNew ? `sign-in?token=${token.token}` : "";
  output.print(`the page is at http://${server.address}/${query}`);
  output.record({
    event: "listening",
    address: server.address,
    token: token?.isNew ? token.token : null,
  });
  try {
    await stopped(signal);
  } finally {
    await server.close();
    await pages.close();
  }
  signal.throwIfAborted();
}

function stopped(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
