/**
 * What tests of our tables share: roles, and functions that tell as whom they ran.
 *
 * @module
 */

import type { Server } from "../../support/cluster.ts";

/** A function that tells as whom it ran, and one that does so only when that is somebody else. */
export const EVIL = `CREATE FUNCTION public.evil() RETURNS bigint IMMUTABLE LANGUAGE plpgsql AS
  $$ BEGIN RAISE EXCEPTION 'evil ran as %', CURRENT_USER; END $$;
  CREATE FUNCTION public.sleeper() RETURNS bigint IMMUTABLE LANGUAGE plpgsql AS
  $$ BEGIN IF CURRENT_USER !~ '^thief' THEN PERFORM public.evil(); END IF; RETURN 1; END $$;`;

/** Runs it from a trigger. */
export const TRIGGER = `CREATE FUNCTION public.evil_trigger() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN PERFORM public.evil(); RETURN NEW; END $$;`;

/** A role with the usual rights in a database; its URL. */
export async function asRole(server: Server, postgres: string, role: string): Promise<string> {
  await server.sql(
    postgres,
    `DO $$ BEGIN CREATE ROLE ${role} LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
    GRANT CREATE ON DATABASE ${postgres} TO ${role}; GRANT ALL ON SCHEMA public TO ${role};`,
  );
  return server.url(postgres).replace("postgres@", `${role}@`);
}
