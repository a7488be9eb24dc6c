/**
 * `npm run drill [-- <scenario>] [--output DIR]`: rehearses a scenario by its name (test/drills/<name>.yaml) or by the path of its
 * file. Exits with 0 when everything went as the scenario expects, 1 when it did not, 2 when the scenario cannot be read.
 */
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { ImpossibleFault } from './drill/faults.ts';
import { InvalidScenario, loadScenario, UnknownScenario } from './drill/load-scenario.ts';
import { listedProgress, plainProgress } from './drill/progress.ts';
import { writeResult } from './drill/result.ts';
import { resultLines } from './drill/result-table.ts';
import { runDrill } from './drill/run-drill.ts';
import type { Scenario } from './drill/scenario.ts';
import { listenForInterruption } from './laptop/interruption.ts';
import { SynthesisFailed } from './laptop/synthesize.ts';

const DEFAULT_SCENARIO = 'bad-delete';
const root = resolve(import.meta.dirname, '..', '..');

process.exitCode = await main();
// Idle connections of SDK clients must not keep a finished drill alive.
process.exit();

async function main(): Promise<number> {
  const startedAt = performance.now();
  const elapsedSeconds = () => (performance.now() - startedAt) / 1000;
  const interruption = listenForInterruption();
  let scenario: Scenario;
  let output: string | undefined;
  try {
    const { values, positionals } = parseArgs({
      options: { output: { type: 'string' } },
      allowPositionals: true,
    });
    output = values.output;
    const [wanted = DEFAULT_SCENARIO] = positionals;
    scenario = loadScenario(wanted, {
      directory: join(root, 'test', 'drills'),
      workingDirectory: process.cwd(),
    });
  } catch (error) {
    if (!isUsageError(error)) throw error;
    console.error(error.message);
    return 2;
  }

  const directory = resolve(output ?? join(root, '.drills', scenario.name));
  console.log(`${scenario.name}: ${scenario.summary}`);
  const progress = process.stdout.isTTY
    ? listedProgress(elapsedSeconds)
    : plainProgress((line) => console.log(line), elapsedSeconds);
  try {
    const { result, documents } = await runDrill(scenario, {
      root,
      logDirectory: join(directory, 'logs'),
      progress,
      signal: interruption.signal,
    });
    await progress.end();
    writeResult(directory, result, documents);
    console.log(`\n${resultLines(result).join('\n')}\n${directory}`);
    return result.passed ? 0 : 1;
  } catch (error) {
    await progress.end();
    if (interruption.signal.aborted) {
      console.error(`\nInterrupted: ${(interruption.signal.reason as Error).message}`);
      return interruption.exitCode();
    }
    console.error('\nThe drill could not be held:');
    console.error(
      error instanceof ImpossibleFault || error instanceof SynthesisFailed ? error.message : error,
    );
    return 1;
  }
}

function isUsageError(error: unknown): error is Error {
  if (error instanceof InvalidScenario || error instanceof UnknownScenario) return true;
  return (
    error instanceof TypeError && String((error as { code?: unknown }).code).startsWith('ERR_PARSE_ARGS')
  );
}
