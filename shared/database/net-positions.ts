import * as z from 'zod';
import { KnownPosition } from '../exchange/position-comparison.ts';
import { StatementFailed } from './errors.ts';
import type { PlatformData } from './platform-data.ts';
import type { DatabaseSession } from './postgres.ts';

/** SQLSTATE of PostgreSQL. */
const DATATYPE_MISMATCH = '42804';

/**
 * What the platform's database holds as open, netted by exchange and symbol; nothing where the platform does not declare how to ask.
 * @throws {StatementFailed} when the statement fails, or gives something else than it should.
 */
export async function readNetPositions(
  session: DatabaseSession,
  { netPositionsSql }: PlatformData,
): Promise<KnownPosition[]> {
  if (netPositionsSql === undefined) return [];
  const rows = z.array(KnownPosition).safeParse(await session.query(netPositionsSql));
  if (rows.success) return rows.data;
  const [issue] = rows.error.issues;
  throw new StatementFailed(
    `netPositionsSql: must give exchange, symbol and net as texts: ${issue?.path.join('.')}: ${issue?.message}`,
    DATATYPE_MISMATCH,
  );
}
