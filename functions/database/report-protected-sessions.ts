import * as z from 'zod';
import { PageEnv, pageEveryone, Receipt } from '../../shared/communication/page.ts';
import { LeftSession, sessionText } from '../../shared/database/session-policy.ts';
import { StepEnv, StepInput, step } from '../../shared/incident/step.ts';

export const ReportProtectedSessionsEnv = StepEnv.extend(PageEnv.shape);
export type ReportProtectedSessionsEnv = z.infer<typeof ReportProtectedSessionsEnv>;

/** People are told at once whom the policy keeps from being ended: only they can decide on it, and the proof may still succeed. */
export const handler = step({
  name: 'ReportProtectedSessions',
  sopStep: '3',
  input: StepInput.extend({ left: z.array(LeftSession).min(1) }),
  output: z.object({ receipts: z.array(Receipt) }),
  env: ReportProtectedSessionsEnv,
  run: async ({ incidentId, left }, { env }) => ({
    receipts: await pageEveryone(
      {
        incidentId,
        severity: 'P1',
        eventType: 'sessions.left',
        subject: `LOOK ${incidentId}: sessions slow the database down`,
        text: [
          'These sessions slow the database down, and the policy of the recovery (optimization.sessions) lets nobody end them:',
          '',
          ...left.map((session) => `- ${sessionText(session)}\n  left alone, because ${session.reason}`),
          '',
          'End one by hand with SELECT pg_cancel_backend(pid), or pg_terminate_backend(pid), when you know what it is.',
        ].join('\n'),
      },
      env,
    ),
  }),
  events: ({ receipts }, { left }) => [
    {
      type: 'sessions.left',
      outcome: receipts.some(({ delivered }) => delivered) ? 'succeeded' : 'failed',
      summary: `People were told of ${left.length} sessions that the policy protects`,
      detail: { left, receipts },
    },
  ],
});
