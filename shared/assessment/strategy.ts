import type { CriticalIssue, Damage, EmergencyAssessment, PeopleTask, Strategy } from './damage.ts';
import type { Alternative } from './down-alternatives.ts';

type Choice = Pick<Strategy, 'databaseRecovery' | 'reason' | 'restorePoint' | 'replica' | 'alternatives'>;

/** What is decided from, beside the damage. */
export interface StrategyBasis {
  /** The restore point that people want, if any. */
  readonly restorePoint: string | null;
  /** The last moment that RDS could restore. */
  readonly latestRestorableTime: string | null;
  /** How a database that is down could be had again, the best first; empty when nobody has weighed that. */
  readonly alternatives: readonly Alternative[];
}

/** What people must do about an issue that no machine recovers yet. */
const PEOPLE_ACTIONS: Partial<Record<CriticalIssue['code'], Omit<PeopleTask, 'component'>>> = {
  DatabaseUnknown: {
    sopStep: '2 Damage Assessment',
    action:
      'Find out by hand whether the database answers and holds its data; then start incident-response again',
  },
  DataIntegrityUnknown: {
    sopStep: '2 Damage Assessment',
    action:
      'Compare the data with the latest baseline by hand; then start service-resumption, or incident-response with a restorePoint',
  },
  AllExchangesDown: {
    sopStep: '3 Exchange Connectivity Recovery: enable_maintenance_mode',
    action: 'Enable maintenance mode; when exchanges answer again, start service-resumption',
  },
  ExchangeDown: {
    sopStep: '3 Exchange Connectivity Recovery: failover_to_secondary_exchange',
    action:
      'Cancel its orders, route to the backup exchange and watch it for recovery; then start service-resumption',
  },
  ExchangeUnknown: {
    sopStep: '3 Exchange Connectivity Recovery: failover_to_secondary_exchange',
    action: 'Find out by hand whether the exchange can be reached; fail over if not',
  },
  ExchangeDegraded: {
    sopStep: '3 Exchange Connectivity Recovery',
    action: 'Watch the latency of the exchange; fail over if it stays slow',
  },
  RiskEngineDown: {
    sopStep: 'Service Recovery Procedures: Risk Engine Recovery',
    action:
      'Restart the risk engine or activate its backup, run the calculation verification suite, then start service-resumption',
  },
  RiskEngineUnknown: {
    sopStep: 'Service Recovery Procedures: Risk Engine Recovery',
    action:
      'Find out by hand whether the risk engine answers; recover it if not, then start service-resumption',
  },
};

/** SOP step 3 "Database Recovery Decision Tree": corrupted, else connection lost, else degraded. */
function chooseDatabaseRecovery({ database, integrity }: Damage, basis: StrategyBasis): Choice {
  const { restorePoint } = basis;
  const choice = (databaseRecovery: Choice['databaseRecovery'], reason: string): Choice => ({
    databaseRecovery,
    reason,
    restorePoint: null,
    replica: null,
    alternatives: [],
  });
  if (restorePoint !== null)
    return choice('point-in-time-restore', `An operator gave the restore point ${restorePoint}`);
  if (database.status === 'corrupted')
    return choice('point-in-time-restore', `Database corrupted (${database.rule})`);
  // Standby and replicas have replayed whatever damaged the data: what is damaged is restored, whether it is down as well or not.
  if (integrity.status === 'violated')
    return choice('point-in-time-restore', `Data damaged: ${integrity.reason}`);
  if (database.status === 'down') return chooseForDown(database.rule, basis);
  if (database.status === 'connection-lost')
    return choice('connection-restore', `Database connection lost (${database.rule})`);
  if (database.status === 'degraded')
    return choice('optimization', `Database performance degraded (${database.rule})`);
  return choice(
    'none',
    database.status === 'healthy'
      ? 'The database is healthy and its data intact'
      : 'The database could not be assessed',
  );
}

/** The best alternative; where none can be had, the connection is looked into, which tells people the cause. */
function chooseForDown(rule: string, { alternatives, latestRestorableTime }: StrategyBasis): Choice {
  const [best] = alternatives;
  const selected = best?.selected === true ? best : undefined;
  const databaseRecovery = selected?.strategy ?? 'connection-restore';
  return {
    databaseRecovery,
    reason: [`Database down (${rule})`, ...(selected === undefined ? [] : [selected.reason])].join('. '),
    restorePoint: databaseRecovery === 'point-in-time-restore' ? latestRestorableTime : null,
    replica: selected?.strategy === 'replica-promotion' ? selected.subject : null,
    alternatives: [...alternatives],
  };
}

/** Unknown only because the database cannot be reached: the proof after its recovery decides. */
const DECIDED_BY_PROOF = new Set<CriticalIssue['code']>(['DataIntegrityUnknown', 'DatabaseUnknown']);

/** People are told, and take it into account when they approve; it keeps nothing from going on. */
const WATCHED_ONLY = new Set<CriticalIssue['code']>(['ExchangeDegraded']);

/**
 * SOP step 3: which branch heals the database, and what remains for people. An issue that the chosen branch heals needs no person;
 * integrity that is unknown only because the database cannot be reached is decided by the proof after the connection is back.
 */
export function selectStrategy(
  damage: Damage,
  assessment: EmergencyAssessment,
  basis: StrategyBasis,
): Strategy {
  const choice = chooseDatabaseRecovery(damage, basis);
  const forPeople = assessment.criticalIssues.filter(
    ({ code }) =>
      code in PEOPLE_ACTIONS && !(choice.databaseRecovery !== 'none' && DECIDED_BY_PROOF.has(code)),
  );
  return {
    ...choice,
    peopleTasks: forPeople.flatMap(({ code, component }): PeopleTask[] => {
      const action = PEOPLE_ACTIONS[code];
      return action === undefined ? [] : [{ component, ...action }];
    }),
    peopleNeeded: forPeople.some(({ code }) => !WATCHED_ONLY.has(code)),
  };
}
