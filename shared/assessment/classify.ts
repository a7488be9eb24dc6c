import type { Severity } from '../incident/severity.ts';
import { graver } from '../incident/severity.ts';
import type { CriticalIssue, Damage, EmergencyAssessment } from './damage.ts';

type Issue = Omit<CriticalIssue, 'component' | 'summary'>;

/** SOP P0: "Database corruption or inaccessibility"; P1: degraded. What could not be measured weighs as the worst that it can be. */
const DATABASE_ISSUES: Record<Exclude<Damage['database']['status'], 'healthy'>, Issue> = {
  down: { code: 'DatabaseDown', severity: 'P0' },
  'connection-lost': { code: 'DatabaseConnectionLost', severity: 'P0' },
  corrupted: { code: 'DatabaseCorrupted', severity: 'P0' },
  degraded: { code: 'DatabaseDegraded', severity: 'P1' },
  unknown: { code: 'DatabaseUnknown', severity: 'P0' },
};

/** Every issue of the damage, in the SOP's order: database, integrity, exchanges, risk engine. */
export function findIssues(damage: Damage): CriticalIssue[] {
  return [
    ...databaseIssues(damage.database),
    ...integrityIssues(damage.integrity),
    ...exchangeIssues(damage.exchanges),
    ...riskEngineIssues(damage.riskEngine),
  ];
}

function databaseIssues({ status, rule, reason }: Damage['database']): CriticalIssue[] {
  if (status === 'healthy') return [];
  return [{ ...DATABASE_ISSUES[status], component: 'database', summary: `${rule}: ${reason}` }];
}

function integrityIssues({ status, reason }: Damage['integrity']): CriticalIssue[] {
  if (status === 'intact') return [];
  const code = status === 'violated' ? 'DataIntegrityViolated' : 'DataIntegrityUnknown';
  return [{ code, severity: 'P0', component: 'data', summary: reason }];
}

/** SOP P0: "Exchange connectivity completely lost"; P1: "Single exchange adapter failure". */
function exchangeIssues(exchanges: Damage['exchanges']): CriticalIssue[] {
  const lost = exchanges.filter(({ status }) => status === 'unreachable' || status === 'unknown');
  if (exchanges.length > 0 && lost.length === exchanges.length) {
    const names = lost.map(({ name }) => name).join(', ');
    return [
      {
        code: 'AllExchangesDown',
        severity: 'P0',
        component: 'exchange',
        summary: `No exchange answers: ${names}`,
      },
    ];
  }
  return exchanges
    .filter(({ status }) => status !== 'reachable')
    .map(({ name, status, reason }) => ({
      code:
        status === 'degraded'
          ? ('ExchangeDegraded' as const)
          : status === 'unknown'
            ? ('ExchangeUnknown' as const)
            : ('ExchangeDown' as const),
      severity: 'P1' as const,
      component: `exchange ${name}`,
      summary: reason,
    }));
}

/** Nothing sizes positions without the risk engine: trading on would be blind, so it counts as P0. */
function riskEngineIssues({ status, reason }: Damage['riskEngine']): CriticalIssue[] {
  if (status === 'responsive') return [];
  const code = status === 'unknown' ? 'RiskEngineUnknown' : 'RiskEngineDown';
  return [{ code, severity: 'P0', component: 'risk engine', summary: reason }];
}

/** SOP step 2, `perform_emergency_assessment`. Damage can raise the severity that the signal had, never lower it. */
export function assess(damage: Damage, signalled: Severity, assessedAt: string): EmergencyAssessment {
  const criticalIssues = findIssues(damage);
  const { affectedUsers, totalUsers, estimatedLoss } = damage.integrity;
  return {
    assessedAt,
    severity: criticalIssues.map(({ severity }) => severity).reduce(graver, signalled),
    criticalIssues,
    affectedUsers,
    totalUsers,
    estimatedLoss,
  };
}
