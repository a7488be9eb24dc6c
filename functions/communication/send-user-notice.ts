import * as z from 'zod';
import { emergencyNotice, resolvedNotice } from '../../shared/communication/notice.ts';
import { Incident } from '../../shared/incident/incident.ts';
import { StepEnv, StepInput, step } from '../../shared/incident/step.ts';
import { publish } from '../../shared/lambda/sns.ts';

export const SendUserNoticeEnv = StepEnv.extend({
  USER_NOTICE_TOPIC: z.string(),
  STATUS_PAGE_URL: z.url(),
  SUPPORT_ADDRESS: z.email(),
});
export type SendUserNoticeEnv = z.infer<typeof SendUserNoticeEnv>;

/** SOP User Communication: P0 and P1 are told to users when they start and when they are over; milder ones are not. */
export const handler = step({
  name: 'SendUserNotice',
  sopStep: 'User Communication',
  input: StepInput.extend({ incident: Incident, phase: z.enum(['started', 'resolved']) }),
  output: z.object({ sent: z.boolean(), messageId: z.string().nullable() }),
  env: SendUserNoticeEnv,
  run: async ({ incident, phase }, { env, clock }) => {
    if (incident.severity > 'P1') return { sent: false, messageId: null };
    const contacts = { statusPageUrl: env.STATUS_PAGE_URL, supportAddress: env.SUPPORT_ADDRESS };
    const now = clock.now().toISOString();
    const messageId = await publish({
      topicArn: env.USER_NOTICE_TOPIC,
      subject: phase === 'started' ? 'Testudo platform alert' : 'Testudo service restored',
      message:
        phase === 'started'
          ? emergencyNotice(incident, incident.severity === 'P0', now, contacts)
          : resolvedNotice(incident, now, contacts),
      attributes: {
        eventType: `user-notice.${phase}`,
        incidentId: incident.incidentId,
        severity: incident.severity,
      },
    });
    return { sent: true, messageId };
  },
  events: ({ sent, messageId }, { phase }) =>
    sent
      ? [
          {
            type: 'user-notice.sent',
            discriminator: phase,
            summary:
              phase === 'started'
                ? 'Users were told of the disruption'
                : 'Users were told that service is restored',
            detail: { phase, messageId },
          },
        ]
      : [],
});
