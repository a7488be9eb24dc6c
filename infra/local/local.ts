/**
 * `npm run local [-- --time-scale N --trades-per-second N --endpoints FILE]`: keeps the whole system up in front of a platform that
 * trades, until Ctrl-C. Prints every address and writes them to `.local/endpoints.json`.
 */
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { endpointLines, endpointsOf, writeEndpoints } from './laptop/endpoints.ts';
import { listenForInterruption } from './laptop/interruption.ts';
import { startTradingServices } from './laptop/trading-services.ts';
import { startLaptop } from './laptop.ts';

const root = resolve(import.meta.dirname, '..', '..');
const SIZE = { users: 500, openPositions: 300, trades: 20_000 };

const Options = z.strictObject({
  'time-scale': z.coerce.number().min(1).max(600).default(60),
  'trades-per-second': z.coerce.number().positive().max(2000).default(50),
  endpoints: z.string().default(join(root, '.local', 'endpoints.json')),
});

process.exitCode = await main();
// Idle connections of SDK clients must not keep a closed laptop alive.
process.exit();

async function main(): Promise<number> {
  const options = readOptions();
  if (typeof options === 'string') {
    console.error(options);
    return 2;
  }
  const interruption = listenForInterruption();
  const run = `local-${process.pid}`;
  try {
    const laptop = await startLaptop({
      environment: 'laptop',
      root,
      run,
      logDirectory: join(root, '.local', 'logs', run),
      timeScale: options['time-scale'],
      scaleDeadlines: false,
      size: SIZE,
      onProgress: (activity) => console.log(activity),
      signal: interruption.signal,
    });
    try {
      const trading = startTradingServices(laptop, {
        size: SIZE,
        tradesPerSecond: options['trades-per-second'],
        seed: 1,
      });
      const endpoints = endpointsOf(laptop);
      const removeEndpoints = writeEndpoints(resolve(options.endpoints), endpoints);
      console.log(
        `\n${endpointLines(endpoints).join('\n')}\n\n${resolve(options.endpoints)}\nCtrl-C ends it.`,
      );
      if (!interruption.signal.aborted) await once(interruption.signal, 'abort');
      console.log('\nClosing');
      removeEndpoints();
      await trading.close();
    } finally {
      await laptop.close();
    }
  } catch (error) {
    if (!interruption.signal.aborted) throw error;
  }
  return interruption.exitCode();
}

/** The options, or what is wrong with them. */
function readOptions(): z.infer<typeof Options> | string {
  const text = { type: 'string' } as const;
  try {
    const { values } = parseArgs({
      options: { 'time-scale': text, 'trades-per-second': text, endpoints: text },
    });
    const parsed = Options.safeParse({ ...values });
    if (parsed.success) return parsed.data;
    return parsed.error.issues.map(({ path, message }) => `--${path.join('.')}: ${message}`).join('\n');
  } catch (error) {
    return (error as Error).message;
  }
}
