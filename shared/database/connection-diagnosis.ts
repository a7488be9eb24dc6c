import * as z from 'zod';
import { CONNECTION_CHECKS, type ConnectionCheck } from './connection-checks.ts';
import type { ConnectionFacts } from './connection-facts.ts';

/** What this recovery has done about the connection so far. */
export const DiagnosisHistory = z.object({
  /** Diagnoses so far. */
  rounds: z.int().nonnegative(),
  /** Causes whose healing was begun. */
  tried: z.array(z.string()),
});
export type DiagnosisHistory = z.infer<typeof DiagnosisHistory>;

/** One named check with what it found. */
const CheckFinding = z.object({
  check: z.string(),
  outcome: z.enum(['passed', 'failed', 'unknown']),
  finding: z.string().nullable(),
});

/** Why clients are kept from the database, and what ends it. */
export const ConnectionDiagnosis = z.object({
  /** `none` when a fresh connection could be had. */
  cause: z.string(),
  healing: z.enum(['none', 'start-instance', 'restore-security-group', 'end-sessions', 'wait', 'people']),
  reason: z.string(),
  checks: z.array(CheckFinding),
  history: DiagnosisHistory,
});
export type ConnectionDiagnosis = z.infer<typeof ConnectionDiagnosis>;

/** So many looks, a minute apart, are given to what passes by itself: RDS restarts a dead server within a few. */
const MOST_ROUNDS = 15;

/**
 * SOP `database_connection_restore`: the first check that fails is the cause, all others are named beside it. Each cause is healed once:
 * one that is back, or that does not pass by itself in time, goes to people.
 */
export function diagnoseConnection(
  facts: ConnectionFacts,
  { rounds, tried }: DiagnosisHistory,
): ConnectionDiagnosis {
  const checks = CONNECTION_CHECKS.map((check) => {
    const finding = check.find(facts) ?? null;
    const outcome = finding === null ? (check.known(facts) ? 'passed' : 'unknown') : 'failed';
    return { check: check.cause, outcome, finding } as const;
  });
  const at = checks.findIndex(({ outcome }) => outcome === 'failed');
  const failed = CONNECTION_CHECKS[at];
  const history = { rounds: rounds + 1, tried };
  if (failed === undefined) {
    return { cause: 'none', healing: 'none', reason: 'A fresh connection could be had', checks, history };
  }
  const { cause } = failed;
  const finding = checks[at]?.finding ?? '';
  const vain = inVain(failed, { rounds, tried });
  if (failed.healing === 'people' || vain !== undefined) {
    const reason = [finding, ...(vain === undefined ? [] : [vain]), failed.action].join('. ');
    return { cause, healing: 'people', reason: `${cause}: ${reason}`, checks, history };
  }
  return {
    cause,
    healing: failed.healing,
    reason: `${cause}: ${finding}`,
    checks,
    history: failed.healing === 'wait' ? history : { ...history, tried: [...tried, cause] },
  };
}

function inVain(
  { cause, healing }: ConnectionCheck,
  { rounds, tried }: DiagnosisHistory,
): string | undefined {
  if (tried.includes(cause)) return 'It was healed before in this recovery and is back';
  return healing === 'wait' && rounds >= MOST_ROUNDS ? `It has not passed in ${rounds} looks` : undefined;
}
