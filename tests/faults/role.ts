/**
 * Subjects whose migrations a role runs that is no superuser.
 *
 * @module
 */

import type { Subject } from "./oracle.ts";

/** The role that owns a subject's database. */
export function roleOf(database: string): string {
  return `postgres_${database}`;
}

/** The same subject, owned by a role that is no superuser and runs the migrations. */
export async function ownedByRole(subject: Subject): Promise<Subject> {
  const { server, database, expected } = subject;
  const role = roleOf(database);
  await server.sql(
    "postgres",
    `CREATE ROLE ${role} LOGIN; ALTER DATABASE ${database} OWNER TO ${role}`,
  );
  return {
    ...subject,
    url: server.url(database).replace("postgres@", `${role}@`),
    expected: expected.split("\n").map((line) =>
      /^(grant )?schema /.test(line) ? line : line.replaceAll(/\bpostgres\b/g, role)
    ).join("\n"),
  };
}
