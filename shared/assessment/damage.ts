import * as z from 'zod';
import { Severity } from '../incident/severity.ts';
import { Timestamp } from '../lambda/timestamp.ts';

/** SOP step 2, `database_status`. `unknown` is what could not be measured: it never counts as healthy. */
export const DatabaseDamage = z.object({
  status: z.enum(['healthy', 'down', 'connection-lost', 'degraded', 'corrupted', 'unknown']),
  /** The named rule that decided, e.g. `ConnectionSlotsExhausted`. */
  rule: z.string(),
  reason: z.string(),
  /** What was measured, by name with units. */
  facts: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])).default({}),
});
export type DatabaseDamage = z.infer<typeof DatabaseDamage>;

/** One way in which the data is not what it was. */
export const IntegrityViolation = z.object({
  /** `TableMissing`, `RowsLost`, `InvariantBroken`, `OrphanedRows`, `UnreadableTable`. */
  rule: z.string(),
  /** Table or invariant. */
  subject: z.string(),
  reason: z.string(),
  expected: z.string().nullable(),
  found: z.string().nullable(),
});
export type IntegrityViolation = z.infer<typeof IntegrityViolation>;

/** SOP step 2, `data_integrity`, `user_sessions`, `affected_users`, `estimated_data_loss`. */
export const IntegrityDamage = z.object({
  status: z.enum(['intact', 'violated', 'unknown']),
  reason: z.string(),
  violations: z.array(IntegrityViolation).default([]),
  /** The accident lies after this moment (last good baseline) ... */
  faultNotBefore: Timestamp.nullable().default(null),
  /** ... and not after this one (first bad observation). */
  faultNotAfter: Timestamp.nullable().default(null),
  activeSessions: z.int().nonnegative().nullable().default(null),
  affectedUsers: z.int().nonnegative().nullable().default(null),
  totalUsers: z.int().nonnegative().nullable().default(null),
  /** What would be lost by going back to `faultNotBefore`. */
  estimatedLoss: z
    .object({
      seconds: z.number().nonnegative(),
      rows: z.int().nonnegative(),
      transactions: z.int().nonnegative().nullable(),
    })
    .nullable()
    .default(null),
});
export type IntegrityDamage = z.infer<typeof IntegrityDamage>;

/** SOP step 2, `exchange_connectivity`, of one exchange. */
export const ExchangeDamage = z.object({
  name: z.string(),
  status: z.enum(['reachable', 'degraded', 'unreachable', 'unknown']),
  reason: z.string(),
  latencyMillis: z.number().nonnegative().nullable().default(null),
});
export type ExchangeDamage = z.infer<typeof ExchangeDamage>;

/** SOP step 2, `risk_engine_status`. */
export const RiskEngineDamage = z.object({
  status: z.enum(['responsive', 'unresponsive', 'unknown']),
  reason: z.string(),
  latencyMillis: z.number().nonnegative().nullable().default(null),
});
export type RiskEngineDamage = z.infer<typeof RiskEngineDamage>;

/** Everything the assessment measured. */
export const Damage = z.object({
  database: DatabaseDamage,
  integrity: IntegrityDamage,
  exchanges: z.array(ExchangeDamage),
  riskEngine: RiskEngineDamage,
});
export type Damage = z.infer<typeof Damage>;

/** SOP step 2, `CriticalIssue`. */
export const CriticalIssue = z.object({
  code: z.enum([
    'DatabaseDown',
    'DatabaseConnectionLost',
    'DatabaseDegraded',
    'DatabaseCorrupted',
    'DatabaseUnknown',
    'DataIntegrityViolated',
    'DataIntegrityUnknown',
    'ExchangeDown',
    'AllExchangesDown',
    'ExchangeDegraded',
    'ExchangeUnknown',
    'RiskEngineDown',
    'RiskEngineUnknown',
  ]),
  component: z.string(),
  summary: z.string(),
  severity: Severity,
});
export type CriticalIssue = z.infer<typeof CriticalIssue>;

/** SOP step 2, `EmergencyAssessment`. */
export const EmergencyAssessment = z.object({
  assessedAt: Timestamp,
  severity: Severity,
  criticalIssues: z.array(CriticalIssue),
  affectedUsers: z.int().nonnegative().nullable(),
  totalUsers: z.int().nonnegative().nullable(),
  estimatedLoss: IntegrityDamage.shape.estimatedLoss,
});
export type EmergencyAssessment = z.infer<typeof EmergencyAssessment>;

/** What people must recover, with the clause of the SOP that says how. */
export const PeopleTask = z.object({ component: z.string(), sopStep: z.string(), action: z.string() });
export type PeopleTask = z.infer<typeof PeopleTask>;

/** SOP step 3: what is done by machine and what by people. */
export const Strategy = z.object({
  databaseRecovery: z.enum(['none', 'point-in-time-restore', 'connection-restore', 'optimization']),
  reason: z.string(),
  peopleTasks: z.array(PeopleTask),
  peopleNeeded: z.boolean(),
});
export type Strategy = z.infer<typeof Strategy>;
