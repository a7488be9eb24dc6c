import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { described } from './fixtures/rds-describer.ts';
import { startWaitRig, type WaitRig } from './fixtures/wait-rig.ts';

const WAITS = 'instance-wait';

let rig: WaitRig;
beforeAll(async () => {
  rig = await startWaitRig();
});
beforeEach(() => rig.reset());
afterAll(() => rig.close());

const creating = described({ DBInstanceStatus: 'creating' });
const typesOf = async () => (await rig.timeline()).map(({ type }) => type);
const now = (...instances: ReturnType<typeof described>[]) =>
  rig.rds.instances.splice(0, rig.rds.instances.length, ...instances);

describe('a wait for an instance', () => {
  it('is over at once when it is ready already', async () => {
    now(described());
    const { status, output = '' } = await (await rig.begin()).ended;
    expect(status).toBe('SUCCEEDED');
    expect(JSON.parse(output)).toMatchObject({ instance: { identifier: 'orders', host: 'orders.example' } });
    expect(await typesOf()).toEqual(['database-instance.ready']);
    expect(await rig.items(WAITS)).toEqual([]);
  });

  it('is ended by the first look after it became ready, which an event of RDS brings', async () => {
    now(creating);
    const { ended } = await rig.begin();
    expect(await rig.check({ 'detail-type': 'RDS DB Instance Event' })).toEqual({ awaited: 1, ended: 0 });
    now(described());
    expect(await rig.check({ 'detail-type': 'RDS DB Instance Event' })).toEqual({ awaited: 1, ended: 1 });
    expect(await ended).toMatchObject({ status: 'SUCCEEDED' });
    expect(await typesOf()).toEqual(['database-instance.awaited', 'database-instance.ready']);
  });

  it('is ended by the minutely look when the event is lost', async () => {
    now(creating);
    const { ended } = await rig.begin();
    now(described());
    await rig.check({});
    expect(await ended).toMatchObject({ status: 'SUCCEEDED' });
  });

  it('is not ended by an event that comes too early, out of order, or from another instance', async () => {
    now(creating);
    await rig.begin();
    for (const EventID of ['RDS-EVENT-0006', 'RDS-EVENT-0019', 'RDS-EVENT-0004', 'RDS-EVENT-0031']) {
      expect(await rig.check({ detail: { EventID, SourceIdentifier: 'orders-other' } })).toMatchObject({
        ended: 0,
      });
    }
    expect(await typesOf()).toEqual(['database-instance.awaited']);
  });

  it('is registered before it looks, so that what becomes ready in between is seen', async () => {
    now(creating);
    const registered: number[] = [];
    let looks = 0;
    rig.rds.onDescribe = () => {
      looks += 1;
      // The first look is for the size of the storage, the second decides.
      if (looks === 2) void rig.items(WAITS).then((items) => registered.push(items.length));
    };
    await rig.begin();
    expect(looks).toBe(2);
    await expect.poll(() => registered).toEqual([1]);
  });

  it('that is ended twice at the same moment is on the timeline once, and nobody fails', async () => {
    now(creating);
    const { ended } = await rig.begin();
    now(described());
    await Promise.all([rig.check(), rig.check(), rig.check()]);
    expect(await ended).toMatchObject({ status: 'SUCCEEDED' });
    expect(await typesOf()).toEqual(['database-instance.awaited', 'database-instance.ready']);
    expect(await rig.items('wait-duration#restore')).toHaveLength(1);
    expect(await rig.items(WAITS)).toEqual([]);
  });

  it('goes on through a rename: the instance is known by its resource id, the old holder of the name is not it', async () => {
    now(
      described({ DBInstanceIdentifier: 'orders-restored', DBInstanceStatus: 'renaming' }),
      described({ DbiResourceId: 'db-OLD' }),
    );
    const { ended } = await rig.begin({ purpose: 'restored-rename' });
    expect(await rig.check()).toMatchObject({ ended: 0 });
    now(described());
    await rig.check();
    expect(JSON.parse((await ended).output ?? '')).toMatchObject({ instance: { resourceId: 'db-ORDERS' } });
  });

  it.each(['incompatible-network', 'inaccessible-encryption-credentials', 'failed', 'deleting'])(
    'fails by name with what RDS does not recover from: %s',
    async (DBInstanceStatus) => {
      now(creating);
      const { ended } = await rig.begin();
      now(described({ DBInstanceStatus }));
      await rig.check();
      expect(await ended).toMatchObject({
        status: 'FAILED',
        error: 'DatabaseInstanceFailed',
        cause: expect.stringContaining(DBInstanceStatus),
      });
      expect((await rig.timeline()).at(-1)).toMatchObject({
        type: 'step.failed',
        detail: { state: 'AwaitInstance', error: 'DatabaseInstanceFailed' },
      });
      expect(await rig.items(WAITS)).toEqual([]);
      expect(await rig.items('wait-duration#restore')).toEqual([]);
    },
  );

  it('fails by name when it is overdue, with what the instance still is', async () => {
    now(creating);
    const { ended } = await rig.begin();
    const [wait] = await rig.items(WAITS);
    await rig.put({ ...wait, deadlineAt: new Date().toISOString() });
    await rig.check();
    expect(await ended).toMatchObject({
      error: 'DatabaseInstanceWaitExpired',
      cause: expect.stringContaining('still creating'),
    });
  });

  it('fails by the same name when nobody looks any more, and what is left of it is forgotten by the next who does', async () => {
    now(creating);
    const { ended } = await rig.begin({ deadlineSeconds: 900 });
    expect(await ended).toMatchObject({ status: 'FAILED', error: 'DatabaseInstanceWaitExpired' });
    now(described());
    expect(await rig.check()).toEqual({ awaited: 1, ended: 1 });
    expect(await rig.items(WAITS)).toEqual([]);
    expect(await rig.items('wait-duration#restore')).toEqual([]);
  });

  it('with a token that is none is forgotten, and keeps no other from being ended', async () => {
    now(creating);
    const { ended } = await rig.begin();
    const [wait] = await rig.items(WAITS);
    await rig.put({ ...wait, sk: 'execution-0', executionId: 'execution-0', taskToken: 'no token' });
    now(described());
    expect(await rig.check()).toEqual({ awaited: 2, ended: 2 });
    expect(await ended).toMatchObject({ status: 'SUCCEEDED' });
    expect(await rig.items(WAITS)).toEqual([]);
  });
});

describe('what was learned of earlier waits', () => {
  it('is on the timeline as an estimate, and is the deadline', async () => {
    const earlier = { seconds: 700, storageGibibytes: 400, rehearsal: false };
    await rig.put({ pk: 'wait-duration#restore', sk: '2026-01-01T00:00:00.000Z#execution', ...earlier });
    now(creating);
    await rig.begin();
    const [wait] = await rig.items(WAITS);
    const since = Date.parse(String(wait?.awaitedSince));
    expect(Date.parse(String(wait?.deadlineAt)) - since).toBe(2_100_000);
    const [awaited] = await rig.timeline();
    expect(awaited).toMatchObject({
      type: 'database-instance.awaited',
      summary: expect.stringContaining('the longest of 1 earlier ones'),
      detail: { expectedAt: new Date(since + 700_000).toISOString(), basis: 1, fromRehearsals: false },
    });
  });

  it('grows by each wait that ended well, by purpose, rehearsals marked', async () => {
    now(described());
    await (await rig.begin({ rehearsal: true })).ended;
    expect(await rig.items('wait-duration#restore')).toMatchObject([
      { rehearsal: true, storageGibibytes: 400, seconds: expect.any(Number) },
    ]);
    expect(await rig.items('wait-duration#fencing')).toEqual([]);
  });
});
