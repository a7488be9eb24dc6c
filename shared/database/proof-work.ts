import type { DatabaseSession } from './postgres.ts';
import type { LayerTime, ProofLayer } from './proof.ts';
import { type OnDatabase, type SessionPool, withSessionPool } from './session-pool.ts';

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
  return withSessionPool(count, onDatabase, (pool) => work(timed(pool)));
}

function timed(pool: SessionPool): ProofWork {
  const seconds = new Map<ProofLayer, number>();
  return {
    run: (layer, piece) =>
      pool.run(async (session) => {
        const startedAtMillis = performance.now();
        try {
          return await piece(session);
        } finally {
          seconds.set(layer, (seconds.get(layer) ?? 0) + (performance.now() - startedAtMillis) / 1000);
        }
      }),
    times: () => [...seconds].map(([layer, spent]) => ({ layer, seconds: Math.round(spent * 1000) / 1000 })),
  };
}
