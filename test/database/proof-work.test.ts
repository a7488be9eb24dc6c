import { describe, expect, it } from 'vitest';
import type { DatabaseSession } from '../../shared/database/postgres.ts';
import { withProofWork } from '../../shared/database/proof-work.ts';

/** Sessions that can be told apart, and how many are open. */
function server() {
  let open = 0;
  let opened = 0;
  return {
    open: () => open,
    onDatabase: async <Result>(work: (session: DatabaseSession) => Promise<Result>) => {
      open += 1;
      opened += 1;
      const session: DatabaseSession = {
        warnings: [`session ${opened}`],
        connectMillis: 0,
        query: async () => [],
      };
      try {
        return await work(session);
      } finally {
        open -= 1;
      }
    },
  };
}
const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('the work of a proof', () => {
  it('gives each session one piece at a time, and uses them all', async () => {
    const { onDatabase, open } = server();
    const busy = new Set<string>();
    const seen = new Set<string>();
    await withProofWork(3, onDatabase, async (work) => {
      await Promise.all(
        Array.from({ length: 20 }, () =>
          work.run('counts', async ({ warnings: [name = ''] }) => {
            expect(busy.has(name)).toBe(false);
            busy.add(name);
            seen.add(name);
            await turn();
            busy.delete(name);
          }),
        ),
      );
    });
    expect(seen.size).toBe(3);
    expect(open()).toBe(0);
  });

  it('takes the pieces in their order', async () => {
    const { onDatabase } = server();
    const order = await withProofWork(1, onDatabase, async (work) => {
      const begun: number[] = [];
      await Promise.all([1, 2, 3].map((piece) => work.run('counts', async () => begun.push(piece))));
      return begun;
    });
    expect(order).toEqual([1, 2, 3]);
  });

  it('goes on with the other pieces when one fails, closes every session and fails itself', async () => {
    const { onDatabase, open } = server();
    const done: string[] = [];
    const failing = withProofWork(2, onDatabase, (work) =>
      Promise.all([
        work.run('counts', () => Promise.reject(new Error('lost'))),
        work.run('orphans', async () => done.push('orphans')),
      ]),
    );
    await expect(failing).rejects.toThrow('lost');
    expect(done).toEqual(['orphans']);
    expect(open()).toBe(0);
  });

  it('says for which layers it has worked', async () => {
    const { onDatabase } = server();
    const times = await withProofWork(2, onDatabase, async (work) => {
      await work.run('counts', turn);
      await work.run('stop', turn);
      await work.run('counts', turn);
      return work.times();
    });
    expect(times.map(({ layer }) => layer)).toEqual(['counts', 'stop']);
  });
});
