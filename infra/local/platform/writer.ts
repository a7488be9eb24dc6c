import { setTimeout as delay } from 'node:timers/promises';
import { Client, type ClientConfig } from 'pg';
import type { CommitRecord } from './commit-record.ts';
import type { Fill } from './exchanges.ts';
import type { Random } from './random.ts';
import { OrderBook, type TradeNumbers, type TradeOrder } from './trade-orders.ts';
import type { TradingGate } from './trading-gate.ts';

/** What the writers did, all together. */
export interface WriterCounts {
  accepted: number;
  /** Orders that the platform's own rules refused. */
  refused: number;
  /** Orders and connections that failed, by SQLSTATE or error code: their commit is not known to anybody. */
  failed: Record<string, number>;
  /** Connections that were made. */
  connections: number;
}

export interface WriterOptions {
  readonly connection: ClientConfig;
  readonly gate: TradingGate;
  readonly record: CommitRecord;
  /** Told of each order that was accepted: the venue has carried it out. */
  readonly onFill: (fill: Fill) => void;
  readonly counts: WriterCounts;
  readonly numbers: TradeNumbers;
  readonly random: Random;
  readonly users: number;
  /** Which part of the open positions is this writer's. */
  readonly share: { readonly index: number; readonly of: number };
  readonly intervalMillis: number;
  readonly signal: AbortSignal;
}

const CONNECT_TIMEOUT_MILLIS = 2000;
const STATEMENT_TIMEOUT_MILLIS = 2000;
/** The server's own timeout comes first, unless the network swallows the answer. */
const ANSWER_TIMEOUT_MILLIS = 4000;
const AFTER_FAILURE_MILLIS = 200;
const WHILE_HALTED_MILLIS = 20;
/** A writer that fell behind (a stalled database) does not catch up in one burst. */
const MOST_BEHIND_MILLIS = 1000;

/** Trades on one connection until `signal` aborts; makes a new one whenever it breaks. Never rejects. */
export async function runWriter(options: WriterOptions): Promise<void> {
  const { gate, signal, intervalMillis } = options;
  const book = new OrderBook(options.random, options.numbers, options.users);
  let client: Client | undefined;
  let dueAtMillis = performance.now();
  while (!signal.aborted) {
    if (gate.view().state === 'HALTED') {
      await rest(WHILE_HALTED_MILLIS, signal);
      continue;
    }
    dueAtMillis = Math.max(dueAtMillis + intervalMillis, performance.now() - MOST_BEHIND_MILLIS);
    await rest(dueAtMillis - performance.now(), signal);
    try {
      client ??= await connect(options, book);
      await trade(client, book, options);
    } catch (error) {
      count(options.counts, error);
      if (isConnectionLost(error)) {
        await client?.end().catch(() => undefined);
        client = undefined;
      }
      await rest(AFTER_FAILURE_MILLIS, signal);
    }
  }
  await client?.end().catch(() => undefined);
}

async function connect({ connection, counts, share }: WriterOptions, book: OrderBook): Promise<Client> {
  const client = new Client({
    ...connection,
    application_name: 'trading-service',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MILLIS,
    statement_timeout: STATEMENT_TIMEOUT_MILLIS,
    query_timeout: ANSWER_TIMEOUT_MILLIS,
  });
  // A connection that is cut between two orders shows at the next order.
  client.on('error', () => undefined);
  try {
    await client.connect();
    // By statement: RDS Proxy takes no command-line options.
    await client.query('SET TimeZone=UTC');
    const { rows } = await client.query<{ id: string }>(
      "SELECT id FROM positions WHERE status = 'OPEN' AND id % $1 = $2 ORDER BY id LIMIT 10000",
      [share.of, share.index],
    );
    book.load(rows.map(({ id }) => Number(id)));
  } catch (error) {
    await client.end().catch(() => undefined);
    throw error;
  }
  counts.connections += 1;
  return client;
}

/** The last look at the trading state is as close to the order as it can be. */
async function trade(
  client: Client,
  book: OrderBook,
  { gate, counts, record, onFill }: WriterOptions,
): Promise<void> {
  const order = book.next(gate.view().state);
  if (order === undefined) return;
  const { rows } = await client.query<{ content: string } & Fill>({
    name: nameOf(order),
    text: order.sql,
    values: [...order.values],
  });
  const acknowledgedAtMillis = Date.now();
  const made = rows[0];
  if (made === undefined) {
    counts.refused += 1;
    book.refused(order);
    return;
  }
  counts.accepted += 1;
  onFill(made);
  record.acknowledge({ id: order.tradeId, acknowledgedAtMillis, content: made.content });
}

/** Prepared once a connection: planning would cost more than the order. */
function nameOf(order: TradeOrder): string {
  return order.values.length === 9 ? 'open-position' : 'trade-position';
}

function count(counts: WriterCounts, error: unknown): void {
  const { code, message } = error as { code?: string; message?: string };
  const reason = code ?? message ?? String(error);
  counts.failed[reason] = (counts.failed[reason] ?? 0) + 1;
}

/** Class 57P (shutdown) and everything without an SQLSTATE; a statement that merely failed leaves the connection in order. */
function isConnectionLost(error: unknown): boolean {
  const { code } = error as { code?: string };
  return code === undefined || !/^[0-9A-Z]{5}$/.test(code) || code.startsWith('57P') || code.startsWith('08');
}

async function rest(millis: number, signal: AbortSignal): Promise<void> {
  if (millis > 0) await delay(millis, undefined, { signal }).catch(() => undefined);
}
