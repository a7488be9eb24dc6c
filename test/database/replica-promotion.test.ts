import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { handler as assessDatabase } from '../../functions/assessment/assess-database.ts';
import { handler as describeDatabase } from '../../functions/assessment/describe-database.ts';
import { handler as selectStrategy } from '../../functions/assessment/select-strategy.ts';
import { handler as preflightPromotion } from '../../functions/database/preflight-promotion.ts';
import { handler as promoteReplica } from '../../functions/database/promote-replica.ts';
import { handler as proveSourceDown } from '../../functions/database/prove-source-down.ts';
import { handler as recordReplicaPosition } from '../../functions/database/record-replica-position.ts';
import { assess } from '../../shared/assessment/classify.ts';
import { getInstance } from '../../shared/database/rds.ts';
import { healthyDamage } from '../fixtures/healthy-damage.ts';
import {
  invoke,
  LIVE,
  type RecoveryDatabase,
  STEP,
  startRecoveryDatabase,
  until,
} from '../fixtures/recovery-database.ts';

const READER = `${LIVE}-reader`;
const AT = '2026-01-31T03:10:00.000Z';
const INCIDENT = {
  incidentId: STEP.incidentId,
  severity: 'P0',
  summary: 'the database is down',
  source: 'alarm',
  initiator: { kind: 'machine', id: 'alarm' },
  detectedAt: AT,
  openedAt: AT,
  restorePoint: null,
  lead: true,
};

let database: RecoveryDatabase;
beforeAll(async () => {
  database = await startRecoveryDatabase();
  vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  process.env.REPLICA_IDENTIFIERS = JSON.stringify([READER, 'not-there']);
  await database.addReplica(READER);
});
afterAll(async () => {
  vi.restoreAllMocks();
  await database.close();
});

const preflight = () => invoke(preflightPromotion, { ...STEP, replica: READER });
const record = (found: Awaited<ReturnType<typeof preflight>>) =>
  invoke(recordReplicaPosition, { ...STEP, ...found });
const promote = (restoreTime: string) =>
  invoke(promoteReplica, { ...STEP, sourceIdentifier: LIVE, replica: READER, restoreTime });
const silence = async () => {
  const { host, port } = await database.instance();
  return invoke(proveSourceDown, { ...STEP, sourceIdentifier: LIVE, endpoint: { host, port } });
};
const replica = () => database.rds.instances().find(({ identifier }) => identifier === READER);

describe('a replica of a database that lives', () => {
  it('is seen beside it, and is not asked how far it has come', async () => {
    const described = await invoke(describeDatabase, STEP);
    expect(described.standbys).toMatchObject({
      multiAz: false,
      availabilityZone: expect.stringContaining('eu-central-1'),
      replicas: [{ identifier: READER, status: 'available' }],
    });
    expect(await invoke(assessDatabase, { ...STEP, ...described })).toMatchObject({
      status: 'healthy',
      replicas: [],
    });
  });

  it('does not take its place: it answers, and may have what nobody else has', async () => {
    await expect(silence()).rejects.toMatchObject({ name: 'SourceAnswers' });
  });

  it.each([
    ['another class', { DBInstanceClass: 'db.t4g.small' }, /DBInstanceClass: the source has .+, the replica/],
    ['less storage', { AllocatedStorage: 20 }, /AllocatedStorage/],
    ['an older engine', { EngineVersion: '17.2' }, /EngineVersion/],
  ])('is unfit with %s, which is said before anything is touched', async (_what, attributes, message) => {
    const found = replica();
    const before = found?.attributes;
    if (found) found.attributes = { ...found.attributes, ...attributes };
    await expect(preflight()).rejects.toMatchObject({
      name: 'PromotionPreflightFailed',
      message: expect.stringMatching(message),
    });
    if (found && before) found.attributes = before;
  });

  it('is not promoted when a restore would keep more', async () => {
    const found = await preflight();
    const latestRestorableTime = new Date(Date.now() + 3_600_000).toISOString();
    await expect(
      record({ ...found, source: { ...found.source, latestRestorableTime } }),
    ).rejects.toMatchObject({ name: 'ReplicaLosesMore' });
  });
});

describe('a replica of a database that is lost', () => {
  let lastCommit: string;
  let chosen: Awaited<ReturnType<typeof record>>;
  beforeAll(async () => {
    const [row] = await database.sql<{ at: string }>(
      `WITH written AS (UPDATE user_sessions SET last_seen_at = now() WHERE id = 1 RETURNING 1)
       SELECT to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS at FROM written`,
    );
    lastCommit = row?.at ?? '';
    await until('the replica has it', async () => {
      const [seen] = await database.sql<{ there: boolean }>(
        `SELECT last_seen_at >= '${lastCommit}' AS there FROM user_sessions WHERE id = 1`,
        READER,
      );
      return seen?.there ? true : undefined;
    });
    await database.rds.loseStorage(LIVE);
  });

  it('is the strategy, by what it says itself and with what else could be done', async () => {
    const described = await invoke(describeDatabase, STEP);
    const found = await invoke(assessDatabase, { ...STEP, ...described });
    expect(found).toMatchObject({ status: 'down', replicas: [{ identifier: READER, obstacle: null }] });
    expect(found.replicas[0]?.replayedUntil ?? '').toMatch(/\.\d{6}Z$/);
    const damage = { ...healthyDamage, database: found };
    const strategy = await invoke(selectStrategy, {
      ...STEP,
      incident: INCIDENT,
      damage,
      assessment: assess(damage, 'P0', AT),
      described,
    });
    expect(strategy).toMatchObject({ databaseRecovery: 'replica-promotion', replica: READER });
    expect(strategy.alternatives.map((each) => each.strategy)).toEqual([
      'replica-promotion',
      'connection-restore',
      'multi-az-failover',
      'point-in-time-restore',
    ]);
  });

  it('is known to have every commit until the newest that it has replayed', async () => {
    expect(await silence()).toMatchObject({ serverDown: true });
    chosen = await record(await preflight());
    expect(chosen).toMatchObject({ basis: 'replica', restorable: true });
    expect(chosen.restoreTime >= lastCommit).toBe(true);
  });

  it('leaves its source with the tags of a copy and the backups of its source, once', async () => {
    expect(await promote(chosen.restoreTime)).toEqual({ identifier: READER, promoted: true });
    await until('it stands alone', async () => {
      const found = await getInstance(READER);
      const alone = found.ReadReplicaSourceDBInstanceIdentifier === undefined;
      return alone && found.DBInstanceStatus === 'available' ? true : undefined;
    });
    expect(await getInstance(READER)).toMatchObject({
      BackupRetentionPeriod: (await getInstance(LIVE)).BackupRetentionPeriod,
      TagList: expect.arrayContaining([
        { Key: 'testudo:incident', Value: STEP.incidentId },
        { Key: 'testudo:restore-time', Value: chosen.restoreTime },
      ]),
    });
    expect(await promote(chosen.restoreTime)).toEqual({ identifier: READER, promoted: false });
  });

  it('is gone on with after an interruption, with what it had when it was promoted', async () => {
    const again = await preflight();
    expect(again).toMatchObject({ promotedAt: chosen.restoreTime });
    expect(await record(again)).toMatchObject({ restoreTime: chosen.restoreTime });
  });

  it('of another incident is left alone', async () => {
    const other = { ...STEP, incidentId: 'INC-20260131-ffffffff' };
    await expect(invoke(preflightPromotion, { ...other, replica: READER })).rejects.toMatchObject({
      name: 'PromotionPreflightFailed',
      message: expect.stringContaining('follows nobody'),
    });
  });
});
