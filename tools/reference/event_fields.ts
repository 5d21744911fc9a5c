/**
 * The fields of an event as `--json` prints them, computed from its type.
 *
 * @module
 */

/** `batchSize` as `batch_size`. */
type Snake<S extends string> = S extends `${infer First}${infer Rest}`
  ? `${First extends Lowercase<First> ? First : `_${Lowercase<First>}`}${Snake<Rest>}`
  : S;

/** Names that the records of batched migrations have from GitLab. */
interface Renamed {
  readonly id: "batched_background_migration_id";
  readonly name: "job_class_name";
  readonly job: "batched_background_migration_job_id";
}

/** `type` is printed as `event`, and the fields of `step` stand among the others. */
type RunKeys<E> = E extends { readonly step: infer S } ? Exclude<keyof E, "type" | "step"> | keyof S
  : Exclude<keyof E, "type">;

/** A description for each field of an event of a run. */
export type EventFields<E> = {
  readonly [K in RunKeys<E> & string as Snake<K>]: string;
};

/** A description for each field of an event of background work. */
export type BackgroundFields<E> = {
  readonly [
    K in Exclude<keyof E, "type"> & string as K extends keyof Renamed ? Renamed[K] : Snake<K>
  ]: string;
};
