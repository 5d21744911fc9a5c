// Pure.
import type { Rule } from "../../model/rule.ts";

/** One name, two tables. */
export const nameInTwoDatabases: Rule = {
  code: "name-in-two-databases",
  family: "migrations",
  severity: "info",
  title: "Two databases of the product create a table of the same name",
  why:
    "Some customers keep all databases of a product in one database of PostgreSQL. There the second " +
    "CREATE TABLE fails, or IF NOT EXISTS takes the other's table for its own.",
  recipe: "CREATE TABLE codeintel_uploads (id bigint PRIMARY KEY);",
  bad: "CREATE TABLE users (id bigint PRIMARY KEY); -- in frontend and in codeintel",
  good: "CREATE TABLE codeintel_users (id bigint PRIMARY KEY);",
};
