import { epochMicros } from '../lambda/timestamp.ts';
import { detailOf } from './event-detail.ts';
import type { TimelineEvent } from './timeline-event.ts';

/** A restore point that an operator gave while the response was under way, with a signal or as answer to a proposal. */
export interface PointGiven {
  readonly restorePoint: string;
  readonly name: string;
  readonly reason: string;
}

/** What the choice of a restore point rests on. */
interface Course {
  /** What came with the start of this execution. */
  readonly restorePoint: string | null;
  /** RFC 3339 UTC. */
  readonly executionStartedAt: string;
}

/**
 * The restore point that people want now: the newest word on the timeline that came in time and that no choice has read yet, else what
 * this execution was started with. An acceptance of the proposed point is a word too: it overrules a request that came before it.
 */
export function pointWanted(
  events: readonly TimelineEvent[],
  { restorePoint, executionStartedAt }: Course,
): PointGiven | undefined {
  const started =
    restorePoint === null
      ? undefined
      : (givenAs(events, restorePoint) ??
        lastOfLost(events, restorePoint) ?? {
          restorePoint,
          name: 'An operator',
          reason: 'with the start of the recovery',
        });
  const duringThis = ({ occurredAt }: TimelineEvent) =>
    epochMicros(occurredAt) >= epochMicros(executionStartedAt);
  const choice = events.findLast(isChoice);
  const word = events
    .filter(({ sequence }) => choice === undefined || sequence > readUntil(choice))
    .findLast(
      (event) =>
        (event.type === 'restore-point.decided' && duringThis(event)) ||
        (isRequest(event) && cameInTime(events, event) && (restorePoint === null || duringThis(event))),
    );
  return word === undefined ? started : (pointOf(word) ?? started);
}

/** A request that was written before a choice, and that the choice had not read. The restore must not begin without it. */
export function missedRequest(events: readonly TimelineEvent[]): TimelineEvent | undefined {
  const choice = events.findLast(isChoice);
  if (choice === undefined) return undefined;
  return events.findLast(
    (event) => isRequest(event) && event.sequence > readUntil(choice) && event.sequence < choice.sequence,
  );
}

/** Whether a request stands before the choice of the restore point, and before a strategy that restores nothing. */
export function cameInTime(events: readonly TimelineEvent[], request: TimelineEvent): boolean {
  const before = events.filter(({ sequence }) => sequence < request.sequence);
  const decided = before.findLast(
    (event) =>
      event.type === 'incident.opened' ||
      event.type === 'incident.handed-over' ||
      isChoice(event) ||
      restoresNothing(event),
  );
  return decided === undefined || !(isChoice(decided) || restoresNothing(decided));
}

/** The newest request of an operator that no restore has gone back to: whoever approves must know of it. */
export function unusedRequest(events: readonly TimelineEvent[]): PointGiven | undefined {
  const request = events.findLast(isRequest);
  if (request === undefined) return undefined;
  const point = pointOf(request);
  const used = events.some(
    (event) =>
      isChoice(event) &&
      event.sequence > request.sequence &&
      detailOf(event, 'restore-point.chosen').chosenAt === point?.restorePoint,
  );
  return used ? undefined : point;
}

/** The last event that a choice had read; its own, where it does not say. */
function readUntil(choice: TimelineEvent): number {
  return detailOf(choice, 'restore-point.chosen').readUntil ?? choice.sequence;
}

function givenAs(events: readonly TimelineEvent[], restorePoint: string): PointGiven | undefined {
  return events.map(pointOf).findLast((given) => given?.restorePoint === restorePoint);
}

/** The last moment of a database that is lost, which the choice of the strategy goes back to by itself. */
function lastOfLost(events: readonly TimelineEvent[], restorePoint: string): PointGiven | undefined {
  const strategy = events.findLast(
    (event) => detailOf(event, 'strategy.selected').restorePoint === restorePoint,
  );
  const { alternatives = [], reason = '' } = detailOf(strategy, 'strategy.selected');
  return alternatives.length === 0 ? undefined : { restorePoint, name: 'The choice of the strategy', reason };
}

function pointOf(event: TimelineEvent): PointGiven | undefined {
  const { restorePoint, name, reason } = {
    ...detailOf(event, 'restore-point.requested'),
    ...detailOf(event, 'restore-point.decided'),
  };
  if (typeof restorePoint !== 'string') return undefined;
  return { restorePoint, name: name ?? event.actor.id, reason: reason ?? event.summary };
}

function isRequest({ type, outcome }: TimelineEvent): boolean {
  return type === 'restore-point.requested' && outcome === 'succeeded';
}

/** The choice after which a restore begins; one that only waits for the logs of RDS can still change. */
function isChoice(event: TimelineEvent): boolean {
  return detailOf(event, 'restore-point.chosen').restorable === true;
}

function restoresNothing(event: TimelineEvent): boolean {
  const { databaseRecovery } = detailOf(event, 'strategy.selected');
  return databaseRecovery !== undefined && databaseRecovery !== 'point-in-time-restore';
}
