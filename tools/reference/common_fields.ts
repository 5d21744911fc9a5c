// Pure.
/**
 * Fields that many records have.
 *
 * @module
 */

/** Which of the product's databases. */
export const DATABASE = "string: The database of the product.";
/** An address. */
export const SERVER = "string: Where the server is, without the password.";
/** Which migration. */
export const VERSION = "string: The version of the migration.";
/** What people call it. */
export const NAME = "string: Its name.";
