import { Client, type ClientConfig } from 'pg';

/** SQLSTATE: "sorry, too many clients already". */
const TOO_MANY_CONNECTIONS = '53300';
/** No server of the laptop has as many slots. */
const MOST_SESSIONS = 1000;

/** Opens idle sessions until the server has no slot left for an ordinary user. @returns the sessions. */
export async function exhaustConnections(connection: ClientConfig): Promise<Client[]> {
  const sessions: Client[] = [];
  while (sessions.length < MOST_SESSIONS) {
    const session = await open(connection, 'leaking-service');
    if (session === undefined) break;
    sessions.push(session);
  }
  return sessions;
}

/**
 * A report that locks the positions and computes for minutes, over and over: whoever reads them waits.
 * @returns its session.
 */
export async function holdTable(connection: ClientConfig): Promise<Client[]> {
  return hold(connection, 'monthly-report', 'LOCK TABLE positions IN EXCLUSIVE MODE');
}

/**
 * A run that keeps every third position for itself, and so holds up most of the traders, but not all orders.
 * @returns its session.
 */
export async function holdRows(connection: ClientConfig): Promise<Client[]> {
  return hold(connection, 'settlement', 'SELECT FROM positions WHERE id % 3 = 0 FOR UPDATE');
}

async function hold(connection: ClientConfig, applicationName: string, sql: string): Promise<Client[]> {
  const session = await open(connection, applicationName);
  if (session === undefined) return [];
  await session.query(`BEGIN; ${sql}`);
  session.query('SELECT pg_sleep(600)').catch(() => undefined);
  return [session];
}

/** Ends sessions that are still open. */
export async function endAll(sessions: readonly Client[]): Promise<void> {
  await Promise.all(sessions.map((session) => session.end().catch(() => undefined)));
}

async function open(connection: ClientConfig, applicationName: string): Promise<Client | undefined> {
  const session = new Client({ ...connection, application_name: applicationName });
  // The recovery ends these sessions: that is no error of ours.
  session.on('error', () => undefined);
  try {
    await session.connect();
    return session;
  } catch (error) {
    await session.end().catch(() => undefined);
    if ((error as { code?: string }).code === TOO_MANY_CONNECTIONS) return undefined;
    throw error;
  }
}
