import { z } from 'zod';
import { Strategy } from '../../../shared/assessment/damage.ts';
import { Severity } from '../../../shared/incident/severity.ts';
import { TradingState } from '../../../shared/trading/trading-state.ts';
import { Duration } from './duration.ts';
import { Fault } from './scenario-fault.ts';
import { GivenPoint, Start } from './scenario-start.ts';

/** What the platform holds and does while it is rehearsed. */
const Platform = z
  .strictObject({
    users: z.int().min(1).max(1_000_000).default(500),
    openPositions: z.int().min(1).max(1_000_000).default(300),
    trades: z.int().min(1).max(10_000_000).default(20_000),
    tradesPerSecond: z.number().positive().max(2000).default(200),
    /** RDS keeps a standby in another zone. */
    multiAz: z.boolean().default(false),
    /** A read replica follows the database. */
    replica: z.boolean().default(false),
  })
  .refine(({ trades, openPositions }) => trades >= openPositions, {
    path: ['trades'],
    message: 'must be at least one for each open position',
  });

/** What the operators do. Who is not told to do anything stays silent. */
const Operators = z
  .strictObject({
    /** From the moment at which trading has begun until somebody halts it with the emergency token. */
    halt: Duration.optional(),
    /** The first operator starts the response in the console: once, or again after having been refused. */
    start: z.union([Start.transform((start) => [start]), z.array(Start).min(1)]).optional(),
    /** From the opening of the incident until the first operator looks at it. */
    acknowledge: Duration.optional(),
    /** When a restore point is proposed: the first operator who is asked answers, once, or again after having been refused. */
    restorePoint: z
      .array(
        z.strictObject({
          /** From the proposal, or from the refusal, until the answer. */
          after: Duration,
          /** The point that is given; without it the proposed one is accepted. */
          point: GivenPoint.optional(),
          /** The answer is refused, and the refusal says this. */
          refused: z.string().min(1).optional(),
        }),
      )
      .min(1)
      .optional(),
    /**
     * After a response that left a cut-over half done: the first operator starts the restore again, to continue or to undo it, and
     * after a continued one the resumption of service.
     */
    takeUp: z
      .strictObject({
        /** From the end of the response. */
        after: Duration,
        direction: z.enum(['continue', 'roll-back']),
      })
      .optional(),
    /** From the offer of a salvage until the first operator who is asked agrees to it. */
    salvage: Duration.optional(),
    /** From the request to change the instance until the first operator who is asked agrees to it. */
    change: Duration.optional(),
    /** From the request to change the instance until the first operator who is asked refuses. */
    refuseChange: Duration.optional(),
    /** From the request for approval until each operator who is asked agrees, one after the other. */
    approve: Duration.optional(),
    /** From the request for approval until the first operator who is asked refuses. */
    deny: Duration.optional(),
  })
  .refine(({ approve, deny }) => approve === undefined || deny === undefined, {
    path: ['deny'],
    message: 'cannot be asked for together with approve',
  })
  .refine(({ change, refuseChange }) => change === undefined || refuseChange === undefined, {
    path: ['refuseChange'],
    message: 'cannot be asked for together with change',
  });

const Seconds = z.number().nonnegative();
const Rows = z.int().nonnegative();

/** What must hold at the end. What is not named is reported, but nothing fails for it. */
const Expectations = z.strictObject({
  /** `none`: nothing may start. */
  severity: z.enum([...Severity.options, 'none']).optional(),
  recovery: Strategy.shape.databaseRecovery.optional(),
  trading: TradingState.optional(),
  /** Exactly this many rows may be missing that were acknowledged before the restore point. */
  rowsLost: Rows.optional(),
  /** At most. */
  rowsAfterPoint: Rows.optional(),
  /** At least. */
  rowsSalvaged: Rows.optional(),
  verified: z.boolean().optional(),
  /** At most, each of them. */
  detectionSeconds: Seconds.optional(),
  responseSeconds: Seconds.optional(),
  recoverySeconds: Seconds.optional(),
  rpoSeconds: Seconds.optional(),
  userNoticeSeconds: Seconds.optional(),
  /** At least, from 0 to 1. */
  adherence: z.number().min(0).max(1).optional(),
  /** Names of states that must be entered, in this order; others may lie between. */
  states: z.array(z.string().min(1)).optional(),
  /** Where the incident must stand. */
  status: z
    .enum(['open', 'assessing', 'recovering', 'awaiting-approval', 'handed-over', 'resumed', 'closed'])
    .optional(),
});

/** One rehearsal, as somebody wrote it down. */
export const Scenario = z.strictObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'must be lower-case words joined by hyphens'),
  summary: z.string().min(1).max(500),
  /** Environment of `cdk.json` that is rehearsed, one that the laptop can deploy. */
  environment: z.string().min(1).default('laptop'),
  platform: Platform.prefault({}),
  faults: z.array(Fault).default([]),
  /** Instead of waiting for the probe: this alarm goes off by itself. */
  alarm: z
    .strictObject({
      name: z.string().min(1).max(255),
      after: Duration.prefault('0s'),
      reason: z.string().min(1).max(500).default('Set off by the drill'),
    })
    .optional(),
  operators: Operators.prefault({}),
  /** Keys of the environment that are configured differently, as in `cdk.json`. */
  configuration: z.record(z.string(), z.unknown()).default({}),
  expect: Expectations,
  /** Schedules, waits and alarm periods are divided by it. */
  timeScale: z.number().min(1).max(600).default(60),
  /** How long the platform is watched after the last fault when nothing is expected to start. */
  watch: Duration.prefault('5s'),
  /** How long the procedure may take, from the first fault on. */
  deadline: Duration.prefault('3m'),
  /** Makes two runs invent the same orders. */
  seed: z.int().nonnegative().default(1),
});
export type Scenario = z.infer<typeof Scenario>;

export type ScenarioFault = Scenario['faults'][number];

/** Whether a fault breaks the platform itself, and not only what AWS does for the recovery or holds for it. */
export function breaksPlatform({
  aws,
  rdsEvents,
  copy,
  copyPage,
  copySettings,
  executionStopped,
}: ScenarioFault): boolean {
  return [aws, rdsEvents, copy, copyPage, copySettings, executionStopped].every(
    (ofAws) => ofAws === undefined,
  );
}
