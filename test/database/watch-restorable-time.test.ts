import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { handler } from '../../functions/database/watch-restorable-time.ts';
import { described, type RdsDescriber, startRdsDescriber } from './fixtures/rds-describer.ts';

let rds: RdsDescriber;
beforeAll(async () => {
  rds = await startRdsDescriber();
  Object.assign(process.env, {
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_ENDPOINT_URL_RDS: rds.address,
    DATABASE_IDENTIFIER: 'orders',
    POWERTOOLS_LOG_LEVEL: 'SILENT',
  });
});
afterAll(() => rds.close());

let lines: string[];
beforeEach(() => {
  lines = [];
  rds.instances.length = 0;
  vi.spyOn(process.stdout, 'write').mockImplementation((line) => {
    lines.push(String(line));
    return true;
  });
  return () => vi.restoreAllMocks();
});

const watch = () => handler({} as never, {} as never);
const metrics = () => lines.filter((line) => line.includes('CloudWatchMetrics'));

describe('the watch on the restorable time', () => {
  it('publishes the lag of the protected database, and of no copy', async () => {
    const secondsBack = (seconds: number) => new Date(Date.now() - seconds * 1000);
    rds.instances.push(
      described({ BackupRetentionPeriod: 7, LatestRestorableTime: secondsBack(240) }),
      described({
        DBInstanceIdentifier: 'orders-restored-0a1b2c3d',
        DbiResourceId: 'db-COPY',
        LatestRestorableTime: secondsBack(5000),
      }),
    );
    const { lagSeconds } = await watch();
    expect(lagSeconds).toBeGreaterThanOrEqual(240);
    expect(lagSeconds).toBeLessThan(260);
    const [line, ...more] = metrics();
    expect(more).toEqual([]);
    expect(JSON.parse(line ?? '')).toMatchObject({
      _aws: { CloudWatchMetrics: [{ Namespace: 'TestudoRecovery', Dimensions: [['Database']] }] },
      Database: 'orders',
      RestorableLagSeconds: lagSeconds,
    });
  });

  it.each([
    ['the database is not there', [], /no instance/],
    ['its backups are switched off', [described({ BackupRetentionPeriod: 0 })], /backupRetentionPeriod/],
  ])('publishes nothing when %s, so that the alarm hears the silence', async (_why, instances, reason) => {
    rds.instances.push(...instances);
    expect(await watch()).toEqual({ lagSeconds: null, reason: expect.stringMatching(reason) });
    expect(metrics()).toEqual([]);
  });
});
