import * as z from 'zod';
import { jsonVariable } from '../lambda/json-variable.ts';
import { publish } from '../lambda/sns.ts';
import { EmergencyContact } from './contact.ts';
import { sendEmail } from './ses.ts';

/** Environment of everything that pages people. */
export const PageEnv = z.object({
  INCIDENT_TOPIC: z.string(),
  EMERGENCY_CONTACTS: jsonVariable(z.array(EmergencyContact).min(1)),
  NOTICE_FROM_ADDRESS: z.email(),
});
export type PageEnv = z.infer<typeof PageEnv>;

/** What people are told. */
export interface Page {
  readonly incidentId: string;
  readonly severity: string;
  /** `incident.activated`, `approval.requested`, `incident.handed-over`. */
  readonly eventType: string;
  readonly subject: string;
  readonly text: string;
}

/** What became of one message. */
export const Receipt = z.object({
  channel: z.enum(['sns', 'ses']),
  recipient: z.string(),
  delivered: z.boolean(),
  /** Message id, or why it was not taken. */
  note: z.string(),
});
export type Receipt = z.infer<typeof Receipt>;

/**
 * Tells every emergency contact by every channel at once; a channel that fails never keeps the others from being used.
 * @returns one receipt a message, the failed ones among them.
 */
export async function pageEveryone(page: Page, env: PageEnv): Promise<Receipt[]> {
  const { incidentId, severity, eventType, subject, text } = page;
  return Promise.all([
    receipt('sns', env.INCIDENT_TOPIC, () =>
      publish({
        topicArn: env.INCIDENT_TOPIC,
        subject,
        message: text,
        attributes: { eventType, incidentId, severity },
      }),
    ),
    ...env.EMERGENCY_CONTACTS.map(({ email }) =>
      receipt('ses', email, () =>
        sendEmail({ from: env.NOTICE_FROM_ADDRESS, to: email, subject, text, incidentId }),
      ),
    ),
  ]);
}

async function receipt(
  channel: Receipt['channel'],
  recipient: string,
  send: () => Promise<string>,
): Promise<Receipt> {
  try {
    return { channel, recipient, delivered: true, note: await send() };
  } catch (error) {
    const { name, message } = error as Error;
    return { channel, recipient, delivered: false, note: `${name}: ${message}` };
  }
}
