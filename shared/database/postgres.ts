import { Signer } from '@aws-sdk/rds-signer';
import pg from 'pg';
import * as z from 'zod';
import { DatabaseUnreachable, StatementFailed } from './errors.ts';
import { trustedAuthorities } from './trusted-authorities.ts';

/** `application_name` of every session that the recovery opens. */
export const RECOVERY_APPLICATION_NAME = 'testudo-recovery';

const CONNECT_TIMEOUT_MILLIS = 5000;
const STATEMENT_TIMEOUT_MILLIS = 30_000;
/** The server's own timeouts come first, unless the network swallows the answer. */
const ANSWER_GRACE_MILLIS = 5000;

/** Environment of a function that signs in to the database. */
export const DatabaseAccessEnv = z.object({
  DATABASE_NAME: z.string().min(1),
  DATABASE_USER: z.string().min(1),
  /** One more certificate authority to trust besides those of RDS, as PEM. */
  DATABASE_CA_PEM: z.string().optional(),
});
export type DatabaseAccessEnv = z.infer<typeof DatabaseAccessEnv>;

/** Environment of a function that must find the database without asking RDS. */
export const DatabaseEndpointEnv = z.object({
  /** The endpoint of the platform's identifier, which stays with it through every rename. */
  DATABASE_HOST: z.string().min(1),
  DATABASE_PORT: z.coerce.number().int().positive(),
});
export type DatabaseEndpointEnv = z.infer<typeof DatabaseEndpointEnv>;

/** Where a server listens. */
export interface DatabaseEndpoint {
  readonly host: string;
  readonly port: number;
}

/** How a session behaves. */
export interface SessionOptions {
  /** Transactions of this session cannot write unless this is false. */
  readonly readOnly?: boolean;
  readonly statementTimeoutMillis?: number;
  /** RDS Proxy takes no command-line options: what they would say is said in the session. */
  readonly throughProxy?: boolean;
}

/** A session. */
export interface DatabaseSession {
  /**
   * Runs one statement.
   * @throws {StatementFailed} with the SQLSTATE.
   * @throws {DatabaseUnreachable} when the connection is lost.
   */
  query<Row extends object>(sql: string, values?: readonly unknown[]): Promise<Row[]>;
  /** What the server has warned of so far, e.g. that a table was skipped. */
  readonly warnings: readonly string[];
  /** Milliseconds from the first packet to the end of the sign-in. */
  readonly connectMillis: number;
}

/**
 * Signs in with an IAM token over verified TLS, works, and signs out.
 * @throws {DatabaseUnreachable} when no session can be had or it is lost.
 */
export async function withDatabase<Result>(
  endpoint: DatabaseEndpoint,
  access: DatabaseAccessEnv,
  work: (session: DatabaseSession) => Promise<Result>,
  options: SessionOptions = {},
): Promise<Result> {
  const { session, end } = await signIn(endpoint, access, options);
  try {
    return await work(session);
  } finally {
    await end();
  }
}

/** How every connection of the recovery is made, whoever signs in: over verified TLS, under its own name, and soon or not at all. */
export function connectionSettings(endpoint: DatabaseEndpoint, access: DatabaseAccessEnv): pg.ClientConfig {
  return {
    host: endpoint.host,
    port: endpoint.port,
    database: access.DATABASE_NAME,
    ssl: { secureContext: trustedAuthorities(access.DATABASE_CA_PEM), rejectUnauthorized: true },
    application_name: RECOVERY_APPLICATION_NAME,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MILLIS,
  };
}

async function signIn(endpoint: DatabaseEndpoint, access: DatabaseAccessEnv, options: SessionOptions) {
  const {
    readOnly = true,
    statementTimeoutMillis = STATEMENT_TIMEOUT_MILLIS,
    throughProxy = false,
  } = options;
  const transactions = `default_transaction_read_only=${readOnly ? 'on' : 'off'}`;
  const token = await new Signer({
    hostname: endpoint.host,
    port: endpoint.port,
    username: access.DATABASE_USER,
  }).getAuthToken();
  const client = new pg.Client({
    ...connectionSettings(endpoint, access),
    user: access.DATABASE_USER,
    password: token,
    query_timeout: statementTimeoutMillis + ANSWER_GRACE_MILLIS,
    ...(!throughProxy && {
      statement_timeout: statementTimeoutMillis,
      options: `-c TimeZone=UTC -c ${transactions}`,
    }),
  });
  const warnings: string[] = [];
  client.on('notice', ({ severity, message }) => {
    if (severity === 'WARNING') warnings.push(message ?? '');
  });
  // A connection that is cut between two statements shows at the next statement.
  client.on('error', () => undefined);
  const startedAtMillis = performance.now();
  try {
    await client.connect();
    if (throughProxy)
      await client.query(
        `SET TimeZone=UTC; SET ${transactions}; SET statement_timeout=${statementTimeoutMillis}`,
      );
  } catch (error) {
    await client.end().catch(() => undefined);
    throw unreachable(error, endpoint);
  }
  const session: DatabaseSession = {
    warnings,
    connectMillis: performance.now() - startedAtMillis,
    async query<Row extends object>(sql: string, values: readonly unknown[] = []) {
      try {
        const { rows } = await client.query<Row>(sql, [...values]);
        return rows;
      } catch (error) {
        throw isStatementError(error)
          ? new StatementFailed(error.message, error.code ?? 'XX000', { cause: error })
          : unreachable(error, endpoint);
      }
    },
  };
  return { session, end: () => client.end().catch(() => undefined) };
}

/** A server that ends the session is not reachable any more; every other error belongs to the statement. */
function isStatementError(error: unknown): error is pg.DatabaseError {
  return error instanceof pg.DatabaseError && !/^(08|57P0)/.test(error.code ?? '');
}

/** What an error of the connection itself means: nobody knows what the server would have said. */
export function unreachable(error: unknown, { host, port }: DatabaseEndpoint): DatabaseUnreachable {
  const { message, code } = error as Error & { code?: string };
  const fault = code ?? (/timeout/i.test(message) ? 'ETIMEDOUT' : 'ECONNRESET');
  return new DatabaseUnreachable(`${host}:${port}: ${message || fault} (${fault})`, fault, { cause: error });
}
