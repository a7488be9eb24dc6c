import * as z from 'zod';
import { PageEnv, pageEveryone, Receipt } from '../../shared/communication/page.ts';
import { NotificationFailed } from '../../shared/incident/errors.ts';
import { Incident } from '../../shared/incident/incident.ts';
import { StepEnv, StepInput, step } from '../../shared/incident/step.ts';

export const NotifyEmergencyContactsEnv = StepEnv.extend(PageEnv.shape);
export type NotifyEmergencyContactsEnv = z.infer<typeof NotifyEmergencyContactsEnv>;

/** SOP step 1.3: every emergency contact by SNS and e-mail; fails only when nobody could be told at all. */
export const handler = step({
  name: 'NotifyEmergencyContacts',
  sopStep: '1.3',
  input: StepInput.extend({ incident: Incident }),
  output: z.object({ receipts: z.array(Receipt) }),
  env: NotifyEmergencyContactsEnv,
  run: async ({ incident }, { env }) => {
    const { incidentId, severity, summary, detectedAt } = incident;
    const receipts = await pageEveryone(
      {
        incidentId,
        severity,
        eventType: 'incident.activated',
        subject: `${severity} INCIDENT ${incidentId}`,
        text: [
          `${severity} incident ${incidentId}, detected ${detectedAt}`,
          summary,
          severity === 'P0' ? 'Trading is being halted. ' : 'Trading continues.',
          'The recovery procedure is running. You will be asked where a person must decide.',
        ].join('\n'),
      },
      env,
    );
    if (receipts.every(({ delivered }) => !delivered)) {
      throw new NotificationFailed(receipts.map(({ recipient, note }) => `${recipient}: ${note}`).join('; '));
    }
    return { receipts };
  },
  events: ({ receipts }) => {
    const delivered = receipts.filter((receipt) => receipt.delivered).length;
    return [
      {
        type: 'contacts.notified',
        outcome: delivered === receipts.length ? 'succeeded' : 'failed',
        summary: `${delivered} of ${receipts.length} emergency messages were accepted`,
        detail: { receipts },
      },
    ];
  },
});
