import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { handler as preflightRestore } from '../../functions/database/preflight-restore.ts';
import { handler as startRestore } from '../../functions/database/start-restore.ts';
import { platformInstance } from '../local/rds/rds-rig.ts';
import { type RestoreRig, startRestoreRig } from './fixtures/restore-rig.ts';

const INCIDENT = 'INC-20260131-0a1b2c3d';
const COPY = 'orders-restored-0a1b2c3d';
const parameterGroup = { name: 'orders', description: 'of the platform', parameters: {} };

let rig: RestoreRig;
let restoreTime: string;
beforeAll(async () => {
  rig = await startRestoreRig({ instanceQuota: 3, storageQuotaGibibytes: 250 });
  Object.assign(process.env, {
    SUBNET_GROUP: 'platform-database',
    PARAMETER_GROUP: 'orders',
    OPTION_GROUP: 'default:postgres-18',
  });
  await rig.rds.createInstance(platformInstance('orders', { parameterGroup }));
  const moment = await rig.moment('orders');
  restoreTime = `${new Date(moment.getTime() + 1000).toISOString().slice(0, 19)}Z`;
  await rig.untilRestorable('orders', new Date(restoreTime));
});
afterAll(() => rig.close());

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
        'instance-quota',
        'storage-quota',
        'storage-key',
        'settings',
      ]),
    );
    expect(await rig.timeline(INCIDENT)).toMatchObject([
      { type: 'restore.preflighted', detail: { identifier: COPY, started: false } },
    ]);
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
      platformInstance('other', { backupRetentionDays: 0, attributes: { AllocatedStorage: 40 } }),
    );
    expect(await preflight()).toEqual({ identifier: COPY, started: true, checks: [] });
    await rig.untilStatus(COPY, 'available');
  });

  it('reports all problems in one error and as a list on the timeline, and creates nothing', async () => {
    const incidentId = 'INC-20260131-00000002';
    await expect(preflight({ incidentId, sourceIdentifier: 'other' })).rejects.toMatchObject({
      name: 'RestorePreflightFailed',
      message: expect.stringContaining('other: 5 problems: '),
    });
    const [failed] = await rig.timeline(incidentId);
    expect(failed).toMatchObject({ type: 'step.failed', detail: { error: 'RestorePreflightFailed' } });
    expect(failed?.detail.problems).toEqual([
      expect.stringMatching(/^retention: .* 0 days/),
      expect.stringMatching(/^window: .* none/),
      expect.stringMatching(/^instance-quota: .* 3 of 3 in use/),
      expect.stringMatching(/^storage-quota: .*240 of 250 in use/),
      expect.stringMatching(/^settings: .*parameter group orders.* found default.postgres18/),
    ]);
    expect(rig.rds.instances()).toHaveLength(3);
  });
});
