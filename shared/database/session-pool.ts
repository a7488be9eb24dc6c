import type { DatabaseSession } from './postgres.ts';

/** Opens a session, works, and closes it. */
export type OnDatabase = <Result>(work: (session: DatabaseSession) => Promise<Result>) => Promise<Result>;

/** Sessions that take the next piece as soon as they are free. */
export interface SessionPool {
  /** Runs one piece; pieces begin in the order in which they were handed in. */
  run<Result>(piece: (session: DatabaseSession) => Promise<Result>): Promise<Result>;
}

/**
 * Works on `count` sessions at once. A piece that loses its connection fails the whole.
 * @throws {DatabaseUnreachable}
 */
export function withSessionPool<Result>(
  count: number,
  onDatabase: OnDatabase,
  work: (pool: SessionPool) => Promise<Result>,
): Promise<Result> {
  const open = (sessions: readonly DatabaseSession[]): Promise<Result> =>
    sessions.length === count
      ? work(poolOf(sessions))
      : onDatabase((session) => open([...sessions, session]));
  return open([]);
}

function poolOf(sessions: readonly DatabaseSession[]): SessionPool {
  const idle = [...sessions];
  const waiting: ((session: DatabaseSession) => void)[] = [];
  const handOn = (session: DatabaseSession) => {
    const next = waiting.shift();
    if (next === undefined) idle.push(session);
    else next(session);
  };
  return {
    async run(piece) {
      const session = idle.pop() ?? (await new Promise<DatabaseSession>((resolve) => waiting.push(resolve)));
      try {
        return await piece(session);
      } finally {
        handOn(session);
      }
    },
  };
}
