import * as z from 'zod';
import { describeIssues, InvalidInput } from '../lambda/errors.ts';
import { GivenTimestamp, Timestamp } from '../lambda/timestamp.ts';
import type { Actor } from './actor.ts';
import { Incident } from './incident.ts';
import { Severity } from './severity.ts';

/** What started an execution, whatever it was. */
export interface Signal {
  readonly source: Incident['source'];
  readonly severity: Severity;
  readonly summary: string;
  readonly initiator: Actor;
  readonly detectedAt: string;
  readonly restorePoint: string | null;
  /** Same for every delivery of the same signal: the incident's id is derived from it. */
  readonly origin: string;
  readonly detail: Readonly<Record<string, unknown>>;
}

const AlarmEvent = z.object({
  id: z.string().min(1),
  source: z.literal('aws.cloudwatch'),
  'detail-type': z.literal('CloudWatch Alarm State Change'),
  time: z.string(),
  detail: z.object({
    alarmName: z.string().min(1),
    state: z.object({ value: z.literal('ALARM'), reason: z.string().optional(), timestamp: z.string() }),
  }),
});

/** What an operator types into the console. */
const OperatorInput = z.strictObject({
  severity: Severity,
  summary: Incident.shape.summary,
  restorePoint: GivenTimestamp.optional(),
  startedBy: z.string().trim().min(1).max(100).optional(),
});

const EmergencyInput = z.strictObject({
  trigger: z.literal('emergency-endpoint'),
  severity: z.literal('P0'),
  summary: Incident.shape.summary,
  reference: z.string().optional(),
  requestId: z.string().min(1),
  actor: z.strictObject({ kind: z.literal('token'), id: z.string() }),
  detectedAt: Timestamp,
});

/** Where the signal came in. */
export interface SignalContext {
  readonly executionId: string;
  /** RFC 3339 UTC. */
  readonly executionStartedAt: string;
  /** Severity of each alarm that may start a response. */
  readonly alarmSeverities: Readonly<Record<string, Severity>>;
}

/**
 * Reads an alarm event, an operator's input or the emergency endpoint's message into one shape.
 * @throws {InvalidInput} naming each wrong field.
 */
export function readSignal(request: unknown, context: SignalContext): Signal {
  if (typeof request !== 'object' || request === null || Array.isArray(request)) {
    throw new InvalidInput(
      '(whole): must be an object such as {"severity": "P0", "summary": "what is wrong"}',
    );
  }
  if ('detail-type' in request || 'source' in request) return readAlarm(parse(AlarmEvent, request), context);
  if ('trigger' in request) return readEmergency(parse(EmergencyInput, request));
  return readOperator(parse(OperatorInput, request), context);
}

function readAlarm(event: z.infer<typeof AlarmEvent>, { alarmSeverities }: SignalContext): Signal {
  const { alarmName, state } = event.detail;
  const severity = alarmSeverities[alarmName];
  if (severity === undefined) {
    throw new InvalidInput(
      `detail.alarmName: ${alarmName} is none of ${Object.keys(alarmSeverities).join(', ')}`,
    );
  }
  return {
    source: 'alarm',
    severity,
    summary: `Alarm ${alarmName}${state.reason === undefined ? '' : `: ${state.reason}`}`.slice(0, 500),
    initiator: { kind: 'machine', id: alarmName },
    detectedAt: normalizeAlarmTime(state.timestamp, 'detail.state.timestamp'),
    restorePoint: null,
    origin: event.id,
    detail: { alarmName, reason: state.reason ?? null },
  };
}

function readEmergency(input: z.infer<typeof EmergencyInput>): Signal {
  return {
    source: 'emergency-endpoint',
    severity: input.severity,
    summary: input.summary,
    initiator: input.actor,
    detectedAt: input.detectedAt,
    restorePoint: null,
    origin: input.requestId,
    detail: { requestId: input.requestId, reference: input.reference ?? null },
  };
}

function readOperator(input: z.infer<typeof OperatorInput>, context: SignalContext): Signal {
  return {
    source: 'operator',
    severity: input.severity,
    summary: input.summary,
    initiator: { kind: 'claimed-person', id: input.startedBy ?? 'unnamed operator' },
    detectedAt: new Date(context.executionStartedAt).toISOString(),
    restorePoint: input.restorePoint ?? null,
    origin: context.executionId,
    detail: {},
  };
}

/** CloudWatch writes `2026-01-31T03:05:07.123+0000`. */
function normalizeAlarmTime(text: string, field: string): string {
  const millis = Date.parse(text.replace(/([+-]\d{2})(\d{2})$/, '$1:$2'));
  if (Number.isNaN(millis)) throw new InvalidInput(`${field}: is no time: ${text}`);
  return new Date(millis).toISOString();
}

function parse<Schema extends z.ZodType>(schema: Schema, request: unknown): z.infer<Schema> {
  const result = schema.safeParse(request);
  if (!result.success) throw new InvalidInput(describeIssues(result.error), { cause: result.error });
  return result.data;
}
