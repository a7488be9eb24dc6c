import { createHash } from 'node:crypto';
import type { IncidentId } from './incident.ts';

/**
 * The identifier of the incident that `origin` (an alarm event's id, an execution, an API request) starts.
 * @param startedAt RFC 3339 UTC; gives the day.
 */
export function incidentIdOf(startedAt: string, origin: string): IncidentId {
  const day = startedAt.slice(0, 10).replaceAll('-', '');
  return `INC-${day}-${createHash('sha256').update(origin).digest('hex').slice(0, 8)}`;
}
