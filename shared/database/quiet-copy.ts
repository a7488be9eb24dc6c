import * as z from 'zod';
import { CopyNotQuiet, StatementFailed } from './errors.ts';
import type { DatabaseSession } from './postgres.ts';

/** Something that runs by itself on a copy from its first moment on. */
export const SelfStarter = z.object({
  /** `subscription`: pulls changes from another database. `job`: of `pg_cron`. */
  kind: z.enum(['subscription', 'job']),
  /** Its name, or in words whose they are. */
  name: z.string(),
  /** `quieted`: switched off. `awake`: could not be switched off. `hidden`: nobody can say whether there are any, or they are on. */
  state: z.enum(['quieted', 'awake', 'hidden']),
});
export type SelfStarter = z.infer<typeof SelfStarter>;

/** No such function or schema, or none that the recovery may call: the platform has not run the present docs/database-user.sql. */
const NOT_PREPARED = new Set(['42883', '3F000', '42501']);

/**
 * Switches off what runs by itself on a copy, and tells all that was switched off in its life. Again is harmless.
 * @param session may write, on the copy and never on the live database.
 * @throws {StatementFailed}
 * @throws {DatabaseUnreachable}
 */
export async function quietCopy(session: DatabaseSession): Promise<SelfStarter[]> {
  try {
    return z
      .array(SelfStarter)
      .parse(
        await session.query(
          'SELECT kind, name, state FROM testudo_recovery.quiet_copy() ORDER BY kind, name',
        ),
      );
  } catch (error) {
    if (!(error instanceof StatementFailed && NOT_PREPARED.has(error.sqlState))) throw error;
    return z.array(SelfStarter).parse(
      await session.query(`
        SELECT 'subscription' AS kind, subname AS name, 'awake' AS state FROM pg_subscription WHERE subenabled
        UNION ALL SELECT 'job', 'of all users', 'hidden' FROM pg_extension WHERE extname = 'pg_cron'
        ORDER BY kind, name`),
    );
  }
}

/** Names of the logical slots of this database. A restore brings none of them back ("Logical replication slots", PostgreSQL). */
export async function logicalSlots(session: DatabaseSession): Promise<string[]> {
  const slots = await session.query<{ name: string }>(`
    SELECT slot_name AS name FROM pg_replication_slots
    WHERE slot_type = 'logical' AND database = current_database() ORDER BY slot_name`);
  return slots.map(({ name }) => name);
}

/**
 * A subscription that goes on takes changes that belong to another database, and writes them into a copy that is being proven. A job
 * runs as it did on the source; what it does to critical tables, the proof of the data sees.
 * @throws {CopyNotQuiet} naming every subscription that is still on.
 */
export function requireQuiet(identifier: string, found: readonly SelfStarter[]): void {
  const awake = found.filter(({ kind, state }) => kind === 'subscription' && state === 'awake');
  if (awake.length === 0) return;
  const names = awake.map(({ name }) => name).join(', ');
  throw new CopyNotQuiet(`${identifier}: subscriptions that could not be switched off: ${names}`);
}

/** One sentence for people. @param slots of the source; null when nobody could ask it. */
export function describeQuiet(
  identifier: string,
  found: readonly SelfStarter[],
  slots: readonly string[] | null,
): string {
  const listed = (kind: SelfStarter['kind'], state: SelfStarter['state']) =>
    found.filter((starter) => starter.kind === kind && starter.state === state).map(({ name }) => name);
  const parts = [
    ['subscriptions switched off, to be made anew', listed('subscription', 'quieted')],
    ['jobs switched off, to be switched on after the cut-over', listed('job', 'quieted')],
    ['jobs that nobody can see', listed('job', 'hidden')],
    ['logical slots of the source that it does not have', slots ?? ['unknown, the source cannot be asked']],
  ] as const;
  const told = parts
    .filter(([, names]) => names.length > 0)
    .map(([what, names]) => `${what}: ${names.join(', ')}`);
  return told.length === 0
    ? `Nothing runs by itself on ${identifier}`
    : `What runs by itself on ${identifier}: ${told.join('; ')}`;
}
