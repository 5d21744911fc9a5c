// Pure.
/**
 * The JSON API in OpenAPI 3.1. `tests/page/api_test.ts` checks the answers against it.
 *
 * @module
 */

import { batchedSchema, databaseSchema, logSchema, troubleSchema } from "./open_api_schemas.ts";
import { CHANGES, SETTINGS } from "./panels/change_forms.ts";

/** @param version The program's version. */
export function openApi(version: string) {
  const database = parameter("database", "The name of a database of the product.", "string");
  const id = parameter("id", "The id of a batched migration.", "string");
  const refused = { default: answer("Why it was refused, or could not be read.", ref("Trouble")) };
  return {
    openapi: "3.1.0",
    info: {
      title: "migrator",
      version,
      description: "The state of the databases, their migrations and their batched migrations.",
    },
    paths: {
      "/api/v1/databases": {
        get: {
          summary: "All databases",
          responses: {
            200: answer(
              "Each with its migrations and batched migrations.",
              object({ databases: { type: "array", items: ref("Database") } }),
            ),
            ...refused,
          },
        },
      },
      "/api/v1/databases/{database}": {
        get: {
          summary: "One database",
          parameters: [database],
          responses: { 200: answer("The database.", ref("Database")), ...refused },
        },
      },
      "/api/v1/databases/{database}/batched-migrations/{id}": {
        get: {
          summary: "One batched migration in detail",
          parameters: [database, id],
          responses: { 200: answer("The batched migration.", ref("BatchedMigration")), ...refused },
        },
      },
      "/api/v1/databases/{database}/batched-migrations/{id}/{change}": {
        post: {
          summary: "Change a batched migration, with --allow-changes",
          security: [{ token: [] }],
          parameters: [database, id, {
            ...parameter("change", "What to do.", "string"),
            schema: { type: "string", enum: CHANGES },
          }],
          requestBody: {
            required: true,
            content: {
              "application/json": {
                schema: {
                  type: "object",
                  required: ["who", "reason"],
                  properties: {
                    who: { type: "string", description: "Your name." },
                    reason: { type: "string", description: "Why." },
                    rows: {
                      type: "array",
                      items: { type: "string" },
                      description: "Numbers of quarantined rows, or `all`; dropping needs them.",
                    },
                    ...settingProperties(),
                  },
                },
              },
            },
          },
          responses: {
            200: answer("What was done.", object({ text: { type: "string" } })),
            ...refused,
          },
        },
      },
      "/api/v1/log": {
        get: {
          summary: "The newest lines of the log",
          responses: {
            200: answer(
              "The oldest first.",
              object({ log: { type: "array", items: ref("LogLine") } }),
            ),
            ...refused,
          },
        },
      },
      "/events": {
        get: {
          summary: "Lines of the log as they happen, and panels of the page",
          description: "Server-sent events. `log` has a line as JSON, with its HTML in `html`.",
          responses: {
            200: {
              description: "A stream that does not end.",
              content: { "text/event-stream": { schema: { type: "string" } } },
            },
          },
        },
      },
    },
    components: {
      securitySchemes: { token: { type: "http", scheme: "bearer" } },
      schemas: {
        Trouble: troubleSchema,
        Database: databaseSchema,
        BatchedMigration: batchedSchema,
        LogLine: logSchema,
      },
    },
  };
}

function settingProperties() {
  return Object.fromEntries(
    Object.entries(SETTINGS).map(([name, { label, example }]) => [
      name,
      { type: "string", description: label, examples: [example] },
    ]),
  );
}

function parameter(name: string, description: string, type: string) {
  return { name, in: "path", required: true, description, schema: { type } };
}

function answer(description: string, schema: unknown) {
  return { description, content: { "application/json": { schema } } };
}

function ref(name: string) {
  return { $ref: `#/components/schemas/${name}` };
}

function object(properties: Readonly<Record<string, unknown>>) {
  return { type: "object", required: Object.keys(properties), properties };
}
