import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { handler as signInAsApplication } from '../../functions/database/sign-in-as-application.ts';
import { describeSignIns } from '../../shared/database/application-sign-in.ts';
import { adoptPassword, scramVerifier } from '../../shared/database/password-sign-in.ts';
import {
  DATABASE,
  invoke,
  type RecoveryDatabase,
  startRecoveryDatabase,
} from '../fixtures/recovery-database.ts';

let database: RecoveryDatabase;
beforeAll(async () => {
  database = await startRecoveryDatabase();
});
afterAll(() => database.close());

async function endpoint() {
  const { host, port } = await database.instance();
  return { host: host ?? '', port: port ?? 0 };
}
const request = async (password: string, user = 'trading_app') => ({ ...(await endpoint()), user, password });
const access = () => ({
  DATABASE_NAME: DATABASE,
  DATABASE_USER: 'testudo_recovery',
  DATABASE_CA_PEM: process.env.DATABASE_CA_PEM,
});

describe('an application', () => {
  it('that signs in with its present password is left alone', async () => {
    const result = await invoke(signInAsApplication, await request('a trading service'));
    expect(result).toEqual({ adopted: false, refusal: null });
  });

  it('whose password is of another day is given the present one, whatever its characters, and signs in', async () => {
    for (const password of ['a new secret', 'it\'s $1 \\ "quoted"', 'ünïcödé']) {
      expect(await invoke(signInAsApplication, await request(password))).toEqual({
        adopted: true,
        refusal: null,
      });
      expect(await invoke(signInAsApplication, await request(password))).toEqual({
        adopted: false,
        refusal: null,
      });
    }
  });

  it('that may not sign in at all is not made to', async () => {
    await database.sql('ALTER ROLE trading_app NOLOGIN');
    const { adopted, refusal } = await invoke(signInAsApplication, await request('ünïcödé'));
    expect({ adopted, refusal }).toEqual({ adopted: false, refusal: '28000' });
    await database.sql('ALTER ROLE trading_app LOGIN');
  });
});

describe('what the recovery may do about passwords', () => {
  const adopt = async (user: string) =>
    adoptPassword(await endpoint(), access(), { user, password: 'mine now' });

  it.each(['testudo_admin', 'testudo_recovery', 'postgres', 'nobody_at_all'])(
    'ends at the members of testudo_applications: %s',
    async (user) => {
      await expect(adopt(user)).rejects.toMatchObject({ name: 'StatementFailed', sqlState: '42501' });
    },
  );

  it('ends at members that can do more than an application', async () => {
    await database.sql('ALTER ROLE trading_app CREATEROLE');
    await expect(adopt('trading_app')).rejects.toMatchObject({ sqlState: '42501' });
    await database.sql('ALTER ROLE trading_app NOCREATEROLE');
  });

  it('is a verifier and nothing else: no plain password, and no other statement', async () => {
    for (const verifier of ['plain', "x'; DROP TABLE trades; --", 'md5aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa']) {
      await expect(
        database.sql(
          `SET ROLE testudo_recovery; SELECT testudo_recovery.adopt_password('trading_app', $v$${verifier}$v$)`,
        ),
      ).rejects.toMatchObject({ code: '22023' });
    }
  });

  it('is for the recovery alone', async () => {
    const session = await database.tradingSession().catch(async () => {
      await database.sql(`ALTER ROLE trading_app PASSWORD 'a trading service'`);
      return database.tradingSession();
    });
    const verifier = scramVerifier('mine now', Buffer.alloc(16));
    await expect(
      session.query('SELECT testudo_recovery.adopt_password($1, $2)', ['trading_app', verifier]),
    ).rejects.toMatchObject({ code: '42501' });
  });
});

it('a verifier is what the test vectors of SCRAM-SHA-256 say', () => {
  // RFC 7677, section 3: the server's signature over the exchange follows from the server key of this verifier.
  const salt = Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64');
  expect(scramVerifier('pencil', salt)).toBe(
    'SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=',
  );
});

it('that nobody has tried is said, never passed over', () => {
  expect(describeSignIns('copy', [])).toMatch(/nobody has tried/);
  expect(describeSignIns('copy', [{ user: 'app', adopted: true, refusal: null }])).toMatch(
    /password of another day.*app/,
  );
});
