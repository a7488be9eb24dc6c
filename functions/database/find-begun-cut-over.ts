import * as z from 'zod';
import {
  BegunCutOver,
  continuedCutOver,
  RestoreRequest,
  restoreStart,
} from '../../shared/database/begun-cut-over.ts';
import { dynamodbCutOverJournal } from '../../shared/database/dynamodb-cut-over-journal.ts';
import { dynamodbProofs } from '../../shared/database/dynamodb-proofs.ts';
import { dynamodbRecoveryLease } from '../../shared/database/dynamodb-recovery-lease.ts';
import { StepEnv, StepInput, step } from '../../shared/incident/step.ts';

export const FindBegunCutOverEnv = StepEnv.extend({ CONTROL_TABLE: z.string() });
export type FindBegunCutOverEnv = z.infer<typeof FindBegunCutOverEnv>;

/** Takes over a cut-over that an earlier execution of the incident has begun and neither finished nor undone, so that this one can do either. */
export const handler = step({
  name: 'FindBegunCutOver',
  sopStep: '-',
  input: StepInput.extend({ request: RestoreRequest }),
  output: z.object({
    start: z.enum(['restore', 'continue', 'roll-back']),
    /** Execution that had begun it; null when it was this one, or none. */
    begunBy: z.string().nullable(),
    /** Null unless it is continued. */
    cutOver: BegunCutOver.nullable(),
  }),
  env: FindBegunCutOverEnv,
  run: async ({ incidentId, executionId, request }, { env, clock }) => {
    await dynamodbRecoveryLease(env.CONTROL_TABLE, clock).requireHeld({ incidentId, executionId });
    const journal = dynamodbCutOverJournal(env.CONTROL_TABLE, incidentId, clock);
    const [journalled, proof] = await Promise.all([
      journal.read(),
      dynamodbProofs(env.CONTROL_TABLE).restored(incidentId),
    ]);
    const start = restoreStart(request, journalled, proof);
    if (start === 'restore' || journalled === undefined) return { start, begunBy: null, cutOver: null };
    const { plan } = journalled;
    const cutOver = start === 'continue' ? continuedCutOver(plan, proof) : null;
    if (plan.executionId === executionId || journalled.rolledBack || journalled.confirmed)
      return { start, begunBy: null, cutOver };
    await journal.plan({ ...plan, executionId });
    return { start, begunBy: plan.executionId, cutOver };
  },
  events: ({ start, begunBy }) =>
    begunBy === null
      ? []
      : [
          {
            type: 'cut-over.taken-up',
            summary: `The cut-over that was left half done is ${start === 'continue' ? 'continued' : 'undone'}`,
            detail: { start, begunBy },
          },
        ],
});
