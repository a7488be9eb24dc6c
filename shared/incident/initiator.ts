import { logger } from '../lambda/logger.ts';
import { type Approver, approverOf } from './approver.ts';
import { findExecutionStarter } from './cloudtrail.ts';
import { Incident } from './incident.ts';
import type { TimelineEvent } from './timeline-event.ts';

/**
 * Name of the person who is proven to have started the incident by hand: the listed approver behind the ARN, or the ARN itself.
 * Null for an alarm, a shared token, or a start that CloudTrail does not know: then nobody is counted.
 */
export async function findInitiatorName(
  events: readonly TimelineEvent[],
  approvers: readonly Approver[],
): Promise<string | null> {
  const opened = events.find(({ type }) => type === 'incident.opened');
  const incident = Incident.safeParse(opened?.detail.incident);
  const executionId = opened?.detail.executionId;
  if (!incident.success || incident.data.source !== 'operator' || typeof executionId !== 'string')
    return null;
  try {
    const arn = await findExecutionStarter(executionId, incident.data.openedAt);
    return arn === null ? null : (approverOf(arn, approvers)?.name ?? arn);
  } catch (error) {
    // Not knowing who started it only asks for one person more.
    logger().warn('InitiatorUnknown', { error: error as Error });
    return null;
  }
}
