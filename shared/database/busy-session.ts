import * as z from 'zod';
import { ClientSession } from './end-sessions.ts';

/** A session or a process of the server, as far as deciding about it needs. */
export const BusySession = ClientSession.extend({
  /** Pid 0 stands for all prepared transactions together: PostgreSQL gives no other pid for them. */
  pid: z.int().nonnegative(),
  /** When its process began: the pid alone may meanwhile belong to another. */
  backendStart: z.string(),
  /** Who it is. Only clients may be ended, whatever the policy says. */
  kind: z.enum([
    'client',
    'superuser',
    'recovery',
    'rds',
    'replication',
    'autovacuum',
    'wraparound-vacuum',
    'prepared-transaction',
    'server-process',
  ]),
  /** When its transaction began: by this it is known again; empty without one. */
  transactionStart: z.string(),
  /** Age of its transaction; 0 without one. */
  transactionSeconds: z.number().nonnegative(),
  /** Age of the statement that it runs; 0 when it runs none. */
  querySeconds: z.number().nonnegative(),
  /** For how long it has waited for a lock; 0 when it does not. */
  waitSeconds: z.number().nonnegative(),
  /** Pids that it waits for; 0 is a prepared transaction. */
  blockedBy: z.array(z.int().nonnegative()),
  /** What it runs, or ran last. */
  query: z.string(),
});
export type BusySession = z.infer<typeof BusySession>;
