import { readFileSync } from 'node:fs';
import {
  DBProxyNotFoundFault,
  DBProxyTargetAlreadyRegisteredFault,
  DBProxyTargetGroupNotFoundFault,
  DBProxyTargetNotFoundFault,
  DeregisterDBProxyTargetsCommand,
  DescribeDBProxiesCommand,
  DescribeDBProxyTargetGroupsCommand,
  DescribeDBProxyTargetsCommand,
  ModifyDBInstanceCommand,
  RegisterDBProxyTargetsCommand,
} from '@aws-sdk/client-rds';
import { Signer } from '@aws-sdk/rds-signer';
import { Client, type ClientConfig } from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { DbProxy } from '../../../infra/local/rds/proxies.ts';
import { DATABASE, MASTER, platformInstance, type RdsRig, SECRETS, startRig, until } from './rds-rig.ts';

const PROXY = 'platform-proxy';
let rig: RdsRig;
let proxy: DbProxy;

beforeAll(async () => {
  rig = await startRig({
    securityGroups: {
      rules: new Map([
        ['sg-database', { allowedSourceGroups: ['sg-proxy'] }],
        ['sg-proxy', { allowedSourceGroups: ['sg-functions', 'sg-platform'] }],
        ['sg-closed', { allowedSourceGroups: [] }],
      ]),
      groupsOfAccessKey: () => ['sg-functions'],
      groupsOfUser: (user) => (user === MASTER.user ? ['sg-platform'] : []),
    },
  });
  const source = await rig.rds.createInstance(platformInstance('platform'));
  await rig.rds.createInstance(platformInstance('copy'));
  proxy = await rig.rds.createProxy({ name: PROXY, securityGroupIds: ['sg-proxy'], target: source });
});
afterAll(() => rig.close());
beforeEach(async () => {
  if ((await target())?.RdsResourceId === 'platform') return;
  await deregister('copy').catch(() => undefined);
  await register('platform').catch(() => undefined);
  await available();
});

const change = (identifier: string) => ({ DBProxyName: PROXY, DBInstanceIdentifiers: [identifier] });
const register = (identifier: string) => rig.sdk.send(new RegisterDBProxyTargetsCommand(change(identifier)));
const deregister = (identifier: string) =>
  rig.sdk.send(new DeregisterDBProxyTargetsCommand(change(identifier)));

async function target() {
  const { Targets = [] } = await rig.sdk.send(new DescribeDBProxyTargetsCommand({ DBProxyName: PROXY }));
  expect(Targets.length).toBeLessThanOrEqual(1);
  return Targets[0];
}

const available = () =>
  until('the target is available', async () =>
    (await target())?.TargetHealth?.State === 'AVAILABLE' ? true : undefined,
  );

async function connect(config: ClientConfig = MASTER): Promise<Client> {
  const [endpoint] = rig.rds.endpoints().slice(-1);
  const client = new Client({
    host: endpoint?.host,
    port: endpoint?.port,
    database: DATABASE,
    ssl: { ca: readFileSync(rig.rds.authorityPath, 'utf8') },
    connectionTimeoutMillis: 1000,
    ...config,
  });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

describe('a proxy', () => {
  test('leads clients to its target, each by the security groups on the way', async () => {
    const client = await connect();
    expect((await client.query('SELECT count(*)::int AS trades FROM trades')).rows).toEqual([
      { trades: 1000 },
    ]);
    await client.end();
    await expect(connect({ user: 'stranger', password: 'x' })).rejects.toThrow(/timeout/);
  });

  test('takes tokens for its own endpoint, and connects by its own id', async () => {
    const [endpoint] = rig.rds.endpoints().slice(-1);
    const password = await new Signer({
      hostname: endpoint?.host ?? '',
      port: endpoint?.port ?? 0,
      username: 'recovery',
      region: 'eu-central-1',
      credentials: { accessKeyId: 'AKIARECOVERY', secretAccessKey: SECRETS.AKIARECOVERY ?? '' },
    }).getAuthToken();
    const client = await connect({ user: 'recovery', password });
    expect((await client.query('SELECT current_user AS name')).rows).toEqual([{ name: 'recovery' }]);
    await client.end();
  });

  test('refuses command-line options, as RDS Proxy does', async () => {
    await expect(connect({ ...MASTER, options: '-c TimeZone=UTC' })).rejects.toMatchObject({ code: '0A000' });
  });

  test('shows itself, its group and its target by names', async () => {
    const { DBProxies } = await rig.sdk.send(new DescribeDBProxiesCommand({ DBProxyName: PROXY }));
    expect(DBProxies).toMatchObject([{ DBProxyName: PROXY, DBProxyArn: proxy.arn, Status: 'available' }]);
    const { TargetGroups } = await rig.sdk.send(
      new DescribeDBProxyTargetGroupsCommand({ DBProxyName: PROXY }),
    );
    expect(TargetGroups).toMatchObject([
      { TargetGroupName: 'default', TargetGroupArn: proxy.targetGroupArn, IsDefault: true },
    ]);
    expect(await target()).toMatchObject({ RdsResourceId: 'platform', Type: 'RDS_INSTANCE' });
  });

  test('takes one target and no other beside it', async () => {
    await expect(register('copy')).rejects.toThrow(DBProxyTargetAlreadyRegisteredFault);
    await expect(register('platform')).rejects.toThrow(DBProxyTargetAlreadyRegisteredFault);
    await expect(deregister('copy')).rejects.toThrow(DBProxyTargetNotFoundFault);
    await expect(rig.sdk.send(new DescribeDBProxyTargetsCommand({ DBProxyName: 'nobody' }))).rejects.toThrow(
      DBProxyNotFoundFault,
    );
    await expect(
      rig.sdk.send(new RegisterDBProxyTargetsCommand({ ...change('copy'), TargetGroupName: 'second' })),
    ).rejects.toThrow(DBProxyTargetGroupNotFoundFault);
  });

  test('cuts its clients off with its target, and leads nowhere until another one is available', async () => {
    await rig.sql('copy', "INSERT INTO trades VALUES (0, 'only here') ON CONFLICT DO NOTHING");
    const client = await connect();
    const cut = new Promise((resolve) => client.once('end', resolve));
    await deregister('platform');
    await cut;
    await expect(connect()).rejects.toThrow();
    const { DBProxyTargets } = await register('copy');
    expect(DBProxyTargets).toMatchObject([{ TargetHealth: { State: 'REGISTERING' } }]);
    await expect(connect()).rejects.toThrow();
    await available();
    const next = await connect();
    expect((await next.query('SELECT note FROM trades WHERE id = 0')).rows).toEqual([{ note: 'only here' }]);
    await next.end();
  });

  test('cannot reach a target whose groups do not admit it, and says so', async () => {
    await rig.sdk.send(
      new ModifyDBInstanceCommand({ DBInstanceIdentifier: 'platform', VpcSecurityGroupIds: ['sg-closed'] }),
    );
    await rig.untilStatus('platform', 'available');
    expect(await target()).toMatchObject({ TargetHealth: { State: 'UNAVAILABLE', Reason: 'UNREACHABLE' } });
    await expect(connect()).rejects.toThrow();
    await rig.sdk.send(
      new ModifyDBInstanceCommand({ DBInstanceIdentifier: 'platform', VpcSecurityGroupIds: ['sg-database'] }),
    );
    await rig.untilStatus('platform', 'available');
    await available();
  });

  test('stays with an instance that gets another name', async () => {
    const rename = (from: string, to: string) =>
      rig.sdk.send(
        new ModifyDBInstanceCommand({
          DBInstanceIdentifier: from,
          NewDBInstanceIdentifier: to,
          ApplyImmediately: true,
        }),
      );
    await rename('platform', 'platform-old');
    await rig.untilStatus('platform-old', 'available');
    expect(await target()).toMatchObject({ RdsResourceId: 'platform-old' });
    await rename('platform-old', 'platform');
    await rig.untilStatus('platform', 'available');
  });
});
