import { describe, expect, it } from 'vitest';
import { countOrphans } from '../../shared/database/orphans.ts';
import { PlatformData } from '../../shared/database/platform-data.ts';
import type { DatabaseSession } from '../../shared/database/postgres.ts';
import { linksOf } from '../../shared/database/salvage-tables.ts';

const platform = PlatformData.parse({
  criticalTables: [
    { schema: 'trading', name: 'trades', kind: 'append-only' },
    { schema: 'accounts', name: 'users', kind: 'append-only' },
  ],
  openPositionsSql: 'SELECT 0',
  latestTradeSql: 'SELECT null',
  activeSessionsSql: 'SELECT 0',
  affectedUsersSql: 'SELECT 0',
  references: [
    { table: 'trades', column: 'user_id', referencedTable: 'users', referencedColumn: 'id' },
    { table: 'trades', column: 'venue_id', referencedTable: 'venues', referencedColumn: 'id' },
  ],
});

describe('looking for orphans', () => {
  it('finds tables by their declared schema, as salvage does, and never by the search path', async () => {
    const asked: string[] = [];
    const session: DatabaseSession = {
      warnings: [],
      connectMillis: 0,
      async query<Row extends object>(sql: string) {
        asked.push(sql);
        return [{ orphans: '3' }] as unknown as Row[];
      },
    };
    expect(await countOrphans(session, platform)).toEqual({
      'trades.user_id -> users.id': { state: 'read', value: 3 },
      'trades.venue_id -> venues.id': { state: 'read', value: 3 },
    });
    const tables = asked.flatMap((sql) => sql.match(/FROM "\w+"\."\w+"/g) ?? []);
    expect(tables).toEqual([
      'FROM "trading"."trades"',
      'FROM "accounts"."users"',
      'FROM "trading"."trades"',
      'FROM "public"."venues"',
    ]);
    const named = linksOf(platform).flatMap(({ table, referencedTable }) => [table, referencedTable]);
    expect(named.map((name) => `FROM "${name.replace('.', '"."')}"`)).toEqual(tables);
  });
});
