import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { handler as recreateReplicas } from '../../functions/database/recreate-replicas.ts';
import { handler as reportReplicas } from '../../functions/database/report-replicas.ts';
import { getInstance, modifyInstance, type RdsInstance } from '../../shared/database/rds.ts';
import { asideName, nextReplicaMove, type ReplicaFacts } from '../../shared/database/replica-recreation.ts';
import {
  invoke,
  LIVE,
  type RecoveryDatabase,
  STEP,
  startRecoveryDatabase,
  until,
} from '../fixtures/recovery-database.ts';

const READER = `${LIVE}-reader`;
const ASIDE = asideName(READER, STEP.incidentId);

const live: RdsInstance = {
  DBInstanceIdentifier: LIVE,
  DBInstanceStatus: 'available',
  DBInstanceClass: 'db.m7g.large',
};
const replaced: RdsInstance = {
  DBInstanceIdentifier: `${LIVE}-replaced-0a1b2c3d`,
  DBInstanceStatus: 'available',
};
const follower = (name: string, source: RdsInstance, changes: Partial<RdsInstance> = {}): RdsInstance => ({
  DBInstanceIdentifier: name,
  DBInstanceStatus: 'available',
  DBInstanceClass: 'db.r7g.large',
  ReadReplicaSourceDBInstanceIdentifier: source.DBInstanceIdentifier,
  VpcSecurityGroups: [{ VpcSecurityGroupId: 'sg-readers', Status: 'active' }],
  DBSubnetGroup: { DBSubnetGroupName: 'platform-database' },
  BackupRetentionPeriod: 0,
  IAMDatabaseAuthenticationEnabled: true,
  TagList: [
    { Key: 'team', Value: 'reporting' },
    { Key: 'aws:cloudformation:stack-name', Value: 'platform' },
  ],
  ...changes,
});
const next = (facts: Partial<ReplicaFacts>) =>
  nextReplicaMove({
    name: READER,
    holder: undefined,
    aside: undefined,
    live,
    replaced,
    promoted: false,
    incidentId: STEP.incidentId,
    ...facts,
  });

describe('after a cut-over, a replica', () => {
  it.each<[string, Partial<ReplicaFacts>, string]>([
    ['that follows what was replaced steps aside', { holder: follower(READER, replaced) }, 'rename'],
    [
      'that is being changed is waited for',
      { holder: follower(READER, replaced, { DBInstanceStatus: 'modifying' }) },
      'wait',
    ],
    ['that stepped aside is made anew', { aside: follower(ASIDE, replaced) }, 'create'],
    [
      'is made once the live database takes it',
      { aside: follower(ASIDE, replaced), live: { ...live, DBInstanceStatus: 'backing-up' } },
      'wait',
    ],
    ['that was promoted is made anew under its name', { promoted: true }, 'create'],
    [
      'that follows the live database is left alone',
      { holder: follower(READER, live), aside: follower(ASIDE, replaced) },
      'nothing',
    ],
    ['that never was there is not invented', {}, 'nothing'],
  ])('%s', (_what, facts, kind) => {
    expect(next(facts).kind).toBe(kind);
  });

  it('is made with the settings and the tags of the old one, and with nothing that RDS refuses', () => {
    const move = next({ aside: follower(ASIDE, replaced) });
    expect(move).toEqual({
      kind: 'create',
      request: {
        DBInstanceIdentifier: READER,
        SourceDBInstanceIdentifier: LIVE,
        DBInstanceClass: 'db.r7g.large',
        VpcSecurityGroupIds: ['sg-readers'],
        EnableIAMDatabaseAuthentication: true,
        Tags: [{ Key: 'team', Value: 'reporting' }],
      },
    });
  });

  it.each([
    [
      'its name belongs to an instance of its own',
      { holder: { ...follower(READER, live), ReadReplicaSourceDBInstanceIdentifier: undefined } },
    ],
    ['it takes no change any more', { holder: follower(READER, replaced, { DBInstanceStatus: 'failed' }) }],
  ] as const)('is for people when %s', (_why, facts) => {
    expect(() => next(facts as Partial<ReplicaFacts>)).toThrow(
      expect.objectContaining({ name: 'ReplicaNotRecreated', message: expect.stringContaining(READER) }),
    );
  });
});

describe('on RDS', () => {
  let database: RecoveryDatabase;
  beforeAll(async () => {
    database = await startRecoveryDatabase();
    vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    process.env.REPLICA_IDENTIFIERS = JSON.stringify([READER, 'never-there']);
    await database.addReplica(READER, {
      DeletionProtection: 'true',
      Tags: [{ Key: 'team', Value: 'reporting' }],
    });
    await database.addCopy('copy');
  });
  afterAll(async () => {
    vi.restoreAllMocks();
    await database.close();
  });

  const rename = async (identifier: string, newIdentifier: string) => {
    await modifyInstance({ DBInstanceIdentifier: identifier, NewDBInstanceIdentifier: newIdentifier });
    await untilAvailable(newIdentifier);
  };
  const untilAvailable = (identifier: string) =>
    until(`${identifier} is available`, async () => {
      const found = database.rds.instances().find((each) => each.identifier === identifier);
      return found?.status === 'available' ? true : undefined;
    });

  it('readers get a replica of the live database under the name that they know, and the old one is kept', async () => {
    const replacedResourceId = (await getInstance(LIVE)).DbiResourceId ?? '';
    await rename(LIVE, `${LIVE}-replaced-0a1b2c3d`);
    await rename('copy', LIVE);
    const recreate = (passes: number) =>
      invoke(recreateReplicas, { ...STEP, replacedResourceId, promoted: null, passes });
    expect(await recreate(0)).toEqual({ done: false, renamed: [READER], created: [], passes: 1 });
    await untilAvailable(ASIDE);
    expect(await recreate(1)).toEqual({ done: true, renamed: [], created: [READER], passes: 2 });
    expect(await recreate(2)).toEqual({ done: true, renamed: [], created: [], passes: 3 });
    await untilAvailable(READER);
    expect(await getInstance(READER)).toMatchObject({
      ReadReplicaSourceDBInstanceIdentifier: LIVE,
      VpcSecurityGroups: [{ VpcSecurityGroupId: 'sg-database' }],
      IAMDatabaseAuthenticationEnabled: true,
      DeletionProtection: true,
      TagList: [{ Key: 'team', Value: 'reporting' }],
    });
    expect(await getInstance(ASIDE)).toMatchObject({
      ReadReplicaSourceDBInstanceIdentifier: `${LIVE}-replaced-0a1b2c3d`,
    });
  });

  it('a name that is not given up in time is for people, who are told what to do, and nobody waits on', async () => {
    const topic = await database.pages();
    // Another cut-over: the replica follows what is replaced, and steps aside with the last pass alone.
    const replacedResourceId = (await getInstance(LIVE)).DbiResourceId ?? '';
    await rename(LIVE, `${LIVE}-replaced-ffffffff`);
    await rename(`${LIVE}-replaced-0a1b2c3d`, LIVE);
    const execution = { ...STEP, incidentId: 'INC-20260131-ffffffff' };
    const failure = await invoke(recreateReplicas, {
      ...execution,
      replacedResourceId,
      promoted: null,
      passes: 14,
    }).catch((error: Error) => error);
    expect(failure).toMatchObject({
      name: 'ReplicaNotRecreated',
      message: `${READER} steps aside after 15 passes`,
    });
    const { receipts } = await invoke(reportReplicas, {
      ...execution,
      failure: {
        Error: 'ReplicaNotRecreated',
        Cause: JSON.stringify({ errorType: 'ReplicaNotRecreated', errorMessage: (failure as Error).message }),
      },
    });
    expect(receipts.find(({ channel }) => channel === 'sns')).toMatchObject({ delivered: true });
    const [message] = await topic.messages();
    expect(message).toContain(`ReplicaNotRecreated: ${READER} steps aside after 15 passes`);
    expect(message).toContain('make a new one of the live database under its name');
  });
});
