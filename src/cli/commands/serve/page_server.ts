/**
 * Answers requests for the pages and their JSON.
 *
 * @module
 */

import { type AccessRules, formTokenOf, isSame, type Rights } from "../../../page/access.ts";
import { batchedRecord, databaseRecord, logRecord } from "../../../page/api_record.ts";
import {
  BATCHED_LIVE,
  batchedMain,
  batchedStream,
  batchedTitle,
} from "../../../page/batched_page.ts";
import { html } from "../../../page/html.ts";
import { openApi } from "../../../page/open_api.ts";
import {
  databasePanel,
  liveId,
  OVERVIEW_STREAM,
  overviewMain,
} from "../../../page/overview_page.ts";
import { type PageContent, pageDocument } from "../../../page/page_document.ts";
import type { BatchedView, DatabaseView } from "../../../page/page_state.ts";
import { changeForms } from "../../../page/panels/change_forms.ts";
import { batchedPath } from "../../../page/paths.ts";
import { batchedDetailPanel } from "../../../page/panels/batched_detail_panel.ts";
import { logLine } from "../../../page/panels/log_panel.ts";
import { troubleBox } from "../../../page/texts.ts";
import type { Clock } from "../../../runtime/clock.ts";
import type { HttpAnswer, HttpRequest } from "../../../runtime/http_server.ts";
import { VERSION } from "../../../version.ts";
import type { Workspace } from "../../../workspace/workspace.ts";
import { LiveViews, type Panels, serverEvent } from "./live_views.ts";
import { api, HTML, json, jsonFields, NOT_ALLOWED, STALE_FORM } from "./answers.ts";
import type { Finalizer } from "./finalizer.ts";
import { Notices } from "./notices.ts";
import { performChange } from "./page_changes.ts";
import { PageLog } from "./page_log.ts";
import {
  readBatchedView,
  readDatabaseView,
  type ServedDatabase,
  troublesOf,
} from "./read_views.ts";

/** What the pages show. */
export interface PageServerOptions {
  readonly workspace: Pick<Workspace, "target">;
  readonly databases: readonly ServedDatabase[];
  readonly rules: AccessRules;
  readonly finalizer: Finalizer;
  /** The process, for records of changes: `app@host`. */
  readonly server: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

const BATCHED = /^\/databases\/([^/]+)\/batched\/(\d{1,18})(\/events)?$/;
const FORM = /^\/databases\/([^/]+)\/batched\/(\d{1,18})\/change$/;
const API_CHANGE = /^\/api\/v1\/databases\/([^/]+)\/batched-migrations\/(\d{1,18})\/([a-z-]+)$/;
const API_DATABASE = /^\/api\/v1\/databases\/([^/]+)$/;
const API_BATCHED = /^\/api\/v1\/databases\/([^/]+)\/batched-migrations\/(\d{1,18})$/;

/** The pages of one process. */
export class PageServer {
  readonly #options: PageServerOptions;
  readonly #log: PageLog;
  readonly #live: LiveViews;
  readonly #notices = new Notices();

  constructor(options: PageServerOptions) {
    this.#options = options;
    this.#log = new PageLog(options.clock);
    this.#live = new LiveViews(options.clock, options.signal);
  }

  /**
   * Answers a request that may read; undefined for an address where nothing is.
   *
   * @param request A POST comes from a page of this server, or from a program.
   */
  answer(request: HttpRequest, rights: Rights): Promise<HttpAnswer> | undefined {
    if (request.method === "POST") return this.#change(request, rights);
    return this.#look(request, rights);
  }

  async close(): Promise<void> {
    await this.#options.finalizer.close();
    await Promise.all(this.#options.databases.map(({ reader }) => reader.close()));
  }

  #look({ path, query }: HttpRequest, rights: Rights): Promise<HttpAnswer> | undefined {
    switch (path) {
      case "/":
        return this.#overview(rights);
      case OVERVIEW_STREAM:
        return Promise.resolve(this.#overviewStream());
      case "/api/v1/openapi.json":
        return Promise.resolve(json(openApi(VERSION)));
      case "/api/v1/databases":
        return api(async () => ({ databases: (await this.#views()).map(databaseRecord) }));
      case "/api/v1/log":
        return api(async () => {
          await this.#views();
          return { log: this.#log.lines.map(logRecord) };
        });
    }
    const page = BATCHED.exec(path);
    if (page) {
      const [, name, id, events] = page;
      return events
        ? this.#batchedStream(name!, id!)
        : this.#batched({ name: name!, id: id! }, { rights, notice: query.get("notice") });
    }
    const one = API_DATABASE.exec(path);
    if (one) return api(() => this.#databaseJson(one[1]!));
    const batched = API_BATCHED.exec(path);
    if (batched) {
      return api(async () => {
        const view = await this.#batchedView(batched[1]!, batched[2]!);
        return view && batchedRecord(view);
      });
    }
    return undefined;
  }

  /** A form leads back to its page; a program gets JSON. */
  #change(request: HttpRequest, rights: Rights): Promise<HttpAnswer> | undefined {
    const form = FORM.exec(request.path);
    const call = API_CHANGE.exec(request.path);
    const [, name, id, change] = form ?? call ?? [];
    const database = name === undefined ? undefined : this.#database(name);
    if (database === undefined || id === undefined) return undefined;
    if (rights.changes !== "open") {
      return Promise.resolve(json(NOT_ALLOWED[rights.changes], 403));
    }
    const { token } = this.#options.rules;
    const perform = async (fields: ReadonlyMap<string, string>) => {
      const { server, finalizer } = this.#options;
      const text = await performChange(database, {
        id,
        fields,
        server,
        finalize: (snapshot, by) => finalizer.begin(database, { snapshot, by, log: this.#log }),
      });
      this.#log.add({ at: this.#now(), database: database.name, text, level: "info" });
      return text;
    };
    if (call) {
      return api(async () => ({
        text: await perform(new Map([...jsonFields(request.body), ["change", change!]])),
      }));
    }
    const fields = new Map(new URLSearchParams(request.body));
    if (!isSame(fields.get("form_token") ?? "", formTokenOf(token!))) {
      return Promise.resolve(json(STALE_FORM, 403));
    }
    return this.#afterForm({ database: database.name, id }, perform(fields));
  }

  /** Leads back to the page, which shows what was done, or why not. */
  async #afterForm(
    at: { readonly database: string; readonly id: string },
    changing: Promise<string>,
  ): Promise<HttpAnswer> {
    const notice = await changing.then(
      (text) =>
        html`
          <div class="done">
            <p>${text}</p>
          </div>
        `,
      (error: unknown) => html`${troublesOf(error).map(troubleBox)}`,
    );
    const number = this.#notices.keep(notice);
    const location = `${batchedPath(at.database, at.id)}?notice=${number}`;
    return { status: 303, body: "", headers: { location } };
  }

  /** Every database at once; a silent one keeps no other. */
  async #views(): Promise<readonly DatabaseView[]> {
    const { databases, workspace } = this.#options;
    return await Promise.all(databases.map(async (database) => {
      const view = await readDatabaseView(workspace, database);
      await this.#log.look(database, view);
      return view;
    }));
  }

  async #overview(rights: Rights): Promise<HttpAnswer> {
    const views = await this.#views();
    return this.#page(200, rights, {
      title: "Migrations",
      main: overviewMain(views, { log: this.#log.lines }),
      stream: OVERVIEW_STREAM,
    });
  }

  #overviewStream(): HttpAnswer {
    const read = async (): Promise<Panels> =>
      new Map(
        (await this.#views()).map((view) => [
          liveId(view.name),
          String(databasePanel(view, { isLinked: true })),
        ]),
      );
    return this.#live.stream(OVERVIEW_STREAM, read, (sink) => {
      const end = this.#log.listen((line) =>
        sink.send(serverEvent("log", { ...logRecord(line), html: String(logLine(line)) }))
      );
      sink.closed.addEventListener("abort", end, { once: true });
    });
  }

  async #batched(
    { name, id }: { readonly name: string; readonly id: string },
    { rights, notice }: { readonly rights: Rights; readonly notice: string | null },
  ): Promise<HttpAnswer> {
    try {
      const view = await this.#batchedView(name, id);
      if (view === undefined) return this.#page(404, rights, MISSING);
      const { token } = this.#options.rules;
      const forms = rights.changes === "open" && token !== undefined
        ? changeForms({ ...view, formToken: formTokenOf(token) })
        : undefined;
      return this.#page(200, rights, {
        title: batchedTitle(view),
        main: html`${this.#notices.find(notice)}${batchedMain(view, forms)}`,
        stream: batchedStream(view),
      });
    } catch (error) {
      const main = html`${troublesOf(error).map(troubleBox)}`;
      return this.#page(503, rights, { title: "It could not be read", main });
    }
  }

  async #batchedStream(name: string, id: string): Promise<HttpAnswer> {
    const database = this.#database(name);
    if (database === undefined) return await Promise.resolve({ status: 404, body: "" });
    const read = async (): Promise<Panels> => {
      const view = await readBatchedView(database, id).catch(troublesOf);
      if (view === undefined) return new Map();
      const panel = "snapshot" in view ? batchedDetailPanel(view) : html`${view.map(troubleBox)}`;
      return new Map([[BATCHED_LIVE, String(panel)]]);
    };
    return this.#live.stream(`${name}/${id}`, read);
  }

  #database(encoded: string): ServedDatabase | undefined {
    const name = decoded(encoded);
    return this.#options.databases.find((one) => one.name === name);
  }

  async #batchedView(name: string, id: string): Promise<BatchedView | undefined> {
    const database = this.#database(name);
    return database && await readBatchedView(database, id);
  }

  async #databaseJson(name: string) {
    const database = this.#database(name);
    return database && databaseRecord(await readDatabaseView(this.#options.workspace, database));
  }

  #now(): string {
    return new Date(this.#options.clock.now()).toISOString();
  }

  #page(status: number, { changes }: Rights, content: PageContent): HttpAnswer {
    const databases = this.#options.databases.map(({ name }) => name);
    const frame = { version: VERSION, at: this.#now(), databases, changes };
    return { status, body: pageDocument(frame, content), type: HTML };
  }
}

const MISSING: PageContent = {
  title: "There is nothing here",
  main: html`<p><a href="/">All databases</a></p>`,
};

/** Empty for what is not percent-encoded text: no database has this name. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return "";
  }
}
