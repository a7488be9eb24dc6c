import { CreateBucketCommand, GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { handler as collectDatabaseDiagnostics } from '../../functions/incident/collect-database-diagnostics.ts';
import {
  invoke,
  LIVE,
  type RecoveryDatabase,
  STEP,
  startRecoveryDatabase,
} from '../fixtures/recovery-database.ts';

const BUCKET = 'reports';
const incident = {
  incidentId: STEP.incidentId,
  severity: 'P0',
  summary: 'rows are gone',
  source: 'alarm',
  initiator: { kind: 'machine', id: 'alarm' },
  detectedAt: '2026-01-31T03:05:00Z',
  openedAt: '2026-01-31T03:05:01Z',
  restorePoint: null,
  lead: true,
};

let database: RecoveryDatabase;
let s3: S3Client;
beforeAll(async () => {
  database = await startRecoveryDatabase();
  s3 = new S3Client();
  await s3.send(new CreateBucketCommand({ Bucket: BUCKET }));
  process.env.REPORTS_BUCKET = BUCKET;
});
afterAll(async () => {
  s3.destroy();
  await database.close();
});

const read = async (key: string | undefined) => {
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: BUCKET, Key: key }));
  return JSON.parse((await Body?.transformToString()) ?? '');
};

describe('what the database says of itself', () => {
  it('is kept in full: activity, locks, settings, sizes, replication, checkpoints', async () => {
    const trader = await database.tradingSession('order-service');
    const { reachable, keys } = await invoke(collectDatabaseDiagnostics, { ...STEP, incident });
    await trader.end();
    expect(reachable).toBe(true);
    expect(keys[0]).toMatch(new RegExp(`^diagnostics/${STEP.incidentId}/database-[0-9a-f]{8}\\.json$`));
    const document = await read(keys[0]);
    const failed = Object.entries(document).filter(
      ([, part]) =>
        (part as { state?: string })?.state !== undefined && (part as { state: string }).state !== 'read',
    );
    expect(failed).toEqual([]);
    expect(document.activity.value).toContainEqual(
      expect.objectContaining({ application_name: 'order-service' }),
    );
    expect(document.sizes.value).toContainEqual(expect.objectContaining({ relname: 'trades' }));
    expect(document.settings.value).toContainEqual(
      expect.objectContaining({ name: 'archive_mode', setting: 'on' }),
    );
  });

  it('is one document however often the step is repeated, and says so when the database is silent', async () => {
    await database.rds.stopDatabase(LIVE);
    const { reachable, keys } = await invoke(collectDatabaseDiagnostics, { ...STEP, incident });
    expect(reachable).toBe(false);
    expect((await read(keys[0])).unreachable).toContain('ECONNRESET');
    const { KeyCount } = await s3.send(new ListObjectsV2Command({ Bucket: BUCKET }));
    expect(KeyCount).toBe(1);
  });
});
