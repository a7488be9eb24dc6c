import type { DatabaseSession } from './postgres.ts';

/**
 * Whether the server remembers when transactions were committed (`track_commit_timestamp`, off by default on RDS).
 * @throws {DatabaseUnreachable}
 */
export async function tracksCommitTimes(session: DatabaseSession): Promise<boolean> {
  const [row] = await session.query<{ setting: string }>(
    `SELECT current_setting('track_commit_timestamp') AS setting`,
  );
  return row?.setting === 'on';
}
