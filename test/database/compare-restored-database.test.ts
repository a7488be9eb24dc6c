import { CreateBucketCommand, GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { handler as compareRestoredDatabase } from '../../functions/database/compare-restored-database.ts';
import { handler as fenceSource } from '../../functions/database/fence-source.ts';
import { type CloudWatch, startCloudWatch } from '../../infra/local/cloudwatch/cloudwatch.ts';
import type { DbInstance } from '../../infra/local/rds/instance.ts';
import { DifferenceUnexplained } from '../../shared/database/errors.ts';
import { detailFaults } from '../../shared/incident/event-detail.ts';
import { platformInstance, until } from '../local/rds/rds-rig.ts';
import { type RestoreRig, startRestoreRig } from './fixtures/restore-rig.ts';

const BUCKET = 'reports';
const COPY = 'orders-restored-0a1b2c3d';
const GROUP = { name: 'orders', description: 'Settings', parameters: { work_mem: '8192' } };

let rig: RestoreRig;
let cloudWatch: CloudWatch;
let s3: S3Client;
let source: DbInstance;
let copy: DbInstance;
let self: { incidentId: string; executionId: string };
let count = 0;

beforeAll(async () => {
  // As in AWS: every endpoint has the same port.
  rig = await startRestoreRig({ endpointDomain: 'test.eu-central-1.rds.amazonaws.com' });
  cloudWatch = await startCloudWatch({
    region: 'eu-central-1',
    accountId: '111122223333',
    timeScale: 60,
    authorize: () => undefined,
    messages: { publishToTopic: async () => undefined },
    emit: () => undefined,
    deferEvaluation: true,
  });
  Object.assign(process.env, { AWS_ENDPOINT_URL_CLOUDWATCH: cloudWatch.address, REPORTS_BUCKET: BUCKET });
  s3 = new S3Client({ forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket: BUCKET }));
  const create = (identifier: string, tags: Record<string, string>) =>
    rig.rds.createInstance(
      platformInstance(identifier, {
        backupRetentionDays: 0,
        parameterGroup: GROUP,
        attributes: { EnabledCloudwatchLogsExports: ['postgresql'], DeletionProtection: true },
        tags: { platform: 'orders', ...tags },
      }),
    );
  source = await create('orders', {});
  copy = await create(COPY, { 'testudo:role': 'restored' });
  watch('orders-processor', { DBInstanceIdentifier: 'orders' });
});
afterAll(async () => {
  s3.destroy();
  await cloudWatch.close();
  await rig.close();
});
beforeEach(async () => {
  if (self !== undefined) await rig.release(self.executionId);
  count += 1;
  self = { incidentId: `INC-20260131-${String(count).padStart(8, '0')}`, executionId: `execution-${count}` };
});

function watch(name: string, dimensions: Record<string, string>): void {
  cloudWatch.registerAlarm({
    name,
    arn: `arn:aws:cloudwatch:eu-central-1:111122223333:alarm:${name}`,
    properties: {
      Namespace: 'AWS/RDS',
      MetricName: 'CPUUtilization',
      Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
      Statistic: 'Average',
      Period: 60,
      EvaluationPeriods: 1,
      Threshold: 90,
      ComparisonOperator: 'GreaterThanThreshold',
    },
  });
}

/** One try, as the state machine makes it. */
const compare = () =>
  compareRestoredDatabase({ ...self, sourceIdentifier: 'orders', identifier: COPY } as never, {} as never);
const refusal = async () => {
  const error: unknown = await compare().catch((caught: unknown) => caught);
  if (!(error instanceof DifferenceUnexplained)) throw error;
  return error.comparison.unexplained.map(({ field }) => field);
};

describe('comparing a restored copy with its source', () => {
  it('lets a copy pass that differs only in what it must, and keeps the whole in S3', async () => {
    const compared = await compare();
    expect(compared.unexplained).toEqual([]);
    expect(compared.explained.map(({ field }) => field)).toEqual(
      expect.arrayContaining(['alarms.orders-processor', 'instance.DbiResourceId', 'tags["testudo:role"]']),
    );
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: BUCKET, Key: compared.key }));
    const kept = JSON.parse((await Body?.transformToString()) ?? '') as Record<string, unknown>;
    expect(kept).toMatchObject({
      comparedFields: compared.comparedFields,
      unexplained: [],
      source: { picture: { instance: { DBInstanceIdentifier: 'orders' } } },
      copy: { picture: { instance: { DBInstanceIdentifier: COPY } } },
    });
    const [event] = await rig.timeline(self.incidentId);
    expect(event).toMatchObject({ type: 'restore.compared', outcome: 'succeeded' });
    expect((await rig.timeline(self.incidentId)).flatMap(detailFaults)).toEqual([]);
  });

  it('can be repeated, and says it once', async () => {
    const { key } = await compare();
    expect((await compare()).key).toBe(key);
    expect(await rig.timeline(self.incidentId)).toHaveLength(1);
  });

  it('refuses a copy that lost something, names all of it, and passes it when it is put right', async () => {
    const { attributes, parameterGroup, tags } = copy;
    rig.rds.alter(COPY, 'log-exports');
    rig.rds.alter(COPY, 'parameter-group');
    rig.rds.alter(COPY, 'tags');
    rig.rds.alter(COPY, 'security-groups');
    expect(await refusal()).toEqual(
      [
        'instance.DBParameterGroups[default.postgres18].DBParameterGroupName',
        'instance.DBParameterGroups[default.postgres18].ParameterApplyStatus',
        'instance.DBParameterGroups[orders].DBParameterGroupName',
        'instance.DBParameterGroups[orders].ParameterApplyStatus',
        'instance.EnabledCloudwatchLogsExports[postgresql]',
        'instance.VpcSecurityGroups[sg-database].Status',
        'instance.VpcSecurityGroups[sg-database].VpcSecurityGroupId',
        'instance.VpcSecurityGroups[sg-default].Status',
        'instance.VpcSecurityGroups[sg-default].VpcSecurityGroupId',
        'parameters["rds.force_ssl"]',
        'parameters.work_mem',
        'tags.platform',
      ].sort(),
    );
    Object.assign(copy, { attributes, parameterGroup, securityGroupIds: source.securityGroupIds });
    tags.set('platform', 'orders');
    await compare();
    expect((await rig.timeline(self.incidentId)).map(({ type, outcome }) => [type, outcome])).toEqual([
      ['restore.compared', 'refused'],
      ['step.failed', 'failed'],
      ['restore.compared', 'succeeded'],
    ]);
  });

  it('sees a field that this version of the SDK has never heard of', async () => {
    Object.assign(copy.attributes, { FieldOfNextYear: { Mode: 'cheap' } });
    expect(await refusal()).toEqual(['instance.FieldOfNextYear.Mode']);
    Object.assign(source.attributes, { FieldOfNextYear: { Mode: 'cheap' } });
    await expect(compare()).resolves.toMatchObject({ unexplained: [] });
  });

  it('waits while the copy is being changed, and gives up a copy that is broken', async () => {
    copy.status = 'modifying';
    await expect(compare()).rejects.toMatchObject({ name: 'DatabaseInstanceBusy' });
    copy.status = 'failed';
    await expect(compare()).rejects.toMatchObject({ name: 'DatabaseInstanceFailed' });
    copy.status = 'available';
  });

  it('measures the copy by the source as it was before an interrupted cut-over', async () => {
    await rig.run<unknown>(fenceSource, {
      ...self,
      sourceIdentifier: 'orders',
      sourceResourceId: source.resourceId,
      restoredIdentifier: COPY,
      restoredResourceId: copy.resourceId,
    });
    await until('the source is in quarantine', () =>
      source.securityGroupIds.includes('sg-quarantine') && source.status === 'available' ? true : undefined,
    );
    await expect(compare()).resolves.toMatchObject({ unexplained: [] });
    source.securityGroupIds = copy.securityGroupIds;
  });

  it('refuses while an alarm watches the source by its resource id, or a proxy leads to it', async () => {
    watch('orders-load', { DbiResourceId: source.resourceId });
    await rig.rds.createProxy({ name: 'orders-proxy', securityGroupIds: ['sg-proxy'], target: source });
    expect(await refusal()).toEqual(['alarms.orders-load', 'proxies.orders-proxy']);
  });
});
