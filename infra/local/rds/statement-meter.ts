import type { Duplex } from 'node:stream';

/** ReadyForQuery: type, length, and one of idle, in a transaction, in a failed one (PostgreSQL documentation, "Message Formats"). */
const READY_FOR_QUERY_BYTES = 6;
const TRANSACTION_STATES = 'ITE';

/** The server's time on what a client asked, in milliseconds since 1970 with fractions. */
export interface MeteredStatement {
  readonly startedAt: number;
  readonly endedAt: number;
}

/**
 * Watches a session from outside: from the first byte of a question until the server is ready for the next one, it works for the
 * client. The end of a session ends an unanswered statement.
 */
export function meterStatements(
  client: Duplex,
  server: Duplex,
  onStatement: (statement: MeteredStatement) => void,
): void {
  let startedAt: number | undefined;
  let tail: Buffer = Buffer.alloc(0);
  const now = () => performance.timeOrigin + performance.now();
  const end = () => {
    if (startedAt !== undefined) onStatement({ startedAt, endedAt: now() });
    startedAt = undefined;
  };
  client.on('data', () => {
    startedAt ??= now();
  });
  server.on('data', (chunk: Buffer) => {
    tail = Buffer.concat([tail, chunk.subarray(-READY_FOR_QUERY_BYTES)]).subarray(-READY_FOR_QUERY_BYTES);
    if (isReadyForQuery(tail)) end();
  });
  server.on('close', end);
}

function isReadyForQuery(tail: Buffer): boolean {
  return (
    tail.length === READY_FOR_QUERY_BYTES &&
    tail.toString('latin1', 0, 1) === 'Z' &&
    tail.readInt32BE(1) === READY_FOR_QUERY_BYTES - 1 &&
    TRANSACTION_STATES.includes(tail.toString('latin1', 5))
  );
}
