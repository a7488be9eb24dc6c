import * as z from 'zod';
import { Timestamp } from '../lambda/timestamp.ts';
import type { RestorableDatabase, RestoreWindow } from './restorable-database.ts';

/** What the procedure needs to know of a database; small enough to travel in the state of an execution. */
export const DatabaseInstance = z.object({
  identifier: z.string().min(1).max(63),
  /** Stays with the data through every rename. */
  resourceId: z.string().min(1),
  /** RDS status, e.g. `available`. */
  status: z.string(),
  /** Null while RDS has no endpoint for it yet. */
  host: z.string().nullable(),
  port: z.int().positive().nullable(),
  engineVersion: z.string(),
  latestRestorableTime: Timestamp.nullable(),
  earliestRestorableTime: Timestamp.nullable(),
});
export type DatabaseInstance = z.infer<typeof DatabaseInstance>;

/** What the procedure passes on of a database. */
export function summarizeDatabase(database: RestorableDatabase, window?: RestoreWindow): DatabaseInstance {
  const { identifier, resourceId, status, endpoint, engineVersion, latestRestorableTime } = database;
  return {
    identifier,
    resourceId,
    status,
    host: endpoint?.host ?? null,
    port: endpoint?.port ?? null,
    engineVersion,
    latestRestorableTime: latestRestorableTime ?? window?.latest ?? null,
    earliestRestorableTime: window?.earliest ?? null,
  };
}
