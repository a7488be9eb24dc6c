import { appendBestEffort } from './append-best-effort.ts';
import type { OpenIncidentRecord, OpenIncidents } from './dynamodb-open-incident.ts';
import { DuplicateSignal } from './errors.ts';
import type { Incident, OpenedIncident } from './incident.ts';
import { incidentIdOf } from './incident-id.ts';
import { requestRestorePoint } from './request-restore-point.ts';
import type { Signal } from './signal.ts';
import { projectIncident } from './status.ts';
import type { Timeline } from './timeline.ts';
import type { TimelineEntry } from './timeline-event.ts';

/** What opening needs. */
export interface OpenIncidentPorts {
  readonly incidents: OpenIncidents;
  readonly timeline: Timeline;
}

/**
 * SOP step 1.2 and 1.5: opens the incident of a signal, or attaches the signal to the open one, and starts the timeline.
 * The timeline is written as well as possible: that it cannot be written never keeps trading from being halted.
 * @throws {DuplicateSignal} when the signal's own incident was closed before.
 */
export async function openIncident(
  signal: Signal,
  executionId: string,
  openedAt: string,
  ports: OpenIncidentPorts,
): Promise<OpenedIncident> {
  const wanted = incidentOf(signal, openedAt);
  await refuseDuplicate(wanted.incidentId, ports.timeline);
  const record = await ports.incidents.openOrFind(wanted, executionId);
  if (record.openedBy === executionId) {
    await write(ports.timeline, openingEntries(record.incident, signal, executionId));
    return { ...record.incident, lead: true, pointTooLate: false };
  }
  return attach(record, signal, executionId, openedAt, ports);
}

function incidentOf(signal: Signal, openedAt: string): Incident {
  return {
    incidentId: incidentIdOf(signal.detectedAt, signal.origin),
    severity: signal.severity,
    summary: signal.summary,
    source: signal.source,
    initiator: signal.initiator,
    detectedAt: signal.detectedAt,
    openedAt,
    restorePoint: signal.restorePoint,
    lead: true,
  };
}

async function refuseDuplicate(incidentId: string, timeline: Timeline): Promise<void> {
  const events = await timeline.read(incidentId).catch(() => []);
  if (events.some(({ type }) => type === 'incident.closed')) {
    throw new DuplicateSignal(`This signal was handled as ${incidentId}, which is closed`);
  }
}

/**
 * A later signal joins the open incident; it can raise its severity, and leads the response when it raises it to P0. An operator
 * who starts again what was handed over to people leads as well: no execution runs any more. An alarm never does.
 */
async function attach(
  record: OpenIncidentRecord,
  signal: Signal,
  executionId: string,
  at: string,
  { incidents, timeline }: OpenIncidentPorts,
): Promise<OpenedIncident> {
  const { incident } = record;
  const raised =
    record.raisedBy === executionId ||
    (signal.severity < record.severity &&
      (await incidents.raise(incident.incidentId, record.severity, signal.severity, executionId)));
  const severity = raised ? signal.severity : record.severity;
  const takenUp = signal.source === 'operator' && (await isHandedOver(incident.incidentId, timeline));
  const entry = (type: TimelineEntry['type'], key: string, summary: string): TimelineEntry => ({
    incidentId: incident.incidentId,
    key: `${key}/OpenIncident/${type}`,
    type,
    occurredAt: at,
    actor: signal.initiator,
    step: '1.2',
    outcome: 'succeeded',
    summary,
    detail: { ...signal.detail, executionId, severity: signal.severity, source: signal.source },
  });
  await write(timeline, [
    // An alarm that flaps says nothing new: CloudWatch keeps its history.
    entry(
      'incident.signal-attached',
      signal.source === 'alarm' ? signal.initiator.id : executionId,
      `Another signal for the same trouble: ${signal.summary}`.slice(0, 2000),
    ),
    ...(raised
      ? [
          entry(
            'incident.severity-raised',
            executionId,
            `Severity raised from ${record.severity} to ${severity}`,
          ),
        ]
      : []),
  ]);
  const { restorePoint } = signal;
  const lead = takenUp || (raised && severity === 'P0');
  return {
    ...incident,
    severity,
    restorePoint: restorePoint ?? incident.restorePoint,
    lead,
    pointTooLate:
      !lead &&
      restorePoint !== null &&
      !(await requestRestorePoint(
        { incidentId: incident.incidentId, executionId, restorePoint, signal, at },
        timeline,
      )),
  };
}

async function isHandedOver(incidentId: string, timeline: Timeline): Promise<boolean> {
  const events = await timeline.read(incidentId).catch(() => []);
  return events.length > 0 && projectIncident(events).status === 'handed-over';
}

function openingEntries(incident: Incident, signal: Signal, executionId: string): TimelineEntry[] {
  const common = {
    incidentId: incident.incidentId,
    actor: signal.initiator,
    outcome: 'succeeded' as const,
  };
  return [
    {
      ...common,
      key: `${executionId}/OpenIncident/incident.detected`,
      type: 'incident.detected',
      occurredAt: incident.detectedAt,
      step: '1',
      summary: signal.summary,
      detail: { ...signal.detail, source: signal.source },
    },
    {
      ...common,
      key: `${executionId}/OpenIncident/incident.opened`,
      type: 'incident.opened',
      occurredAt: incident.openedAt,
      step: '1.5',
      summary: `${incident.severity} incident detected and response activated`,
      detail: { incident, executionId },
    },
  ];
}

async function write(timeline: Timeline, entries: readonly TimelineEntry[]): Promise<void> {
  for (const entry of entries) await appendBestEffort(timeline, entry);
}
