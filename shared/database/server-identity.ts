import type { DatabaseSession } from './postgres.ts';
import type { DatabaseProof } from './proof.ts';
import { asTimestamp } from './sql-text.ts';

/** Which server this is: a restored copy has its source's system identifier, but a timeline of its own. */
export interface ServerIdentity extends Pick<DatabaseProof, 'systemIdentifier' | 'timelineId'> {
  readonly inRecovery: boolean;
  /** Whether transactions can write unless they ask not to. */
  readonly writable: boolean;
}

/**
 * Asks the server who it is. The timeline comes from the log that it writes: the control file names the old one until the first
 * checkpoint after the promotion. `writable` is of use only to a session that was opened for writing.
 * @throws {StatementFailed}
 * @throws {DatabaseUnreachable}
 */
export async function identifyServer(session: DatabaseSession): Promise<ServerIdentity> {
  const [row] = await session.query<ServerIdentity>(`
    SELECT (SELECT system_identifier::text FROM pg_control_system()) AS "systemIdentifier",
           CASE WHEN pg_is_in_recovery() THEN (SELECT timeline_id FROM pg_control_checkpoint())
                ELSE ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::int END AS "timelineId",
           pg_is_in_recovery() AS "inRecovery",
           current_setting('transaction_read_only') = 'off' AS writable`);
  if (row === undefined) throw new TypeError('A SELECT without FROM gives one row');
  return row;
}

/**
 * What the server's clock shows, to the microsecond.
 * @throws {StatementFailed}
 * @throws {DatabaseUnreachable}
 */
export async function serverTime(session: DatabaseSession): Promise<string> {
  const [row] = await session.query<{ now: string }>(`SELECT ${asTimestamp('clock_timestamp()')} AS now`);
  if (row === undefined) throw new TypeError('A SELECT without FROM gives one row');
  return row.now;
}
