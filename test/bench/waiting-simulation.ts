import type { AslMachine } from '../../infra/local/step-functions/states-language.ts';
import { type InstanceWait, plannedWait } from '../../shared/database/instance-wait.ts';
import { isReady } from '../../shared/database/readiness.ts';
import type { RestorableDatabase } from '../../shared/database/restorable-database.ts';
import { seenInstance } from '../../shared/database/seen-instance.ts';
import { settleWait, type WaitPorts } from '../../shared/database/settle-wait.ts';
import { estimateWait } from '../../shared/database/wait-estimate.ts';
import { chain } from '../../shared/incident/timeline-event.ts';
import { countTransitions, type PlannedWait, pollingLoop } from './waiting-machines.ts';

/** How the end of a wait becomes known: by an event and by looks each minute, by these looks alone, or by a loop. */
export type Watching =
  | { readonly kind: 'event' }
  | { readonly kind: 'event-lost' }
  | { readonly kind: 'loop'; readonly intervalSeconds: number };

/** One wait as it is simulated; everything in seconds from its beginning. */
export interface SimulatedWait extends PlannedWait {
  readonly watching: Watching;
  readonly readyAfterSeconds: number;
  /** When the minutely look comes first. */
  readonly firstLookSeconds: number;
  /** How long an event is on its way. */
  readonly deliverySeconds: number;
  /** How long a look takes until the task is answered. */
  readonly lookSeconds: number;
}

/** What a wait cost. */
export interface WaitOutcome {
  /** From the moment at which the instance was ready until the procedure could go on. */
  readonly lostSeconds: number;
  readonly transitions: number;
  readonly looks: number;
  readonly scheduledRuns: number;
}

const BEGIN_MILLIS = Date.parse('2026-01-31T03:00:00.000Z');
const LOOK_EACH_SECONDS = 60;
const IDENTIFIER = 'orders-restored';

/** One instance that becomes ready, and a clock that only moves when it is told to. */
class World {
  seconds = 0;
  looks = 0;
  readonly #wait: SimulatedWait;

  constructor(wait: SimulatedWait) {
    this.#wait = wait;
  }

  get now(): Date {
    return new Date(BEGIN_MILLIS + this.seconds * 1000);
  }

  /** Describes at the present moment; the answer is there when the look is over. */
  describe(): RestorableDatabase {
    this.looks += 1;
    const isReadyNow = this.seconds >= this.#wait.readyAfterSeconds;
    this.seconds += this.#wait.lookSeconds;
    return seenInstance({
      DBInstanceIdentifier: IDENTIFIER,
      DbiResourceId: 'db-COPY',
      DBInstanceStatus: isReadyNow ? 'available' : 'creating',
      Endpoint: { Address: 'orders-restored.example', Port: 5432 },
    });
  }
}

/** Lets one wait happen: on the definition of the project and its own code, or on the loop that is compared. */
export async function simulateWait(definition: AslMachine, wait: SimulatedWait): Promise<WaitOutcome> {
  const world = new World(wait);
  const outcome =
    wait.watching.kind === 'loop'
      ? await byLoop(world, wait.watching.intervalSeconds)
      : await byToken(world, definition, wait, wait.watching.kind === 'event');
  return { lostSeconds: world.seconds - wait.readyAfterSeconds, looks: world.looks, ...outcome };
}

async function byLoop(world: World, intervalSeconds: number) {
  const transitions = await countTransitions(
    pollingLoop(intervalSeconds),
    {},
    {
      Look: async () => ({
        ready: isReady({ identifier: IDENTIFIER, resourceId: null }, world.describe()),
      }),
      Pause: async (input) => {
        world.seconds += intervalSeconds;
        return input.arguments;
      },
    },
  );
  return { transitions, scheduledRuns: 0 };
}

async function byToken(world: World, definition: AslMachine, wait: SimulatedWait, eventComes: boolean) {
  let scheduledRuns = 0;
  const transitions = await countTransitions(
    definition,
    { incidentId: 'INC-20260131-0a1b2c3d', identifier: IDENTIFIER, resourceId: null, ...wait },
    {
      AwaitInstance: async () => {
        const store = inMemory(world);
        const registered = register(wait, world);
        await settleWait(registered, store.ports);
        const eventSeconds = eventComes
          ? wait.readyAfterSeconds + wait.deliverySeconds
          : Number.POSITIVE_INFINITY;
        let nextLook = wait.firstLookSeconds;
        while (store.answer === undefined) {
          const isEvent = eventSeconds <= nextLook;
          world.seconds = Math.max(world.seconds, Math.min(eventSeconds, nextLook));
          if (!isEvent) {
            nextLook += LOOK_EACH_SECONDS;
            scheduledRuns += 1;
          }
          await settleWait(registered, store.ports);
        }
        return store.answer;
      },
    },
  );
  return { transitions, scheduledRuns };
}

function register({ purpose, deadlineSeconds }: SimulatedWait, world: World): InstanceWait {
  const target = {
    incidentId: 'INC-20260131-0a1b2c3d',
    executionId: 'execution',
    taskToken: 'token',
    identifier: IDENTIFIER,
    resourceId: null,
    purpose,
    deadlineSeconds,
    rehearsal: false,
    awaitedSince: world.now.toISOString(),
  };
  return plannedWait(
    target,
    null,
    estimateWait([], { storageGibibytes: null, ceilingSeconds: deadlineSeconds }),
  );
}

/** The real code asks these; only what lies behind is simulated. */
function inMemory(world: World): { readonly ports: WaitPorts; readonly answer: unknown } {
  let answer: unknown;
  return {
    get answer() {
      return answer;
    },
    ports: {
      waits: { register: async () => undefined, open: async () => [], forget: async () => undefined },
      durations: { record: async () => undefined, recent: async () => [] },
      timeline: {
        append: async (entry) => ({
          event: chain(entry, undefined, world.now.toISOString()),
          added: true,
        }),
        read: async () => [],
      },
      find: async () => world.describe(),
      answerTask: {
        succeed: async (_token, output) => {
          answer = output;
        },
        fail: async (_token, error, cause) => {
          throw new Error(`${error}: ${cause}`);
        },
      },
      clock: { now: () => world.now },
    },
  };
}
