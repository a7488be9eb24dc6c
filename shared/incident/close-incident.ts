import type { OpenIncidents } from './dynamodb-open-incident.ts';
import { IncidentUnknown } from './errors.ts';
import { detailOf } from './event-detail.ts';
import { latest } from './event-search.ts';
import type { Incident } from './incident.ts';
import { severityOf } from './status.ts';
import type { Timeline } from './timeline.ts';

/** What closing needs. */
export interface CloseIncidentPorts {
  readonly incidents: OpenIncidents;
  readonly timeline: Timeline;
}

/**
 * Forgets the open incident, so that the next signal opens a new one; an incident that was opened since stays open. Gives back the
 * incident as it ended, from the timeline or, if its opening could not be written there, from the open record.
 * @throws {IncidentUnknown} when neither knows it.
 */
export async function closeIncident(
  incidentId: string,
  { incidents, timeline }: CloseIncidentPorts,
): Promise<Incident> {
  const events = await timeline.read(incidentId);
  const opened = detailOf(latest(events, 'incident.opened'), 'incident.opened').incident;
  const record = opened === undefined ? await incidents.read() : undefined;
  const incident = opened ?? (record?.incident.incidentId === incidentId ? record.incident : undefined);
  if (incident === undefined) {
    throw new IncidentUnknown(`incidentId: neither timeline nor control table knows how ${incidentId} began`);
  }
  await incidents.close(incidentId);
  return { ...incident, severity: events.length === 0 ? incident.severity : severityOf(events) };
}
