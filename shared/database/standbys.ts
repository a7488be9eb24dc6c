import * as z from 'zod';
import { Timestamp } from '../lambda/timestamp.ts';

/** What could take the place of an instance that is down, as RDS shows it. */
export const Standbys = z.object({
  /** RDS keeps a standby in another zone, which has every acknowledged commit. */
  multiAz: z.boolean(),
  /** Zone in which the instance runs; another one after a failover. */
  availabilityZone: z.string(),
  /** Size of its storage; null when RDS does not say. */
  storageGibibytes: z.int().positive().nullable(),
  replicas: z.array(
    z.object({
      identifier: z.string().min(1),
      /** RDS status, e.g. `available`. */
      status: z.string(),
      host: z.string().nullable(),
      port: z.int().positive().nullable(),
    }),
  ),
});
export type Standbys = z.infer<typeof Standbys>;

/** How far a replica has come, by its own word. */
export const ReplicaPosition = z.object({
  identifier: z.string().min(1),
  status: z.string(),
  /** Commit time of the newest transaction that it has replayed: what was committed up to here is on it. Null when it cannot say. */
  replayedUntil: Timestamp.nullable(),
  /** Why it cannot say; null when it can. */
  obstacle: z.string().nullable(),
});
export type ReplicaPosition = z.infer<typeof ReplicaPosition>;
