import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';
import pg from 'pg';
import {
  connectionSettings,
  type DatabaseAccessEnv,
  type DatabaseEndpoint,
  unreachable,
  withDatabase,
} from './postgres.ts';

/** RFC 7677; what PostgreSQL itself uses (`scram_iterations`). */
const SCRAM_ITERATIONS = 4096;
const SALT_BYTES = 16;
const KEY_BYTES = 32;

/** What an application signs in with. */
export interface ApplicationCredential {
  readonly user: string;
  readonly password: string;
}

/**
 * Signs in as an application does, by password over verified TLS, and out again.
 * @returns the SQLSTATE of the refusal, e.g. `28P01`; null when the server let it in.
 * @throws {DatabaseUnreachable} when the server did not decide.
 */
export async function trySignIn(
  endpoint: DatabaseEndpoint,
  access: DatabaseAccessEnv,
  credential: ApplicationCredential,
): Promise<string | null> {
  const client = new pg.Client({ ...connectionSettings(endpoint, access), ...credential });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return null;
  } catch (error) {
    if (error instanceof pg.DatabaseError && error.code !== undefined) return error.code;
    throw unreachable(error, endpoint);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/**
 * Makes a password the application's own, by the one function of docs/database-user.sql that may. The server gets the verifier that it
 * keeps, never the password.
 * @throws {StatementFailed} when the user is none of those that the recovery may change.
 * @throws {DatabaseUnreachable}
 */
export async function adoptPassword(
  endpoint: DatabaseEndpoint,
  access: DatabaseAccessEnv,
  { user, password }: ApplicationCredential,
): Promise<void> {
  const verifier = scramVerifier(password, randomBytes(SALT_BYTES));
  await withDatabase(
    endpoint,
    access,
    (session) => session.query('SELECT testudo_recovery.adopt_password($1, $2)', [user, verifier]),
    { readOnly: false },
  );
}

/** What PostgreSQL keeps of a password (RFC 5802, and "pg_authid" in its manual): it proves a password and is none. */
export function scramVerifier(password: string, salt: Buffer): string {
  // Compatibility composition is what SASLprep (RFC 4013) does to the characters that passwords have.
  const salted = pbkdf2Sync(password.normalize('NFKC'), salt, SCRAM_ITERATIONS, KEY_BYTES, 'sha256');
  const keyed = (text: string) => createHmac('sha256', salted).update(text).digest();
  const storedKey = createHash('sha256').update(keyed('Client Key')).digest('base64');
  const serverKey = keyed('Server Key').toString('base64');
  return `SCRAM-SHA-256$${SCRAM_ITERATIONS}:${salt.toString('base64')}$${storedKey}:${serverKey}`;
}
