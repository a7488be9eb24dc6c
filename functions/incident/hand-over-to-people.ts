import * as z from 'zod';
import { PeopleTask } from '../../shared/assessment/damage.ts';
import { PageEnv, pageEveryone, Receipt } from '../../shared/communication/page.ts';
import { dynamodbTimeline } from '../../shared/incident/dynamodb-timeline.ts';
import { wasHandedOver } from '../../shared/incident/handed-over.ts';
import { HandOverState, nextSteps, rootCause } from '../../shared/incident/next-steps.ts';
import { StepEnv, StepInput, step } from '../../shared/incident/step.ts';

export const HandOverToPeopleEnv = StepEnv.extend(PageEnv.shape);
export type HandOverToPeopleEnv = z.infer<typeof HandOverToPeopleEnv>;

/** What no machine recovers, or what stopped the machine, goes to people with the SOP step to take. Trading stays as it is. */
export const handler = step({
  name: 'HandOverToPeople',
  sopStep: '3',
  input: StepInput.extend({ state: HandOverState }),
  output: z.object({
    paged: z.boolean(),
    reason: z.string(),
    message: z.string(),
    tasks: z.array(PeopleTask),
    receipts: z.array(Receipt),
  }),
  env: HandOverToPeopleEnv,
  timeline: 'best-effort',
  run: async ({ incidentId, state }, { env, clock }) => {
    const cause = state.failure === undefined ? undefined : rootCause(state.failure);
    const reason = cause?.error ?? 'PeopleNeeded';
    const message = (cause?.message ?? '').slice(0, 1000);
    const tasks = nextSteps(state);
    const events = await dynamodbTimeline(env.TIMELINE_TABLE, clock)
      .read(incidentId)
      .catch(() => []);
    if (wasHandedOver(events, reason)) return { paged: false, reason, message, tasks, receipts: [] };
    const receipts = await pageEveryone(
      {
        incidentId,
        severity: 'P0',
        eventType: 'incident.handed-over',
        subject: `ACTION NEEDED ${incidentId}: ${reason}`,
        text: [
          `Incident ${incidentId} needs a person: ${reason}`,
          ...(message === '' ? [] : [message]),
          '',
          ...tasks.map(({ component, sopStep, action }) => `- ${component} (SOP ${sopStep}): ${action}`),
        ].join('\n'),
      },
      env,
    );
    return { paged: true, reason, message, tasks, receipts };
  },
  events: ({ paged, reason, message, tasks, receipts }) =>
    paged
      ? [
          {
            type: 'incident.handed-over',
            discriminator: reason,
            outcome: receipts.some(({ delivered }) => delivered) ? 'succeeded' : 'failed',
            summary: `Handed over to people: ${reason}. ${tasks.map(({ action }) => action).join('; ')}`,
            detail: { reason, message, tasks, receipts },
          },
        ]
      : [],
});
