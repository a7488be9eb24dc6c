import type { IncidentView } from '../../../shared/incident/api-contract.ts';
import type { IncidentMetrics } from '../../../shared/incident/metrics.ts';
import type { Severity } from '../../../shared/incident/severity.ts';
import type { TradingState } from '../../../shared/trading/trading-state.ts';
import type { Scenario } from './scenario.ts';
import type { DataVerdict } from './verdict.ts';

/** What a rehearsal came to. */
export interface Measured {
  /** `none` when nothing started. */
  readonly severity: Severity | 'none';
  readonly recovery: NonNullable<Scenario['expect']['recovery']>;
  readonly trading: TradingState;
  /** Null when nothing started. */
  readonly status: IncidentView['status'] | null;
  /** Names of the states entered, in order. */
  readonly states: readonly string[];
  readonly metrics: IncidentMetrics;
  readonly data: DataVerdict;
}

/** One expectation of the scenario, and whether it held. */
export interface CheckedExpectation {
  readonly name: keyof Scenario['expect'];
  readonly rule: 'equals' | 'at most' | 'at least' | 'in this order';
  readonly expected: unknown;
  readonly measured: unknown;
  readonly passed: boolean;
}

type Check = (expected: never, measured: Measured) => Omit<CheckedExpectation, 'name' | 'expected'>;

/** Checks every expectation that the scenario names, in the order of this list. */
export function checkExpectations(expect: Scenario['expect'], measured: Measured): CheckedExpectation[] {
  return Object.entries(CHECKS).flatMap(([key, check]) => {
    const name = key as keyof Scenario['expect'];
    const expected = expect[name];
    return expected === undefined ? [] : [{ name, expected, ...check(expected as never, measured) }];
  });
}

const CHECKS: Record<keyof Scenario['expect'], Check> = {
  severity: equals(({ severity }) => severity),
  recovery: equals(({ recovery }) => recovery),
  trading: equals(({ trading }) => trading),
  status: equals(({ status }) => status),
  rowsLost: equals(({ data }) => data.rowsLost),
  rowsAfterPoint: atMost(({ data }) => data.rowsAfterPoint),
  rowsSalvaged: (expected: number, { data: { rowsSalvaged } }) => ({
    rule: 'at least',
    measured: rowsSalvaged,
    passed: rowsSalvaged >= expected,
  }),
  verified: equals(({ data }) => data.verified),
  detectionSeconds: atMost(({ metrics }) => metrics.detectionSeconds),
  responseSeconds: atMost(({ metrics }) => metrics.responseSeconds),
  recoverySeconds: atMost(({ metrics }) => metrics.recoverySeconds),
  rpoSeconds: atMost(({ data }) => data.rpoSeconds),
  userNoticeSeconds: atMost(({ metrics }) => metrics.userNoticeSeconds),
  adherence: (expected: number, { metrics: { adherence } }) => ({
    rule: 'at least',
    measured: adherence,
    passed: adherence !== null && adherence >= expected,
  }),
  states: (expected: readonly string[], { states }) => ({
    rule: 'in this order',
    measured: states,
    passed: isSubsequence(expected, states),
  }),
};

function equals(read: (measured: Measured) => unknown): Check {
  return (expected, measured) => ({
    rule: 'equals',
    measured: read(measured),
    passed: read(measured) === expected,
  });
}

/** What could not be measured is never good enough. */
function atMost(read: (measured: Measured) => number | null): Check {
  return (expected: number, measured) => {
    const value = read(measured);
    return { rule: 'at most', measured: value, passed: value !== null && value <= expected };
  };
}

function isSubsequence(wanted: readonly string[], states: readonly string[]): boolean {
  let next = 0;
  for (const state of states) {
    if (state === wanted[next]) next += 1;
  }
  return next === wanted.length;
}
