import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { handler as quietRestoredDatabase } from '../../functions/database/quiet-restored-database.ts';
import type { DatabaseInstance } from '../../shared/database/database-instance.ts';
import { dynamodbRecoveryLease } from '../../shared/database/dynamodb-recovery-lease.ts';
import { describeQuiet, requireQuiet, type SelfStarter } from '../../shared/database/quiet-copy.ts';
import { dynamodbTimeline } from '../../shared/incident/dynamodb-timeline.ts';
import { systemClock } from '../../shared/lambda/clock.ts';
import { invoke, type RecoveryDatabase, STEP, startRecoveryDatabase } from '../fixtures/recovery-database.ts';

const COPY = 'testudo-production-restored-0a1b2c3d';
/** The table of pg_cron, as far as it matters; the laptop's PostgreSQL lacks the extension. */
const JOBS = `
  CREATE SCHEMA cron;
  CREATE TABLE cron.job (jobid bigint PRIMARY KEY, jobname text, username text NOT NULL, active boolean NOT NULL);
  INSERT INTO cron.job VALUES (1, 'close-day', 'testudo_admin', true), (2, NULL, 'testudo_admin', true),
                              (3, 'retired', 'testudo_admin', false)`;
/** Nobody listens there: the worker of the subscription tries again and again. */
const SUBSCRIPTION = (name: string) => `
  CREATE SUBSCRIPTION ${name} CONNECTION 'host=127.0.0.1 port=9 dbname=prices' PUBLICATION prices
    WITH (connect = false, enabled = false, create_slot = false, slot_name = '${name}');
  ALTER SUBSCRIPTION ${name} ENABLE`;

let database: RecoveryDatabase;
let copy: DatabaseInstance;
beforeAll(async () => {
  database = await startRecoveryDatabase({ 'rds.logical_replication': '1' });
  vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  copy = await database.addCopy(COPY);
  await dynamodbRecoveryLease('control', systemClock).acquire(STEP, async () => false);
});
afterAll(async () => {
  vi.restoreAllMocks();
  await database.close();
});

const quiet = (instance = copy, step = STEP) =>
  invoke(quietRestoredDatabase, { ...step, instance, passes: 1 });
const enabled = async (identifier: string) =>
  (
    await database.sql<{ subname: string }>(
      'SELECT subname FROM pg_subscription WHERE subenabled',
      identifier,
    )
  ).map(({ subname }) => subname);
const timeline = () => dynamodbTimeline(database.timelineTable, systemClock).read(STEP.incidentId);

describe('a copy on which nothing runs by itself', () => {
  it('is left as it is', async () => {
    expect(await quiet()).toEqual({ reached: true, found: [], lostSlots: [] });
    const [row] = await database.sql<{ count: string }>(
      'SELECT count(*) FROM testudo_recovery.quieted',
      COPY,
    );
    expect(row?.count).toBe('0');
  });
});

describe('a copy that wakes up with the subscriptions and jobs of its source', () => {
  const found = [
    { kind: 'job', name: '2', state: 'quieted' },
    { kind: 'job', name: 'close-day', state: 'quieted' },
    { kind: 'subscription', name: 'prices', state: 'quieted' },
  ];

  it('gets them switched off, and the slots that it lacks are named; the source keeps all', async () => {
    await database.sql(`SELECT pg_create_logical_replication_slot('warehouse', 'test_decoding')`);
    await database.sql(SUBSCRIPTION('prices'));
    for (const identifier of [undefined, COPY]) await database.sql(JOBS, identifier);
    await database.sql(SUBSCRIPTION('prices'), COPY);
    const step = { ...STEP, incidentId: 'INC-20260131-00000002' };
    await dynamodbRecoveryLease('control', systemClock).release(STEP.executionId);
    await dynamodbRecoveryLease('control', systemClock).acquire(step, async () => false);
    expect(await quiet(copy, step)).toEqual({ reached: true, found, lostSlots: ['warehouse'] });
    expect(await enabled(COPY)).toEqual([]);
    expect(await database.sql('SELECT jobid FROM cron.job WHERE active', COPY)).toEqual([]);
    expect(await enabled('testudo-production')).toEqual(['prices']);
    expect(await database.sql('SELECT jobid FROM cron.job WHERE active')).toHaveLength(2);
    // Once more, as when its answer got lost.
    expect(await quiet(copy, step)).toEqual({ reached: true, found, lostSlots: ['warehouse'] });
    const told = await dynamodbTimeline(database.timelineTable, systemClock).read(step.incidentId);
    expect(told).toMatchObject([
      { type: 'restore.copy-quieted', detail: { found, lostSlots: ['warehouse'] } },
    ]);
    await dynamodbRecoveryLease('control', systemClock).release(STEP.executionId);
    await dynamodbRecoveryLease('control', systemClock).acquire(STEP, async () => false);
  });

  it('and whose jobs are hidden by row security says so', async () => {
    await database.sql('ALTER TABLE cron.job ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', COPY);
    await database.sql('ALTER FUNCTION testudo_recovery.quiet_copy() OWNER TO testudo_admin', COPY);
    await database.sql(
      'GRANT USAGE ON SCHEMA cron TO testudo_admin; GRANT SELECT, UPDATE ON cron.job TO testudo_admin',
      COPY,
    );
    await database.sql(
      'GRANT ALL ON testudo_recovery.quieted TO testudo_admin; GRANT USAGE ON SCHEMA testudo_recovery TO testudo_admin',
      COPY,
    );
    expect((await quiet()).found).toContainEqual({
      kind: 'job',
      name: 'of other users than testudo_admin',
      state: 'hidden',
    });
  });

  it('and whose subscription cannot be switched off is not gone on with', async () => {
    await database.sql('ALTER SUBSCRIPTION prices ENABLE', COPY);
    await expect(quiet()).rejects.toMatchObject({
      name: 'CopyNotQuiet',
      message: `${COPY}: subscriptions that could not be switched off: prices`,
    });
    await database.sql('DROP FUNCTION testudo_recovery.quiet_copy()', COPY);
    await expect(quiet()).rejects.toMatchObject({ name: 'CopyNotQuiet' });
    await database.sql('ALTER SUBSCRIPTION prices DISABLE', COPY);
    expect((await quiet()).found).toEqual([]);
  });
});

describe('a copy that lets nobody in', () => {
  const closed = () => ({ ...copy, port: 9 });

  it('before it is configured is quieted later, and nothing is told yet', async () => {
    const before = await timeline();
    const input = { ...STEP, instance: closed(), passes: 0 };
    expect(await invoke(quietRestoredDatabase, input)).toEqual({
      reached: false,
      found: [],
      lostSlots: null,
    });
    expect(await timeline()).toEqual(before);
  });

  it('after it was configured is tried again', async () => {
    await expect(quiet(closed())).rejects.toMatchObject({ name: 'DatabaseUnreachable' });
  });
});

describe('the live database', () => {
  it('is never quieted', async () => {
    await expect(quiet(await database.instance())).rejects.toMatchObject({ name: 'CutOverStateUnexpected' });
    expect(await enabled('testudo-production')).toEqual(['prices']);
    expect((await timeline()).at(-1)).toMatchObject({ type: 'step.failed' });
  });
});

describe('what is told of it', () => {
  const starters: SelfStarter[] = [
    { kind: 'subscription', name: 'prices', state: 'quieted' },
    { kind: 'job', name: 'close-day', state: 'quieted' },
    { kind: 'job', name: 'of all users', state: 'hidden' },
  ];

  it.each<[string, SelfStarter[], string[] | null, string]>([
    ['nothing', [], [], 'Nothing runs by itself on copy'],
    [
      'a silent source',
      [],
      null,
      'What runs by itself on copy: logical slots of the source that it does not have: unknown, the source cannot be asked',
    ],
    [
      'all of it',
      starters,
      ['warehouse'],
      'What runs by itself on copy: subscriptions switched off, to be made anew: prices; jobs switched off, to be switched on after the cut-over: close-day; jobs that nobody can see: of all users; logical slots of the source that it does not have: warehouse',
    ],
  ])('%s', (_what, found, slots, text) => {
    expect(describeQuiet('copy', found, slots)).toBe(text);
  });

  it('lets hidden jobs pass, which run as they did on the source', () => {
    expect(() => requireQuiet('copy', starters)).not.toThrow();
  });
});
