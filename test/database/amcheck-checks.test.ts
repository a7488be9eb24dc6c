import { describe, expect, it } from 'vitest';
import { checkStorage } from '../../shared/database/amcheck-checks.ts';
import { StatementFailed } from '../../shared/database/errors.ts';
import { PlatformData } from '../../shared/database/platform-data.ts';
import type { DatabaseSession } from '../../shared/database/postgres.ts';
import { withProofWork } from '../../shared/database/proof-work.ts';

const platform = PlatformData.parse({
  criticalTables: [{ name: 'trades', kind: 'append-only' }],
  openPositionsSql: 'SELECT 0',
  latestTradeSql: 'SELECT null',
  activeSessionsSql: 'SELECT 0',
  affectedUsersSql: 'SELECT 0',
});

/** A sound table with one index, on a server where each statement that matches fails. */
function server(fails: RegExp, sqlState: string) {
  const asked: string[] = [];
  const session: DatabaseSession = {
    warnings: [],
    connectMillis: 0,
    async query<Row extends object>(sql: string) {
      asked.push(sql);
      if (fails.test(sql)) throw new StatementFailed('as it was wanted', sqlState);
      const rows = sql.includes('pg_index') ? [{ index: 'trades_pkey' }] : [{ faults: '0' }];
      return rows as unknown as Row[];
    },
  };
  const check = (depth: 'order' | 'parents') =>
    withProofWork(
      1,
      (work) => work(session),
      (work) => checkStorage(work, platform, depth),
    );
  return { asked, check };
}

describe('checking indexes down from their parents', () => {
  it('does without the parents while somebody holds the table, and says so', async () => {
    const { check } = server(/bt_index_parent_check/, '55P03');
    expect((await check('parents'))[1]).toMatchObject({
      subject: 'public.trades index trades_pkey',
      passed: true,
      found: expect.stringContaining('parents not looked at'),
    });
  });

  it('fails when the parents do not hold together, and looks for no milder answer', async () => {
    const { check, asked } = server(/bt_index_parent_check/, 'XX002');
    expect((await check('parents'))[1]).toMatchObject({
      subject: 'public.trades index trades_pkey and its parents',
      passed: false,
    });
    expect(asked.filter((sql) => sql.includes('bt_index_check'))).toEqual([]);
  });

  it('fails when the order does not hold either, without the lock', async () => {
    const { check } = server(/bt_index_(parent_)?check/, '55P03');
    expect((await check('parents'))[1]).toMatchObject({ passed: false });
  });

  it('never takes the lock on a live database', async () => {
    const { check, asked } = server(/never/, '00000');
    expect((await check('order')).every(({ passed }) => passed)).toBe(true);
    expect(asked.filter((sql) => sql.includes('parent'))).toEqual([]);
  });
});
