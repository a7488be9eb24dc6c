import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { handler as assessDatabase } from '../../functions/assessment/assess-database.ts';
import { handler as assessIntegrity } from '../../functions/assessment/assess-integrity.ts';
import { handler as recordBaseline } from '../../functions/database/record-baseline.ts';
import { dynamodbTimeline } from '../../shared/incident/dynamodb-timeline.ts';
import { detailFaults } from '../../shared/incident/event-detail.ts';
import { systemClock } from '../../shared/lambda/clock.ts';
import {
  invoke,
  LIVE,
  type RecoveryDatabase,
  STEP,
  startRecoveryDatabase,
} from '../fixtures/recovery-database.ts';

let database: RecoveryDatabase;
beforeAll(async () => {
  database = await startRecoveryDatabase();
  vi.spyOn(process.stdout, 'write').mockReturnValue(true);
});
afterAll(async () => {
  vi.restoreAllMocks();
  await database.close();
});

const input = async () => ({ ...STEP, instance: await database.instance(), standbys: null });

/** What `work` finds while a statement has its effect; it is undone afterwards. */
async function during<Result>(damage: string, repair: string, work: () => Promise<Result>): Promise<Result> {
  await database.sql(damage);
  try {
    return await work();
  } finally {
    await database.sql(repair);
  }
}

describe('assessing the database', () => {
  it('finds a database that answers healthy', async () => {
    expect(await invoke(assessDatabase, await input())).toMatchObject({ status: 'healthy', rule: 'Healthy' });
  });

  it('goes to the configured endpoint when RDS could not be asked', async () => {
    expect(await invoke(assessDatabase, { ...STEP, instance: null, standbys: null })).toMatchObject({
      status: 'healthy',
    });
  });

  it('finds that sessions wait for a transaction which does nothing', async () => {
    const [holder, waiter] = [await database.tradingSession('report'), await database.tradingSession()];
    await holder.query('BEGIN');
    await holder.query('UPDATE positions SET stop_price = stop_price WHERE id = 1');
    const waiting = waiter.query('UPDATE positions SET stop_price = stop_price WHERE id = 1');
    // The rule counts the seconds that the transaction is old.
    await database.sql(`SELECT pg_sleep(2.1)`);
    expect(await invoke(assessDatabase, await input())).toMatchObject({
      status: 'degraded',
      rule: 'LocksWaiting',
      facts: { blockedSessions: 1 },
    });
    await holder.query('ROLLBACK');
    await waiting;
    await Promise.all([holder.end(), waiter.end()]);
  });
});

describe('assessing the integrity', () => {
  it('is unknown, and so never good, while there is no baseline to compare with', async () => {
    expect(await invoke(assessIntegrity, await input())).toMatchObject({
      status: 'unknown',
      violations: [],
      faultNotBefore: null,
    });
  });

  it('finds data intact that matches the last good baseline', async () => {
    await invoke(recordBaseline, {});
    expect(await invoke(assessIntegrity, await input())).toMatchObject({
      status: 'intact',
      violations: [],
      faultNotBefore: null,
      totalUsers: 50,
      estimatedLoss: null,
    });
  });

  it('says between which moments the fault lies, and what going back would lose', async () => {
    const { observedAt: good } = await invoke(recordBaseline, {});
    await database.sql(
      `INSERT INTO trades (user_id, position_id, symbol, side, quantity, price) VALUES (1, 1, 'X', 'BUY', 0, 1), (1, 1, 'X', 'BUY', 0, 1)`,
    );
    await during(
      'CREATE TABLE saved AS SELECT * FROM trades WHERE id % 3 = 0; DELETE FROM trades WHERE id % 3 = 0',
      'INSERT INTO trades SELECT * FROM saved; DROP TABLE saved',
      async () => {
        const { observedAt: bad } = await invoke(recordBaseline, {});
        await invoke(recordBaseline, {});
        const damage = await invoke(assessIntegrity, await input());
        expect(damage).toMatchObject({
          status: 'violated',
          faultNotBefore: good,
          faultNotAfter: bad,
          totalUsers: 50,
        });
        expect(damage.violations.map(({ rule }) => rule)).toContain('RowsLost');
        expect(damage.estimatedLoss?.rows).toBe(2);
        expect(damage.estimatedLoss?.transactions).toBeGreaterThanOrEqual(2);
        expect(damage.affectedUsers).toBeGreaterThan(0);
        expect((damage.lastCommitAt ?? '') > (good ?? '')).toBe(true);
      },
    );
  });

  it('finds what a dropped table leaves behind', async () => {
    await during(
      'ALTER TABLE positions RENAME TO aside',
      'ALTER TABLE aside RENAME TO positions',
      async () => {
        const { status, violations } = await invoke(assessIntegrity, await input());
        expect(status).toBe('violated');
        expect(violations).toMatchObject([{ rule: 'TableMissing', subject: 'public.positions' }]);
      },
    );
  });

  it('finds orphans, which no baseline counts', async () => {
    await during(
      'UPDATE trades SET user_id = 999 WHERE id = 7',
      'UPDATE trades SET user_id = 1 + 7 * 7919 % 50 WHERE id = 7',
      async () => {
        const { violations } = await invoke(assessIntegrity, await input());
        expect(violations.map(({ rule, subject }) => `${rule} ${subject}`)).toContain(
          'OrphanedRows trades.user_id -> user_accounts.id',
        );
      },
    );
  });

  it('writes on the timeline what the projections read', async () => {
    const events = await dynamodbTimeline(database.timelineTable, systemClock).read(STEP.incidentId);
    expect(events.map(({ type }) => type)).toContain('integrity.assessed');
    expect(events.flatMap(detailFaults)).toEqual([]);
  });
});

describe('a damaged database', () => {
  it('is corrupted when one page of a table cannot be read, and its data violated', async () => {
    await database.rds.corruptHeapPage(LIVE, 'trades');
    expect(await invoke(assessDatabase, await input())).toMatchObject({
      status: 'corrupted',
      rule: 'DataCorrupted',
    });
    const { status, violations } = await invoke(assessIntegrity, await input());
    expect(status).toBe('violated');
    expect(violations).toMatchObject([{ rule: 'UnreadableTable', subject: 'public.trades' }]);
  });

  it('that does not run is down, and its data unknown', async () => {
    await database.rds.stopDatabase(LIVE);
    expect(await invoke(assessDatabase, await input())).toMatchObject({
      status: 'down',
      rule: 'ConnectionRefused',
    });
    expect(await invoke(assessIntegrity, await input())).toMatchObject({ status: 'unknown' });
  });
});
