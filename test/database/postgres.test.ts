import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type DatabaseAccessEnv,
  type DatabaseEndpoint,
  withDatabase,
} from '../../shared/database/postgres.ts';
import { DATABASE, type RecoveryDatabase, startRecoveryDatabase } from '../fixtures/recovery-database.ts';

let database: RecoveryDatabase;
let endpoint: DatabaseEndpoint;
let access: DatabaseAccessEnv;
beforeAll(async () => {
  database = await startRecoveryDatabase();
  endpoint = { host: process.env.DATABASE_HOST ?? '', port: Number(process.env.DATABASE_PORT) };
  access = {
    DATABASE_NAME: DATABASE,
    DATABASE_USER: 'testudo_recovery',
    DATABASE_CA_PEM: process.env.DATABASE_CA_PEM,
  };
});
afterAll(() => database.close());

describe('a session of the recovery', () => {
  it('signs in by IAM token over TLS, without any password', async () => {
    const [row] = await withDatabase(endpoint, access, (session) =>
      session.query<{ user: string; application: string; zone: string }>(
        `SELECT current_user AS user, current_setting('application_name') AS application, current_setting('TimeZone') AS zone`,
      ),
    );
    expect(row).toEqual({ user: 'testudo_recovery', application: 'testudo-recovery', zone: 'UTC' });
  });

  it('is refused when the certificate was issued by nobody that is trusted', async () => {
    const { DATABASE_CA_PEM: _unused, ...untrusting } = access;
    await expect(withDatabase(endpoint, untrusting, async () => undefined)).rejects.toMatchObject({
      name: 'DatabaseUnreachable',
      fault: expect.stringMatching(/CERT|SIGNATURE/),
    });
  });

  it('names the user that may not sign in', async () => {
    const stranger = { ...access, DATABASE_USER: 'trading_app' };
    await expect(withDatabase(endpoint, stranger, async () => undefined)).rejects.toMatchObject({
      name: 'DatabaseUnreachable',
      fault: '28P01',
    });
  });

  it('cannot write unless it was opened for that, and owns nothing to write to even then', async () => {
    const write = 'UPDATE trades SET fee = 0';
    await expect(withDatabase(endpoint, access, (session) => session.query(write))).rejects.toMatchObject({
      name: 'StatementFailed',
      sqlState: expect.stringMatching(/^(25006|42501)$/),
    });
    await expect(
      withDatabase(endpoint, access, (session) => session.query('CREATE TEMP TABLE scratch ()')),
    ).rejects.toMatchObject({ sqlState: '25006' });
    await expect(
      withDatabase(endpoint, access, (session) => session.query(write), { readOnly: false }),
    ).rejects.toMatchObject({ sqlState: '42501' });
  });

  it('gives a statement up that takes too long, and stays usable', async () => {
    await withDatabase(
      endpoint,
      access,
      async (session) => {
        await expect(session.query('SELECT pg_sleep(5)')).rejects.toMatchObject({
          name: 'StatementFailed',
          sqlState: '57014',
        });
        expect(await session.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
      },
      { statementTimeoutMillis: 100 },
    );
  });

  it('that is ended by the server was lost, whatever it was doing', async () => {
    await withDatabase(endpoint, access, async (session) => {
      const running = session.query('SELECT pg_sleep(5)').catch((error: Error) => error);
      await database.sql(
        `SELECT pg_terminate_backend(pid, 2000) FROM pg_stat_activity WHERE application_name = 'testudo-recovery'`,
      );
      expect(await running).toMatchObject({ name: 'DatabaseUnreachable', fault: '57P01' });
      await expect(session.query('SELECT 1')).rejects.toMatchObject({ name: 'DatabaseUnreachable' });
    });
  });
});
