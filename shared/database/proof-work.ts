import type { DatabaseSession } from './postgres.ts';
import type { LayerTime, ProofLayer } from './proof.ts';

/** Opens a session, works, and closes it. */
type OnDatabase = <Result>(work: (session: DatabaseSession) => Promise<Result>) => Promise<Result>;

/** The pieces of one proof, spread over several sessions, each with the layer that its time is spent for. */
export interface ProofWork {
  /** Runs one piece on the next session that is free, in the order in which the pieces were handed in. */
  run<Result>(layer: ProofLayer, piece: (session: DatabaseSession) => Promise<Result>): Promise<Result>;
  /** Seconds that sessions have spent for each layer: more than have passed, where several worked at once. */
  times(): LayerTime[];
}

/**
 * Works on `count` sessions at once. A piece that loses its connection fails the whole.
 * @throws {DatabaseUnreachable}
 */
export function withProofWork<Result>(
  count: number,
  onDatabase: OnDatabase,
  work: (pieces: ProofWork) => Promise<Result>,
): Promise<Result> {
  const open = (sessions: readonly DatabaseSession[]): Promise<Result> =>
    sessions.length === count
      ? work(spread(sessions))
      : onDatabase((session) => open([...sessions, session]));
  return open([]);
}

function spread(sessions: readonly DatabaseSession[]): ProofWork {
  const idle = [...sessions];
  const waiting: ((session: DatabaseSession) => void)[] = [];
  const seconds = new Map<ProofLayer, number>();
  const handOn = (session: DatabaseSession) => {
    const next = waiting.shift();
    if (next === undefined) idle.push(session);
    else next(session);
  };
  return {
    async run(layer, piece) {
      const session = idle.pop() ?? (await new Promise<DatabaseSession>((resolve) => waiting.push(resolve)));
      const startedAtMillis = performance.now();
      try {
        return await piece(session);
      } finally {
        const spent = (performance.now() - startedAtMillis) / 1000;
        seconds.set(layer, (seconds.get(layer) ?? 0) + spent);
        handOn(session);
      }
    },
    times: () => [...seconds].map(([layer, spent]) => ({ layer, seconds: Math.round(spent * 1000) / 1000 })),
  };
}
