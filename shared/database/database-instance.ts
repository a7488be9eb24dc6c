import * as z from 'zod';
import { Timestamp } from '../lambda/timestamp.ts';

/** What the procedure needs to know of an RDS instance; small enough to travel in the state of an execution. */
export const DatabaseInstance = z.object({
  identifier: z.string().min(1).max(63),
  /** `DbiResourceId`: stays with the data through every rename. */
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
