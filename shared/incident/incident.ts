import * as z from 'zod';
import { Timestamp } from '../lambda/timestamp.ts';
import { Actor } from './actor.ts';
import { Severity } from './severity.ts';

/** Identifies an incident everywhere: `INC-<UTC day>-<8 hex digits>`, derived from what started it, so that a retry gives the same. */
export const IncidentId = z.string().regex(/^INC-\d{8}-[0-9a-f]{8}$/, 'must look like INC-20260131-0a1b2c3d');
export type IncidentId = z.infer<typeof IncidentId>;

/** What every state of the procedure knows of the incident. */
export const Incident = z.object({
  incidentId: IncidentId,
  severity: Severity,
  summary: z.string().min(1).max(500),
  /** Alarm, console or emergency endpoint. */
  source: z.enum(['alarm', 'operator', 'emergency-endpoint']),
  initiator: Actor,
  /** When the trouble was first noticed (the alarm's own time), not when we heard of it. */
  detectedAt: Timestamp,
  openedAt: Timestamp,
  /** The restore point that an operator gave, if any. */
  restorePoint: Timestamp.nullable(),
  /** The execution leads the response: it opened the incident or raised it to P0. All others only attach to it. */
  lead: z.boolean(),
});
export type Incident = z.infer<typeof Incident>;

/** What opening an incident, or joining one, comes to. */
export const OpenedIncident = Incident.extend({
  /** The signal joined an open incident with a restore point that is not used any more: the operator must be told. */
  pointTooLate: z.boolean(),
});
export type OpenedIncident = z.infer<typeof OpenedIncident>;
