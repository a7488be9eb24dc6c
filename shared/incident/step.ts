import './prime-timeline.ts';
import * as z from 'zod';
import { type Clock, systemClock } from '../lambda/clock.ts';
import { checkOutput, named, type TaskDefinition, taskThat } from '../lambda/task.ts';
import { appendBestEffort } from './append-best-effort.ts';
import { dynamodbTimeline } from './dynamodb-timeline.ts';
import { IncidentId } from './incident.ts';
import { failureEvent, type StepEvent, stepEntry } from './step-event.ts';
import type { Timeline } from './timeline.ts';
import type { TimelineEntry } from './timeline-event.ts';

/** Environment of every step: the state machine's functions all write the timeline. */
export const StepEnv = z.object({ TIMELINE_TABLE: z.string().min(1) });

/** Input of every step. `executionId` makes the step's event unique, so that a repeated step leaves one. */
export const StepInput = z.object({ incidentId: IncidentId, executionId: z.string().min(1) });
export type StepInput = z.infer<typeof StepInput>;

/** One state of the procedure. */
export interface StepDefinition<
  Input extends z.ZodType<StepInput>,
  Output extends z.ZodType,
  Env extends z.ZodType<z.infer<typeof StepEnv>>,
> extends TaskDefinition<Input, Output, Env> {
  /** The clause of SOP-003, e.g. `1.1`; `-` where it has none. */
  readonly sopStep: string;
  /** The events of a success; none is allowed for a pass that only looks. */
  readonly events: (output: z.infer<Output>, input: z.infer<Input>) => readonly StepEvent[];
  /** What a refusal says of itself beside `step.failed`: the facts that a person needs to judge it. */
  readonly refusal?: (error: Error, input: z.infer<Input>) => StepEvent | undefined;
  /** `required` (default): the step fails when its event cannot be written. `best-effort`: doing comes before writing (SOP step 1). */
  readonly timeline?: 'required' | 'best-effort';
}

/**
 * A task (`shared/lambda/task.ts`) that belongs to an incident: writes its timeline events when it succeeds, and one event a distinct failure.
 * @throws whatever a task throws.
 */
export function step<
  Input extends z.ZodType<StepInput>,
  Output extends z.ZodType,
  Env extends z.ZodType<z.infer<typeof StepEnv>>,
>(definition: StepDefinition<Input, Output, Env>, clock: Clock = systemClock) {
  return taskThat<Input, Output, Env>(definition, clock, async (input, tools) => {
    const timeline = dynamodbTimeline(tools.env.TIMELINE_TABLE, clock);
    const { incidentId, executionId } = input;
    const entry = (said: StepEvent) =>
      stepEntry({ ...definition, incidentId, executionId }, said, clock.now().toISOString());
    try {
      const output = checkOutput(definition, await definition.run(input, tools));
      const append = definition.timeline === 'best-effort' ? appendBestEffort : appendRequired;
      for (const said of definition.events(output, input)) await append(timeline, entry(said));
      return output;
    } catch (error) {
      const failure = named(error);
      const refusal = definition.refusal?.(failure, input);
      if (refusal !== undefined) await appendBestEffort(timeline, entry(refusal));
      await appendBestEffort(timeline, entry(failureEvent(definition.name, failure)));
      throw error;
    }
  });
}

async function appendRequired(timeline: Timeline, entry: TimelineEntry): Promise<void> {
  await timeline.append(entry);
}
