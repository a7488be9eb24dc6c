import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { handler as warmUpRestoredDatabase } from '../../functions/database/warm-up-restored-database.ts';
import { loadPlatformData } from '../../shared/database/platform-data-file.ts';
import { DatabaseAccessEnv, withDatabase } from '../../shared/database/postgres.ts';
import { withSessionPool } from '../../shared/database/session-pool.ts';
import { describeWarmUp, warmUp } from '../../shared/database/warm-up.ts';
import { dynamodbTimeline } from '../../shared/incident/dynamodb-timeline.ts';
import { detailFaults, detailOf } from '../../shared/incident/event-detail.ts';
import { type Clock, systemClock } from '../../shared/lambda/clock.ts';
import { invoke, type RecoveryDatabase, STEP, startRecoveryDatabase } from '../fixtures/recovery-database.ts';

let database: RecoveryDatabase;
beforeAll(async () => {
  database = await startRecoveryDatabase();
  vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  await database.sql(`CREATE INDEX trades_symbol ON trades USING hash (symbol);
    INSERT INTO trades (user_id, position_id, symbol, side, quantity, price)
    SELECT 1, 1, 'X', 'BUY', 0, 1 FROM generate_series(1, 30000)`);
});
afterAll(async () => {
  vi.restoreAllMocks();
  await database.close();
});

/** Bytes of all files that the critical tables consist of, as the server says it. */
const hotBytes = async () => {
  const tables = (await loadPlatformData()).criticalTables.map(({ name }) => `'${name}'`);
  const [row] = await database.sql<{ bytes: string }>(
    `SELECT sum(pg_relation_size(oid) + pg_indexes_size(oid)
                + CASE WHEN reltoastrelid = 0 THEN 0 ELSE pg_relation_size(reltoastrelid) + pg_indexes_size(reltoastrelid) END)::text AS bytes
     FROM pg_class WHERE oid = ANY (ARRAY[${tables.join(', ')}]::regclass[])`,
  );
  return Number(row?.bytes);
};
const onDatabase = <Result>(work: Parameters<typeof withDatabase<Result>>[2]) =>
  withDatabase(
    { host: process.env.DATABASE_HOST ?? '', port: Number(process.env.DATABASE_PORT) },
    DatabaseAccessEnv.parse(process.env),
    work,
  );
const warm = async (clock: Clock, deadlineMillis: number) => {
  const platform = await loadPlatformData();
  return withSessionPool(2, onDatabase, (pool) => warmUp(pool, platform, clock, deadlineMillis));
};
const inAnHour = () => Date.now() + 3_600_000;

describe('warming a copy up', () => {
  it('reads every page of the critical tables, their indexes and long values, and says how much in what time', async () => {
    const warmed = await invoke(warmUpRestoredDatabase, { ...STEP, instance: await database.instance() });
    expect(warmed).toMatchObject({ by: 'pg_prewarm', warmedBytes: warmed.bytes, cold: [] });
    expect(warmed.bytes).toBe(await hotBytes());
    expect(warmed.bytes).toBeGreaterThan(3_000_000);
    const [event] = await dynamodbTimeline(database.timelineTable, systemClock).read(STEP.incidentId);
    expect(event && detailFaults(event)).toEqual([]);
    expect(detailOf(event, 'restore.warmed-up')).toEqual(warmed);
    expect(event?.summary).toMatch(/: ([\d.]+) of \1 MiB .* by pg_prewarm$/);
  });

  it('leaves off when the time is over, and names what stays cold', async () => {
    // The clock of each look goes on by a second: three looks at it are in time.
    let looks = 0;
    const clock = {
      now: () => {
        looks += 1;
        return new Date(looks * 1000);
      },
    };
    const warmed = await warm(clock, 4500);
    expect(warmed.warmedBytes).toBeGreaterThan(0);
    expect(warmed.warmedBytes).toBeLessThan(warmed.bytes);
    expect(warmed.cold.length).toBeGreaterThan(0);
    expect(new Set(warmed.cold.map(({ reason }) => reason))).toEqual(new Set(['the time was over']));
    expect(warmed.cold.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(warmed.bytes - warmed.warmedBytes);
    expect(describeWarmUp(warmed)).toMatch(
      /The cut-over goes on with what is warm; still cold: .* \(the time was over\)/,
    );
  });

  it('goes on when one relation cannot be read, and says which', async () => {
    await database.sql(
      `REVOKE pg_read_all_data FROM testudo_recovery; GRANT SELECT ON trades, positions, user_accounts TO testudo_recovery`,
    );
    const { cold, warmedBytes } = await warm(systemClock, inAnHour()).finally(() =>
      database.sql('GRANT pg_read_all_data TO testudo_recovery'),
    );
    expect(warmedBytes).toBeGreaterThan(0);
    expect(cold.map(({ relation }) => relation)).toContain('user_sessions');
    expect(cold.every(({ reason }) => reason.includes('42501'))).toBe(true);
  });

  it('scans where the server has no pg_prewarm, and names what no scan reads', async () => {
    await database.sql('DROP EXTENSION pg_prewarm');
    const { by, cold, bytes, warmedBytes } = await warm(systemClock, inAnHour());
    expect(by).toBe('scans');
    expect(cold.map(({ relation }) => relation)).toEqual(['trades_symbol']);
    expect(cold[0]?.reason).toBe('only pg_prewarm could read it');
    expect(warmedBytes).toBe(bytes - (cold[0]?.bytes ?? 0));
  });
});
