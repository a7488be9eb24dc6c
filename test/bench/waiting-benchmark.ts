import { described } from '../database/fixtures/rds-describer.ts';
import { startWaitRig } from '../database/fixtures/wait-rig.ts';
import { cost } from './aws-prices.ts';
import { type Benchmark, compare } from './benchmark.ts';
import { median, percentile } from './statistics.ts';
import { definitionOf, longestGoodWay, waitsOf } from './waiting-machines.ts';
import { simulateWait, type WaitOutcome, type Watching } from './waiting-simulation.ts';

const RESTORE_MINUTES = [5, 10, 20, 30, 60, 90, 120];
const LONGEST_MINUTES = 120;
/** The minutely look comes at any second of the minute in which an instance becomes ready: each is simulated. */
const PHASES_SECONDS = Array.from({ length: 60 }, (_, second) => second + 0.5);
/** Changes after the restore: configuration, fencing, renames. */
const CHANGE_SECONDS = 75;
/** RDS tells of these by no event of its own (documented events of DB instances); looks find them. */
const WITHOUT_EVENT = new Set(['configuration', 'fencing']);
/** EventBridge gives half a second as its typical latency; as much again is added for the start of the function. */
const DELIVERY_SECONDS = 1;
/** Measured on the laptop, where network and DynamoDB answer faster than in AWS: this is added. */
const NETWORK_SECONDS = 0.25;
const MEASURED_LOOKS = 40;
const FUNCTION_GIBIBYTES = 0.5;
const PROMISED_LOST_SECONDS = { event: 2, lost: 60 };
const PROMISED_TRANSITIONS = 60;

const MODES: Readonly<Record<string, Watching>> = {
  event: { kind: 'event' },
  'event lost': { kind: 'event-lost' },
  '10 s loop': { kind: 'loop', intervalSeconds: 10 },
  '30 s loop': { kind: 'loop', intervalSeconds: 30 },
  '60 s loop': { kind: 'loop', intervalSeconds: 60 },
};

/** A whole recovery by one way of watching. */
interface Recovery {
  /** Lost in the wait for the restore, by phase. */
  readonly lostSeconds: readonly number[];
  /** Lost in all waits together, on average. */
  readonly lostInAllSeconds: number;
  readonly transitions: number;
  readonly dollars: number;
}

/**
 * What waiting costs in restores of 5 to 120 minutes, on a simulated clock: our own rule and code (`settleWait`) and our own definitions
 * on the engine of the laptop, against polling loops of the same restore. Simulated are RDS, the delivery of events and the
 * schedule; how long a look takes is measured before, with real DynamoDB and Step Functions calls on the laptop.
 */
export const waitingBenchmark: Benchmark = {
  name: 'waiting',
  run: async (progress) => {
    const lookSeconds = NETWORK_SECONDS + (await measureLook());
    progress(
      `a look takes ${(lookSeconds * 1000).toFixed(0)} ms until the task is answered: measured, and network`,
    );
    const recoveries = new Map<string, Recovery>();
    for (const minutes of RESTORE_MINUTES) {
      for (const [mode, watching] of Object.entries(MODES)) {
        const recovery = await simulateRecovery(minutes * 60, watching, lookSeconds);
        recoveries.set(`${mode} ${minutes}`, recovery);
        progress(describe(minutes, mode, recovery));
      }
    }
    const worst = (mode: string) =>
      Math.max(...RESTORE_MINUTES.flatMap((minutes) => recoveryOf(recoveries, mode, minutes).lostSeconds));
    const longest = (mode: string) => recoveryOf(recoveries, mode, LONGEST_MINUTES);
    const loops = Object.keys(MODES).filter((mode) => mode.endsWith('loop'));
    return [
      compare({
        name: 'waiting: lost when the event comes, worst restore',
        ours: worst('event'),
        floor: PROMISED_LOST_SECONDS.event,
        unit: 's',
        against: 'the promised time',
        goal: 1,
      }),
      compare({
        name: 'waiting: lost when the event does not come, worst of 60 phases',
        ours: worst('event lost'),
        floor: PROMISED_LOST_SECONDS.lost,
        unit: 's',
        against: 'the promised time',
        goal: 1,
      }),
      compare({
        name: 'waiting: state transitions of a two-hour restore, the event lost',
        ours: longest('event lost').transitions,
        floor: PROMISED_TRANSITIONS,
        unit: '',
        against: 'the promised number',
        goal: 1,
      }),
      ...loops.flatMap((mode) => [
        compare({
          name: `waiting: state transitions of a two-hour restore`,
          ours: longest('event').transitions,
          floor: longest(mode).transitions,
          unit: '',
          against: `a ${mode}`,
          goal: null,
        }),
        compare({
          name: `waiting: thousandths of a dollar for a two-hour recovery`,
          ours: longest('event').dollars * 1000,
          floor: longest(mode).dollars * 1000,
          unit: 'm$',
          against: `a ${mode}`,
          goal: null,
        }),
        compare({
          name: `waiting: lost in all waits of a two-hour recovery, average`,
          ours: longest('event').lostInAllSeconds,
          floor: longest(mode).lostInAllSeconds,
          unit: 's',
          against: `a ${mode}`,
          goal: null,
        }),
      ]),
    ];
  },
};

async function simulateRecovery(
  restoreSeconds: number,
  watching: Watching,
  lookSeconds: number,
): Promise<Recovery> {
  const procedure = [definitionOf('point-in-time-restore'), definitionOf('database-cut-over')];
  const waiting = definitionOf('await-database-instance');
  const lostSeconds: number[] = [];
  const all: WaitOutcome[] = [];
  for (const firstLookSeconds of PHASES_SECONDS) {
    for (const planned of procedure.flatMap(waitsOf)) {
      const hasEvent = watching.kind === 'event' && !WITHOUT_EVENT.has(planned.purpose);
      const outcome = await simulateWait(waiting, {
        ...planned,
        watching: watching.kind === 'event' && !hasEvent ? { kind: 'event-lost' } : watching,
        // A loop has its own phase: what it waits for does not end at a multiple of its interval.
        readyAfterSeconds:
          (planned.purpose === 'restore' ? restoreSeconds : CHANGE_SECONDS) +
          (watching.kind === 'loop' ? firstLookSeconds : 0),
        firstLookSeconds,
        deliverySeconds: DELIVERY_SECONDS,
        lookSeconds,
      });
      all.push(outcome);
      if (planned.purpose === 'restore') lostSeconds.push(outcome.lostSeconds);
    }
  }
  const average = (of: (outcome: WaitOutcome) => number) =>
    all.reduce((sum, outcome) => sum + of(outcome), 0) / PHASES_SECONDS.length;
  const ways = procedure.reduce((sum, machine) => sum + longestGoodWay(machine), 0);
  const transitions = ways + Math.ceil(average((outcome) => outcome.transitions));
  return {
    lostSeconds,
    lostInAllSeconds: average((outcome) => outcome.lostSeconds),
    transitions,
    dollars: cost({
      transitions,
      invocations: average(({ looks }) => looks),
      secondsAnInvocation: lookSeconds,
      gibibytes: FUNCTION_GIBIBYTES,
      scheduledRuns: average(({ scheduledRuns }) => scheduledRuns),
    }),
  };
}

/** Seconds from what an event sets going until the state machine has gone on, the middle one. */
async function measureLook(): Promise<number> {
  const rig = await startWaitRig();
  const samples: number[] = [];
  try {
    for (let round = 0; round < MEASURED_LOOKS; round += 1) {
      await rig.reset();
      rig.rds.instances.push(described({ DBInstanceStatus: 'creating' }));
      const { ended } = await rig.begin();
      rig.rds.instances.splice(0, 1, described());
      const startedAt = performance.now();
      await rig.check();
      await ended;
      samples.push((performance.now() - startedAt) / 1000);
    }
  } finally {
    await rig.close();
  }
  return median(samples);
}

function recoveryOf(recoveries: ReadonlyMap<string, Recovery>, mode: string, minutes: number): Recovery {
  const recovery = recoveries.get(`${mode} ${minutes}`);
  if (recovery === undefined) throw new RangeError(`${mode} ${minutes} was not simulated`);
  return recovery;
}

function describe(minutes: number, mode: string, recovery: Recovery): string {
  const { lostSeconds, lostInAllSeconds, transitions, dollars } = recovery;
  return [
    `${minutes} min, ${mode}: lost ${percentile(lostSeconds, 0.5).toFixed(1)} s`,
    `(worst ${Math.max(...lostSeconds).toFixed(1)} s, all waits ${lostInAllSeconds.toFixed(0)} s),`,
    `${transitions} transitions, $${dollars.toFixed(5)}`,
  ].join(' ');
}
