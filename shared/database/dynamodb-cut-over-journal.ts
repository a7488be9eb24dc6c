import * as z from 'zod';
import type { Clock } from '../lambda/clock.ts';
import { itemsOf, putIfAbsent } from '../lambda/dynamodb.ts';
import { ServiceUnavailable } from '../lambda/errors.ts';
import { Timestamp } from '../lambda/timestamp.ts';
import { CutOverPlan } from './cut-over.ts';

/** One line of the journal. `intended` is written before RDS is asked, `done` after RDS has agreed. */
const JournalEntry = z.discriminatedUnion('mark', [
  z.object({ mark: z.literal('planned'), plan: CutOverPlan, at: Timestamp }),
  z.object({ mark: z.enum(['intended', 'done']), action: z.string(), at: Timestamp }),
  z.object({
    mark: z.enum(['closing', 'left-open', 'closed', 'confirmed', 'seen-undone', 'rolled-back']),
    at: Timestamp,
  }),
]);
type JournalEntry = z.infer<typeof JournalEntry>;

/** The latest cut-over of an incident. */
export interface JournalledCutOver {
  readonly plan: CutOverPlan;
  /** The old instance serves its name again: this plan is history. */
  readonly rolledBack: boolean;
  /** The source may let none of its clients in, even when it has its name and its groups again. */
  readonly sourceClosed: boolean;
  /** The copy serves the name, and was found to be what was proven. */
  readonly confirmed: boolean;
  /** The last look at the instances has found everything undone. */
  readonly seenUndone: boolean;
}

/** The account of what a cut-over was about to do and did, which a roll-back can rely on after any interruption. Lines are only added. */
export interface CutOverJournal {
  /** The latest plan; undefined when none was made. */
  read(): Promise<JournalledCutOver | undefined>;
  /** Opens a cut-over: what it will do, and what it must be able to undo. */
  plan(plan: CutOverPlan): Promise<void>;
  /** Notes that something is about to be asked of RDS, or that RDS has agreed to it. */
  note(mark: 'intended' | 'done', action: string): Promise<void>;
  /** Notes that the source is about to let no client in, that it does not, or that it could not be told because it does not run. */
  noteClosing(mark: 'closing' | 'closed' | 'left-open'): Promise<void>;
  /** Notes that the copy serves as it should: from here on nothing is left half done. */
  noteConfirmed(): Promise<void>;
  /** Notes that everything looks undone; a second look must agree before the cut-over is closed. */
  noteSeenUndone(): Promise<void>;
  /** Closes a cut-over whose effects are all undone. */
  close(): Promise<void>;
}

/**
 * {@link CutOverJournal} under `cut-over#<incidentId>`, one item a line, numbered: of two writers of the same number one loses.
 * Every method throws {ServiceUnavailable} when another writer was faster.
 */
export function dynamodbCutOverJournal(tableName: string, incidentId: string, clock: Clock): CutOverJournal {
  const pk = `cut-over#${incidentId}`;

  async function entries(): Promise<JournalEntry[]> {
    return Array.fromAsync(itemsOf(tableName, pk), ({ entry }) => JournalEntry.parse(entry));
  }

  async function add(entry: JournalEntry): Promise<void> {
    const number = String((await entries()).length + 1).padStart(4, '0');
    const what = 'action' in entry ? entry.action : entry.mark;
    if (!(await putIfAbsent(tableName, { pk, sk: number, what, entry })))
      throw new ServiceUnavailable(
        `Cut-over journal of ${incidentId}: line ${number} was written by another`,
      );
  }

  const at = () => clock.now().toISOString();
  return {
    async read() {
      const lines = await entries();
      const planned = lines.findLastIndex(({ mark }) => mark === 'planned');
      const line = lines[planned];
      if (line?.mark !== 'planned') return undefined;
      const since = new Set(lines.slice(planned).map(({ mark }) => mark));
      return {
        plan: line.plan,
        // An earlier execution of the same plan may have closed it.
        sourceClosed: closedSince(lines),
        rolledBack: since.has('rolled-back'),
        confirmed: since.has('confirmed'),
        seenUndone: lines.at(-1)?.mark === 'seen-undone',
      };
    },
    plan: (plan) => add({ mark: 'planned', plan, at: at() }),
    note: (mark, action) => add({ mark, action, at: at() }),
    noteClosing: (mark) => add({ mark, at: at() }),
    noteConfirmed: () => add({ mark: 'confirmed', at: at() }),
    noteSeenUndone: () => add({ mark: 'seen-undone', at: at() }),
    close: () => add({ mark: 'rolled-back', at: at() }),
  };
}

/** A source stays closed until a roll-back has ended; an attempt that was cut off may have closed it. */
function closedSince(lines: readonly JournalEntry[]): boolean {
  const undone = lines.findLastIndex(({ mark }) => mark === 'rolled-back');
  const attempts = lines.slice(undone + 1).filter(({ mark }) => mark === 'closing' || mark === 'left-open');
  return attempts.some(({ mark }, index) => mark === 'closing' && attempts[index + 1]?.mark !== 'left-open');
}
