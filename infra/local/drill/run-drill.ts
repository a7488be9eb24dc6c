import { setTimeout as delay } from 'node:timers/promises';
import type { TimelineEvent } from '../../../shared/incident/timeline-event.ts';
import { startTradingServices, type TradingServices } from '../laptop/trading-services.ts';
import { type Laptop, startLaptop } from '../laptop.ts';
import { readTradingView } from '../platform/emergency-api.ts';
import type { RdsPhase } from '../rds/rds-context.ts';
import { setOffAlarm } from './alarms.ts';
import { readSeededRows } from './data-after.ts';
import { DrillDeadlineExpired, type ExecutionWatch, untilTrue, watchExecutions } from './execution-watch.ts';
import { causeFault, type Disturbance, describeFault } from './faults.ts';
import { judge, type Rehearsal } from './judge.ts';
import { type KeptRecords, openRecords } from './kept-records.ts';
import { actAsOperators, haltByToken } from './operators.ts';
import type { Progress } from './progress.ts';
import { breaksPlatform, type Scenario } from './scenario.ts';
import { startByHand } from './start-by-hand.ts';
import { takeUp } from './take-up.ts';

export interface DrillOptions {
  /** Root of the project. */
  readonly root: string;
  /** What the functions print goes here. */
  readonly logDirectory: string;
  readonly progress: Progress;
  /** Ends the drill. */
  readonly signal: AbortSignal;
}

/** Milliseconds since 1970 at which the parts of a drill began. */
export interface DrillClock {
  readonly startedAtMillis: number;
  readonly laptopStoodAtMillis: number;
  readonly firstFaultAtMillis: number;
  readonly procedureEndedAtMillis: number;
}

/** Enough trades that the writers' connections and statements are warm, and that there is something to lose. */
const TRADES_BEFORE_THE_CLOCK = 20;
/** After the resumption, trading itself shows that it has resumed. */
const TRADES_AFTER_RESUMPTION = 20;
const UNTIL_TRADING_MILLIS = 15_000;

/**
 * Rehearses one scenario on a laptop of its own, which is gone when this resolves or rejects. A rehearsal that did not go as expected
 * is a result; what rejects is a drill that could not be held.
 */
export async function runDrill(scenario: Scenario, options: DrillOptions): Promise<Rehearsal> {
  const { progress, signal } = options;
  const startedAtMillis = Date.now();
  const phases: RdsPhase[] = [];
  progress.phase('Start the laptop');
  const laptop = await startLaptop({
    root: options.root,
    environment: scenario.environment,
    run: `drill-${scenario.name}-${process.pid}-${startedAtMillis}`,
    logDirectory: options.logDirectory,
    timeScale: scenario.timeScale,
    scaleDeadlines: true,
    size: scenario.platform,
    configuration: scenario.configuration,
    onProgress: progress.note,
    onPhase: (phase) => phases.push(phase),
    signal,
  });
  try {
    return await rehearse(scenario, laptop, { ...options, startedAtMillis, phases });
  } finally {
    await laptop.close();
  }
}

interface Stage extends DrillOptions {
  readonly startedAtMillis: number;
  readonly phases: readonly RdsPhase[];
}

async function rehearse(scenario: Scenario, laptop: Laptop, stage: Stage): Promise<Rehearsal> {
  const { progress, signal } = stage;
  const laptopStoodAtMillis = Date.now();
  const records = openRecords(laptop);
  const watch = watchExecutions(laptop.services, ({ state }) => progress.note(state));
  const seededBefore = await readSeededRows(laptop.platform.adminConnection(), scenario.platform.trades);
  const trading = startTradingServices(laptop, {
    size: scenario.platform,
    tradesPerSecond: scenario.platform.tradesPerSecond,
    seed: scenario.seed,
  });
  const disturbances: Disturbance[] = [];
  try {
    progress.phase('Trade');
    await tradesMore(trading, TRADES_BEFORE_THE_CLOCK, signal);
    const tradingBegunAtMillis = Date.now();
    progress.phase('Break');
    const firstFaultAtMillis = await breakThings(scenario, laptop, stage, tradingBegunAtMillis, disturbances);
    const stopped = await recover(scenario, laptop, { ...stage, records, watch, firstFaultAtMillis });
    const procedureEndedAtMillis = Date.now();
    progress.phase('Judge');
    const resumption = await showThatTradingGoesOn(laptop, trading, stage);
    await trading.close();
    return await judge({
      scenario,
      laptop,
      records,
      watch,
      trading,
      seededBefore,
      phases: stage.phases,
      problems: [...stopped, ...resumption, ...disturbances.flatMap(({ unmet }) => unmet() ?? [])],
      clock: {
        startedAtMillis: stage.startedAtMillis,
        laptopStoodAtMillis,
        firstFaultAtMillis,
        procedureEndedAtMillis,
      },
    });
  } finally {
    await trading.close();
    for (const disturbance of disturbances) await disturbance.end();
    records.close();
  }
}

/** Causes every fault when its time has come. @returns when the first one that breaks the platform itself came. */
async function breakThings(
  scenario: Scenario,
  laptop: Laptop,
  { progress, signal }: Stage,
  tradingBegunAtMillis: number,
  disturbances: Disturbance[],
): Promise<number> {
  let firstFaultAtMillis = Number.POSITIVE_INFINITY;
  for (const fault of scenario.faults.toSorted((left, right) => left.after - right.after)) {
    await untilMoment(tradingBegunAtMillis + fault.after, signal);
    if (breaksPlatform(fault)) firstFaultAtMillis = Math.min(firstFaultAtMillis, Date.now());
    progress.note(describeFault(fault));
    disturbances.push(await causeFault(fault, laptop));
  }
  if (scenario.alarm !== undefined) {
    await untilMoment(tradingBegunAtMillis + scenario.alarm.after, signal);
    progress.note(`the alarm ${scenario.alarm.name} goes off`);
    await setOffAlarm(laptop, scenario.alarm);
  }
  const { halt, start } = scenario.operators;
  if (halt !== undefined) {
    await untilMoment(tradingBegunAtMillis + halt, signal);
    progress.note('somebody halts trading, and again to be sure');
    await haltByToken(laptop.emergencyApi, laptop.emergencyToken, signal);
    await haltByToken(laptop.emergencyApi, laptop.emergencyToken, signal);
  }
  for (const attempt of start ?? []) {
    await untilMoment(tradingBegunAtMillis + attempt.after, signal);
    progress.note('an operator starts the response');
    const attemptedAtMillis = Math.min(firstFaultAtMillis, Date.now());
    disturbances.push(await startByHand(attempt, scenario, laptop, { attemptedAtMillis, signal }));
  }
  return Math.min(firstFaultAtMillis, Date.now());
}

interface Recovery extends Stage {
  readonly records: KeptRecords;
  readonly watch: ExecutionWatch;
  readonly firstFaultAtMillis: number;
}

/** Lets the procedure and the operators do their work. @returns why it came to no end, if it did not. */
async function recover(scenario: Scenario, laptop: Laptop, recovery: Recovery): Promise<string[]> {
  const { progress, records, watch, signal } = recovery;
  progress.phase('Detect');
  if (scenario.expect.severity === 'none') {
    await delay(scenario.watch, undefined, { signal });
    return [];
  }
  const deadlineMillis = recovery.firstFaultAtMillis + scenario.deadline;
  const over = new AbortController();
  try {
    let incident: readonly TimelineEvent[] | undefined;
    const responses = Math.max(1, scenario.operators.start?.length ?? 0);
    // A response that could not even open its incident has an end too.
    await untilTrue('an incident', deadlineMillis, signal, async () => {
      [incident] = await records.timelines();
      return incident !== undefined || (watch.ended().length >= responses && watch.running() === 0);
    });
    progress.phase('Recover');
    const incidentId = incident?.[0]?.incidentId;
    const working = letOperatorsAct(scenario, laptop, recovery, {
      incidentId,
      over: over.signal,
    });
    await untilTrue('the end of the procedure', deadlineMillis, signal, () => watch.running() === 0);
    const takenUp: string[] = [];
    if (scenario.operators.takeUp !== undefined && incidentId !== undefined) {
      const problems = await takeUp(scenario.operators.takeUp, laptop, {
        incidentId,
        onAction: progress.note,
        deadlineMillis,
        signal,
      });
      takenUp.push(...problems);
    }
    over.abort();
    return [...takenUp, ...(await working)];
  } catch (error) {
    if (!(error instanceof DrillDeadlineExpired)) throw error;
    return [error.message];
  } finally {
    over.abort();
  }
}

/** @returns what an operator could not do. */
async function letOperatorsAct(
  scenario: Scenario,
  laptop: Laptop,
  { progress, signal, firstFaultAtMillis }: Recovery,
  { incidentId, over }: { readonly incidentId: string | undefined; readonly over: AbortSignal },
): Promise<string[]> {
  if (incidentId === undefined) return [];
  try {
    await actAsOperators({
      emergencyApi: laptop.emergencyApi,
      region: laptop.account.region,
      operators: laptop.operators,
      plan: scenario.operators,
      firstFaultAtMillis,
      incidentId,
      onAction: progress.note,
      signal: AbortSignal.any([signal, over]),
    });
    return [];
  } catch (error) {
    const { name, message } = error as Error;
    return [`${name}: ${message}`];
  }
}

/** @returns what is wrong when trading is allowed and nobody trades. */
async function showThatTradingGoesOn(
  laptop: Laptop,
  trading: TradingServices,
  { signal }: Stage,
): Promise<string[]> {
  const { state } = await readTradingView(laptop.emergencyApi, laptop.emergencyToken, signal);
  if (state !== 'ACTIVE') return [];
  try {
    await tradesMore(trading, TRADES_AFTER_RESUMPTION, signal);
    return [];
  } catch (error) {
    if (!(error instanceof DrillDeadlineExpired)) throw error;
    const { failed } = trading.writers.counts();
    return [`trading is ACTIVE, but no order is accepted: ${JSON.stringify(failed)}`];
  }
}

async function tradesMore({ writers }: TradingServices, trades: number, signal: AbortSignal): Promise<void> {
  const before = writers.counts().accepted;
  await untilTrue(`${trades} trades`, Date.now() + UNTIL_TRADING_MILLIS, signal, () => {
    return writers.counts().accepted >= before + trades;
  });
}

async function untilMoment(millis: number, signal: AbortSignal): Promise<void> {
  const left = millis - Date.now();
  if (left > 0) await delay(left, undefined, { signal });
}
