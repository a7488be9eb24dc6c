import { SESv2Client, SendEmailCommand } from '@aws-sdk/client-sesv2';
import { once } from '../lambda/once.ts';

const ses = once(() => new SESv2Client({ maxAttempts: 3 }));

/** An e-mail in plain text. */
export interface Email {
  readonly from: string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  /** Mails of one incident share a reference, so that mail programs show them as one thread. */
  readonly incidentId: string;
}

/** Sends one e-mail and gives its id. Throws the SDK's errors. */
export async function sendEmail(email: Email): Promise<string> {
  const { MessageId } = await ses().send(
    new SendEmailCommand({
      FromEmailAddress: email.from,
      Destination: { ToAddresses: [email.to] },
      Content: {
        Simple: {
          Subject: { Data: email.subject, Charset: 'UTF-8' },
          Body: { Text: { Data: email.text, Charset: 'UTF-8' } },
          // SES writes its own Message-ID, so only a shared reference can join the mails of an incident.
          Headers: [
            { Name: 'References', Value: `<${email.incidentId}@${email.from.split('@')[1] ?? 'localhost'}>` },
          ],
        },
      },
    }),
  );
  return MessageId ?? '';
}
