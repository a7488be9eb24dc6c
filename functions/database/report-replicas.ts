import * as z from 'zod';
import { PageEnv, pageEveryone, Receipt } from '../../shared/communication/page.ts';
import { Caught, nextSteps, rootCause } from '../../shared/incident/next-steps.ts';
import { StepEnv, StepInput, step } from '../../shared/incident/step.ts';

export const ReportReplicasEnv = StepEnv.extend(PageEnv.shape);
export type ReportReplicasEnv = z.infer<typeof ReportReplicasEnv>;

/** People are told that readers have no replica of the live database: the recovery goes on, and only they can help the readers. */
export const handler = step({
  name: 'ReportReplicas',
  sopStep: 'PITR 6',
  input: StepInput.extend({ failure: Caught }),
  output: z.object({ error: z.string(), message: z.string(), receipts: z.array(Receipt) }),
  env: ReportReplicasEnv,
  run: async ({ incidentId, failure }, { env }) => {
    const { error, message } = rootCause(failure);
    const [next] = nextSteps({ failure: { Error: 'ReplicaNotRecreated', Cause: '' } });
    const receipts = await pageEveryone(
      {
        incidentId,
        severity: 'P1',
        eventType: 'replicas.left',
        subject: `ACTION NEEDED ${incidentId}: read replicas were not made anew`,
        text: [
          'The database serves again, and not all of its read replicas follow it: their readers get old data, or no answer.',
          `${error}: ${message.slice(0, 1000)}`,
          '',
          `- ${next?.action}`,
        ].join('\n'),
      },
      env,
    );
    return { error, message, receipts };
  },
  events: ({ error, message, receipts }) => [
    {
      type: 'replicas.left',
      outcome: receipts.some(({ delivered }) => delivered) ? 'succeeded' : 'failed',
      summary: `People were told that replicas were not made anew: ${error}: ${message.slice(0, 300)}`,
      detail: { error, message, receipts },
    },
  ],
});
