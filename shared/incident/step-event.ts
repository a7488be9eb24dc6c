import { machine } from './actor.ts';
import type { TimelineEntry } from './timeline-event.ts';

/** What a step says on the timeline about itself. Key, incident and actor are added by {@link stepEntry}. */
export interface StepEvent {
  readonly type: TimelineEntry['type'];
  readonly summary: string;
  readonly detail: Record<string, unknown>;
  readonly outcome?: TimelineEntry['outcome'];
  /** When it happened, where that differs from when the step ended. */
  readonly occurredAt?: string;
  /** Tells apart the events of one step that runs for several things (an exchange, an instance). */
  readonly discriminator?: string;
  /** Said once an incident, whichever execution says it first. */
  readonly oncePerIncident?: boolean;
}

/** The step that says something: its state, its clause of SOP-003 (`-` where it has none), and the run that it belongs to. */
export interface Speaker {
  readonly name: string;
  readonly sopStep: string;
  readonly incidentId: string;
  readonly executionId: string;
}

/**
 * What a step says, as an entry: the same execution says the same thing once, however often the step is repeated.
 * @param endedAt when the step ended.
 */
export function stepEntry(speaker: Speaker, said: StepEvent, endedAt: string): TimelineEntry {
  const { name, sopStep, incidentId, executionId } = speaker;
  const once = said.oncePerIncident === true ? [] : [executionId];
  return {
    incidentId,
    key: [...once, name, said.type, said.discriminator ?? ''].join('/'),
    type: said.type,
    occurredAt: said.occurredAt ?? endedAt,
    actor: machine(name),
    step: sopStep,
    outcome: said.outcome ?? 'succeeded',
    summary: said.summary.slice(0, 2000),
    detail: said.detail,
  };
}

/** That a state failed: one event a distinct error, with the reasons of an error that has several (`problems`). */
export function failureEvent(state: string, { name, message, problems }: Failure): StepEvent {
  return {
    type: 'step.failed',
    outcome: 'failed',
    summary: `${state} failed: ${name}: ${message}`,
    detail: {
      state,
      error: name,
      message,
      ...(Array.isArray(problems) && { problems: problems.map(String) }),
    },
    discriminator: name,
  };
}

type Failure = Error & { readonly problems?: unknown };
