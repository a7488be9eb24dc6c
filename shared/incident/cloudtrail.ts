import { CloudTrailClient, type Event, LookupEventsCommand } from '@aws-sdk/client-cloudtrail';
import * as z from 'zod';
import { once } from '../lambda/once.ts';

const cloudtrail = once(() => new CloudTrailClient({ maxAttempts: 3 }));

const StartExecutionRecord = z.object({
  userIdentity: z.object({ type: z.string(), arn: z.string().optional() }),
  responseElements: z.object({ executionArn: z.string() }),
});

/** CloudTrail lists an event a few minutes after it; more pages than this are not looked at. */
const MAX_PAGES = 10;

/**
 * ARN of the person who started an execution, as CloudTrail saw it signed; null when a service did, or when CloudTrail does not
 * (yet) know. An execution itself never learns who started it, and what its input claims proves nothing.
 * @param startedAt RFC 3339; events within fifteen minutes around it are looked at.
 */
export async function findExecutionStarter(executionArn: string, startedAt: string): Promise<string | null> {
  const startedAtMillis = Date.parse(startedAt);
  let NextToken: string | undefined;
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const answer = await cloudtrail().send(
      new LookupEventsCommand({
        LookupAttributes: [{ AttributeKey: 'EventName', AttributeValue: 'StartExecution' }],
        StartTime: new Date(startedAtMillis - 15 * 60_000),
        EndTime: new Date(startedAtMillis + 15 * 60_000),
        NextToken,
      }),
    );
    const starter = answer.Events?.map((event) => starterOf(event, executionArn)).find(
      (arn) => arn !== undefined,
    );
    if (starter !== undefined) return starter;
    NextToken = answer.NextToken;
    if (NextToken === undefined) return null;
  }
  return null;
}

/** Undefined for another execution; null when no person started this one. */
function starterOf(event: Event, executionArn: string): string | null | undefined {
  const record = StartExecutionRecord.safeParse(parse(event.CloudTrailEvent));
  if (!record.success || record.data.responseElements.executionArn !== executionArn) return undefined;
  const { type, arn } = record.data.userIdentity;
  return (type === 'IAMUser' || type === 'AssumedRole') && arn !== undefined ? arn : null;
}

function parse(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? 'null');
  } catch {
    return null;
  }
}
