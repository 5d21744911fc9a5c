// Pure.
/**
 * The statement that ends a script.
 *
 * @module
 */

/** A statement that fails with a message. Where PL/pgSQL was dropped, that is the error. */
export function raiseStatement(what: string): string {
  return `DO LANGUAGE plpgsql $stop$BEGIN
RAISE EXCEPTION 'migrator: ${what}' USING HINT = 'The lines above say why, and what to do.';
END$stop$;`;
}
