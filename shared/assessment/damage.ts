import * as z from 'zod';
import { ReplicaPosition } from '../database/standbys.ts';
import { Severity } from '../incident/severity.ts';
import { Timestamp } from '../lambda/timestamp.ts';
import { Alternative } from './down-alternatives.ts';

/** SOP step 2, `database_status`. `unknown` is what could not be measured: it never counts as healthy. */
export const DatabaseDamage = z.object({
  status: z.enum(['healthy', 'down', 'connection-lost', 'degraded', 'corrupted', 'unknown']),
  /** The named rule that decided, e.g. `ConnectionSlotsExhausted`. */
  rule: z.string(),
  reason: z.string(),
  /** What was measured, by name with units. */
  facts: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])).default({}),
  /** How far each replica has come, where the database is down; else nobody has asked them. */
  replicas: z.array(ReplicaPosition).default([]),
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
  databaseRecovery: z.enum([
    'none',
    'point-in-time-restore',
    'connection-restore',
    'optimization',
    'multi-az-failover',
    'replica-promotion',
  ]),
  reason: z.string(),
  /** What the database is restored to: by the word that this response was started with, or the last that RDS has of one that is lost. */
  restorePoint: Timestamp.nullable().default(null),
  /** The replica that is promoted. */
  replica: z.string().nullable().default(null),
  /** Every way to have a database again that is down, the selected one first; empty when it is not down. */
  alternatives: z.array(Alternative).default([]),
  peopleTasks: z.array(PeopleTask),
  peopleNeeded: z.boolean(),
});
export type Strategy = z.infer<typeof Strategy>;
