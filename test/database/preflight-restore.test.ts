import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { handler as preflightRestore } from '../../functions/database/preflight-restore.ts';
import { handler as startRestore } from '../../functions/database/start-restore.ts';
import { type Kms, startKms } from '../../infra/local/kms/kms.ts';
import { dynamodbTimeline } from '../../shared/incident/dynamodb-timeline.ts';
import type { TimelineEvent } from '../../shared/incident/timeline-event.ts';
import { systemClock } from '../../shared/lambda/clock.ts';
import { platformInstance } from '../local/rds/rds-rig.ts';
import { type RestoreRig, startRestoreRig } from './fixtures/restore-rig.ts';

const INCIDENT = 'INC-20260131-0a1b2c3d';
const COPY = 'orders-restored-0a1b2c3d';
const OTHER_KEY = 'arn:aws:kms:eu-central-1:111122223333:key/00000000-0000-0000-0000-000000000000';
/** Somebody else's, by whatever accident under a name that an incident derives. */
const OTHER = 'orders-restored-00000005';
const parameterGroup = { name: 'orders', description: 'of the platform', parameters: {} };

const KEY = 'arn:aws:kms:eu-central-1:111122223333:key/0a1b2c3d-4e5f-6a7b-8c9d-0e1f2a3b4c5d';

let rig: RestoreRig;
let kms: Kms;
let restoreTime: string;
beforeAll(async () => {
  kms = await startKms();
  kms.addKey(KEY);
  rig = await startRestoreRig({
    instanceQuota: 3,
    storageQuotaGibibytes: 250,
    isKeyUsable: (keyArn) => kms.isUsable(keyArn),
  });
  Object.assign(process.env, {
    SUBNET_GROUP: 'platform-database',
    PARAMETER_GROUP: 'orders',
    OPTION_GROUP: 'default:postgres-18',
    KMS_KEY_ARN: KEY,
    AWS_ENDPOINT_URL_KMS: kms.address,
    DATABASE_SECURITY_GROUP_ID: 'sg-database',
  });
  await rig.rds.createInstance(platformInstance('orders', { parameterGroup, attributes: { KmsKeyId: KEY } }));
  const moment = await rig.moment('orders');
  restoreTime = `${new Date(moment.getTime() + 1000).toISOString().slice(0, 19)}Z`;
  await rig.untilRestorable('orders', new Date(restoreTime));
});
afterEach(() => kms.put(KEY, 'Enabled'));
afterAll(async () => {
  await rig.close();
  await kms.close();
});

const preflight = (overrides: object = {}) =>
  rig.run(preflightRestore, {
    incidentId: INCIDENT,
    executionId: 'execution-1',
    sourceIdentifier: 'orders',
    restoreTime,
    ...overrides,
  });

describe('the preflight of a restore', () => {
  it('passes when all that can be asked for holds, says so on the timeline, and creates nothing', async () => {
    const { identifier, started, checks } = await preflight();
    expect({ identifier, started }).toEqual({ identifier: COPY, started: false });
    expect(checks.every(({ passed }) => passed)).toBe(true);
    expect(new Set(checks.map(({ subject }) => subject))).toEqual(
      new Set([
        'source-state',
        'retention',
        'window',
        'identifier',
        'aside-identifier',
        'instance-quota',
        'storage-quota',
        'storage-key',
        'settings',
        'sign-in',
      ]),
    );
    expect(await rig.timeline(INCIDENT)).toMatchObject([
      { type: 'restore.preflighted', detail: { identifier: COPY, started: false } },
    ]);
    expect(rig.rds.instances()).toHaveLength(1);
  });

  it.each([
    ['Disabled', /found a key that is Disabled$/],
    ['PendingDeletion', /found a key that is PendingDeletion until \d{4}-/],
  ] as const)('refuses a storage key that is %s, as RDS would, and creates nothing', async (state, found) => {
    kms.put(KEY, state);
    const incidentId = `INC-20260131-0000000${state === 'Disabled' ? 3 : 4}`;
    await expect(preflight({ incidentId })).rejects.toMatchObject({
      name: 'RestorePreflightFailed',
      problems: [expect.stringMatching(found)],
    });
    await expect(
      rig.run(startRestore, {
        incidentId,
        executionId: 'execution-1',
        sourceIdentifier: 'orders',
        restoreTime,
      }),
    ).rejects.toMatchObject({
      name: 'RestoreRefused',
      message: expect.stringContaining('KMSKeyNotAccessible'),
    });
    expect(rig.rds.instances()).toHaveLength(1);
  });

  it('passes again once this incident has had the copy started, although the quotas are used up by it', async () => {
    await rig.run(startRestore, {
      incidentId: INCIDENT,
      executionId: 'execution-1',
      sourceIdentifier: 'orders',
      restoreTime,
    });
    await rig.rds.createInstance(
      platformInstance(OTHER, {
        backupRetentionDays: 0,
        attributes: { AllocatedStorage: 40, KmsKeyId: OTHER_KEY },
      }),
    );
    expect(await preflight()).toEqual({ identifier: COPY, started: true, checks: [] });
    await rig.untilStatus(COPY, 'available');
  });

  it('reports all problems in one error and as a list on the timeline, and creates nothing', async () => {
    const incidentId = 'INC-20260131-00000002';
    kms.put(KEY, 'Disabled');
    await expect(preflight({ incidentId, sourceIdentifier: OTHER })).rejects.toMatchObject({
      name: 'RestorePreflightFailed',
      message: expect.stringContaining(`${OTHER}: 7 problems: `),
    });
    const [failed] = await rig.timeline(incidentId);
    expect(failed).toMatchObject({ type: 'step.failed', detail: { error: 'RestorePreflightFailed' } });
    expect(failed?.detail.problems).toEqual([
      expect.stringMatching(/^retention: .* 0 days/),
      expect.stringMatching(/^window: .* none/),
      expect.stringMatching(/^instance-quota: .* 3 of 3 in use/),
      expect.stringMatching(/^storage-quota: .*240 of 250 in use/),
      expect.stringMatching(/^storage-key: .* a key that is Disabled/),
      expect.stringMatching(/^settings: .*parameter group orders.* found default.postgres18/),
      expect.stringMatching(/^settings: .*storage key .*, found .*00000000$/),
    ]);
    expect(rig.rds.instances()).toHaveLength(3);
  });

  it('names a copy that somebody else has under its name, with all other problems, and touches it not', async () => {
    const incidentId = 'INC-20260131-00000005';
    await expect(preflight({ incidentId, restoreTime: '2020-01-31T03:05:07Z' })).rejects.toMatchObject({
      name: 'RestorePreflightFailed',
    });
    const [failed] = await rig.timeline(incidentId);
    expect(failed?.detail.problems).toEqual([
      expect.stringMatching(/^window: /),
      expect.stringMatching(
        new RegExp(`^identifier: .*${OTHER}: exists and does not belong to ${incidentId}`),
      ),
      expect.stringMatching(/^instance-quota: /),
      expect.stringMatching(/^storage-quota: /),
    ]);
  });

  it('begins anew when somebody asked for another point while this one was being chosen', async () => {
    const incidentId = 'INC-20260131-00000006';
    const say = (key: string, type: TimelineEvent['type'], detail: Record<string, unknown>) =>
      dynamodbTimeline(process.env.TIMELINE_TABLE ?? '', systemClock).append({
        incidentId,
        key,
        type,
        occurredAt: restoreTime,
        actor: { kind: 'machine', id: 'Test' },
        step: '-',
        outcome: 'succeeded',
        summary: `${key} asks`,
        detail,
      });
    await say('carol', 'restore-point.requested', { restorePoint: restoreTime, name: 'carol', reason: 'so' });
    await say('choice', 'restore-point.chosen', { restorable: true, readUntil: 0 });
    await expect(preflight({ incidentId })).rejects.toMatchObject({
      name: 'RestorePointSuperseded',
      message: expect.stringContaining('carol asks'),
    });
  });
});
