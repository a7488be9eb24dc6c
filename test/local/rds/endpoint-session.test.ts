import { createConnection } from 'node:net';
import { ModifyDBInstanceCommand } from '@aws-sdk/client-rds';
import { Signer } from '@aws-sdk/rds-signer';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { DATABASE, MASTER, platformInstance, type RdsRig, SECRETS, startRig, until } from './rds-rig.ts';

let rig: RdsRig;
beforeAll(async () => {
  rig = await startRig();
  await rig.rds.createInstance(platformInstance('platform'));
  await rig.rds.createInstance(
    platformInstance('plain', {
      iamAuthentication: false,
      parameterGroup: {
        name: 'plain',
        description: 'lets clients in without TLS',
        parameters: { 'rds.force_ssl': '0' },
      },
    }),
  );
});
afterEach(() => {
  vi.useRealTimers();
});
afterAll(() => rig.close());

interface TokenFor {
  identifier?: string;
  username?: string;
  accessKeyId?: string;
  secretAccessKey?: string;
  region?: string;
}

async function token(wanted: TokenFor = {}): Promise<string> {
  const { accessKeyId = 'AKIARECOVERY' } = wanted;
  const { Endpoint: endpoint } = await rig.describe(wanted.identifier ?? 'platform');
  return new Signer({
    hostname: endpoint?.Address ?? '',
    port: endpoint?.Port ?? 0,
    username: wanted.username ?? 'recovery',
    region: wanted.region ?? 'eu-central-1',
    credentials: { accessKeyId, secretAccessKey: wanted.secretAccessKey ?? SECRETS[accessKeyId] ?? '' },
  }).getAuthToken();
}

async function setGroups(identifier: string, ...groups: string[]): Promise<void> {
  await rig.sdk.send(
    new ModifyDBInstanceCommand({ DBInstanceIdentifier: identifier, VpcSecurityGroupIds: groups }),
  );
  await rig.untilStatus(identifier, 'available');
}

describe('a user with a password', () => {
  test('signs in over TLS that is verified with the authority of the laptop', async () => {
    const client = await rig.connect('platform', MASTER);
    const { rows } = await client.query('SELECT current_user AS name, count(*)::int AS trades FROM trades');
    await client.end();
    expect(rows).toEqual([{ name: MASTER.user, trades: 1000 }]);
  });

  test('is refused with a wrong password, by the server itself', async () => {
    await expect(rig.connect('platform', { ...MASTER, password: 'wrong' })).rejects.toMatchObject({
      code: '28P01',
    });
  });

  test('is refused without TLS, unless the parameter group allows it', async () => {
    await expect(rig.connect('platform', { ...MASTER, ssl: false })).rejects.toMatchObject({
      code: '28000',
      message: expect.stringContaining('no encryption'),
    });
    const client = await rig.connect('plain', { ...MASTER, ssl: false });
    await client.end();
  });

  test('can cancel a query', async () => {
    const client = await rig.connect('platform', MASTER);
    const { processID, secretKey } = client as unknown as { processID: number; secretKey: number };
    const sleeping = client.query('SELECT pg_sleep(20)');
    await until('the query runs', async () =>
      (
        await rig.sql(
          'platform',
          `SELECT 1 FROM pg_stat_activity WHERE pid = ${processID} AND wait_event = 'PgSleep'`,
        )
      ).length > 0
        ? true
        : undefined,
    );
    const { Endpoint: endpoint } = await rig.describe('platform');
    const cancel = Buffer.alloc(16);
    [16, 80_877_102, processID, secretKey].forEach((value, index) => {
      cancel.writeInt32BE(value, index * 4);
    });
    createConnection(endpoint?.Port ?? 0, '127.0.0.1').end(cancel);
    await expect(sleeping).rejects.toMatchObject({ code: '57014' });
    await client.end();
  });

  test('cannot be the administrator of RDS', async () => {
    await expect(rig.connect('platform', { user: 'rdsadmin', password: 'any' })).rejects.toMatchObject({
      code: '28000',
    });
  });
});

describe('a user of IAM', () => {
  test('signs in with a token of the real signer', async () => {
    const client = await rig.connect('platform', { user: 'recovery', password: await token() });
    const { rows } = await client.query('SELECT current_user AS name');
    await client.end();
    expect(rows).toEqual([{ name: 'recovery' }]);
  });

  test('is told of with each statement and how long the server worked on it', async () => {
    rig.statements.length = 0;
    const client = await rig.connect('platform', { user: 'recovery', password: await token() });
    await client.query('SELECT pg_sleep(0.2)');
    await client.end();
    const slept = rig.statements.find(({ startedAt, endedAt }) => endedAt - startedAt >= 200);
    expect(slept).toMatchObject({ identifier: 'platform', accessKeyId: 'AKIARECOVERY' });
  });

  test.each<[string, string, TokenFor]>([
    ['another user', 'the token is for another user', { username: 'someone' }],
    ['another endpoint', 'the token is for another endpoint', { identifier: 'plain' }],
    ['another region', 'the token is for another region', { region: 'us-east-1' }],
    ['a forged signature', 'the signature does not fit', { secretAccessKey: 'guessed' }],
    ['an unknown key', 'there is no access key AKIANOBODY', { accessKeyId: 'AKIANOBODY' }],
    [
      'a role without the permission',
      'AKIASTRANGER may not connect as recovery',
      { accessKeyId: 'AKIASTRANGER' },
    ],
  ])('is refused with a token of %s', async (_case, reason, wanted) => {
    await expect(
      rig.connect('platform', { user: 'recovery', password: await token(wanted) }),
    ).rejects.toMatchObject({ code: '28000', message: 'PAM authentication failed for user "recovery"' });
    expect(rig.refusals.at(-1)).toContain(reason);
  });

  test('is refused with a token that is older than 15 minutes', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() - 901_000 });
    const old = await token();
    vi.useRealTimers();
    await expect(rig.connect('platform', { user: 'recovery', password: old })).rejects.toThrow('PAM');
    expect(rig.refusals.at(-1)).toBe('the token has expired');
  });

  test('is refused with a password, and where IAM authentication is not enabled', async () => {
    await expect(rig.connect('platform', { user: 'recovery', password: 'secret' })).rejects.toThrow('PAM');
    const password = await token({ identifier: 'plain' });
    await expect(rig.connect('plain', { user: 'recovery', password })).rejects.toThrow('PAM');
    expect(rig.refusals.at(-1)).toBe('IAM authentication is not enabled');
  });
});

describe('security groups', () => {
  test('that do not admit a client leave it without an answer; whoever is connected stays connected', async () => {
    const early = await rig.connect('plain', MASTER);
    await setGroups('plain', 'sg-closed');
    await expect(rig.connect('plain', { ...MASTER, connectionTimeoutMillis: 300 })).rejects.toThrow(
      /timeout/,
    );
    await expect(
      rig.connect('plain', {
        user: 'recovery',
        password: await token({ identifier: 'plain' }),
        connectionTimeoutMillis: 300,
      }),
    ).rejects.toThrow(/timeout/);
    expect((await early.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
    await early.end();
    await setGroups('plain', 'sg-closed', 'sg-database');
    await (await rig.connect('plain', MASTER)).end();
  });

  test('keep out a client that no group is known of', async () => {
    await rig.sql('platform', `CREATE ROLE visitor LOGIN PASSWORD 'visitor'`);
    await expect(
      rig.connect('platform', { user: 'visitor', password: 'visitor', connectionTimeoutMillis: 300 }),
    ).rejects.toThrow(/timeout/);
  });
});

describe('the endpoint', () => {
  test('cuts off a client whose instance is down', async () => {
    await rig.rds.stopDatabase('plain');
    await expect(rig.connect('plain', MASTER)).rejects.toThrow(/ECONNRESET|terminated/);
    expect((await rig.describe('plain')).DBInstanceStatus).toBe('available');
  });

  test('survives clients that speak no PostgreSQL', async () => {
    const { Endpoint: endpoint } = await rig.describe('platform');
    for (const noise of [
      Buffer.from('GET / HTTP/1.1\r\n\r\n'),
      Buffer.alloc(8, 0xff),
      Buffer.from([0, 0, 0, 8]),
    ]) {
      const socket = createConnection(endpoint?.Port ?? 0, '127.0.0.1');
      const closed = new Promise((resolve) => socket.once('close', resolve));
      socket.on('error', () => undefined).end(noise);
      await closed;
    }
    const client = new Client({ ...rig.rds.adminConnection('platform', DATABASE) });
    await client.connect();
    await client.end();
  });
});
