import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CONNECTION_CHECKS } from '../../shared/database/connection-checks.ts';
import { diagnoseConnection } from '../../shared/database/connection-diagnosis.ts';
import type { ConnectionFacts, EndpointFault } from '../../shared/database/connection-facts.ts';
import type { DatabaseActivity } from '../../shared/database/database-activity.ts';

const activity: DatabaseActivity = {
  ordinarySlots: 95,
  takenSlots: 20,
  idleSessions: 15,
  idleInTransactionSessions: 0,
  longestQuerySeconds: 0.2,
  blockedSessions: 0,
  longestBlockingSeconds: 0,
  probeLatencyMillis: 12,
};
const certificate = { validTo: '2027-01-31T00:00:00.000Z', daysLeft: 70, trustFault: null };
const sound: ConnectionFacts = {
  instance: {
    status: 'available',
    securityGroupIds: ['sg-database'],
    iamAuthentication: true,
    configuredSecurityGroupId: 'sg-database',
    quarantineSecurityGroupId: 'sg-quarantine',
  },
  endpoint: { host: 'orders.example', port: 5432, fault: null, certificate, activity, inRecovery: false },
};
const first = { rounds: 0, tried: [] };

type Changes = {
  instance?: Partial<ConnectionFacts['instance']>;
  endpoint?: Partial<ConnectionFacts['endpoint']>;
};
const facts = ({ instance, endpoint }: Changes): ConnectionFacts => ({
  instance: { ...sound.instance, ...instance },
  endpoint: { ...sound.endpoint, ...endpoint },
});
const stoppedAt = (stage: EndpointFault['stage'], code: string) => ({
  fault: { stage, code, message: `${stage} ${code}` },
  certificate: stage === 'sign-in' ? certificate : null,
  activity: null,
  inRecovery: null,
});

const CASES: [string, string, Changes][] = [
  ['none', 'none', {}],
  ['none', 'none', { instance: { status: 'backing-up' } }],
  ['none', 'none', { instance: { securityGroupIds: ['sg-database', 'sg-reports'] } }],
  [
    'instance-stopped',
    'start-instance',
    { instance: { status: 'stopped' }, endpoint: stoppedAt('tls', 'ECONNRESET') },
  ],
  [
    'instance-stopped',
    'start-instance',
    { instance: { status: 'stopping' }, endpoint: stoppedAt('tcp', 'ETIMEDOUT') },
  ],
  ['storage-full', 'people', { instance: { status: 'storage-full' } }],
  [
    'instance-failed',
    'people',
    { instance: { status: 'incompatible-network' }, endpoint: stoppedAt('tcp', 'ETIMEDOUT') },
  ],
  ['instance-failed', 'people', { instance: { status: 'inaccessible-encryption-credentials-recoverable' } }],
  [
    'instance-changing',
    'wait',
    { instance: { status: 'rebooting' }, endpoint: stoppedAt('tcp', 'ECONNREFUSED') },
  ],
  [
    'instance-changing',
    'wait',
    { instance: { status: 'upgrading' }, endpoint: stoppedAt('sign-in', '57P03') },
  ],
  ['security-group-lost', 'restore-security-group', { instance: { securityGroupIds: ['sg-default'] } }],
  [
    'security-group-lost',
    'restore-security-group',
    { instance: { securityGroupIds: [] }, endpoint: stoppedAt('tcp', 'ETIMEDOUT') },
  ],
  ['instance-fenced', 'people', { instance: { securityGroupIds: ['sg-quarantine'] } }],
  ['name-not-resolved', 'people', { endpoint: stoppedAt('name', 'ENOTFOUND') }],
  ['server-unreachable', 'people', { endpoint: stoppedAt('tcp', 'ETIMEDOUT') }],
  ['server-unreachable', 'people', { endpoint: stoppedAt('sign-in', 'ETIMEDOUT') }],
  ['server-down', 'wait', { endpoint: stoppedAt('tcp', 'ECONNREFUSED') }],
  ['server-down', 'wait', { endpoint: stoppedAt('tls', 'ECONNRESET') }],
  ['server-starting', 'wait', { endpoint: stoppedAt('sign-in', '57P03') }],
  [
    'certificate-refused',
    'people',
    { endpoint: { certificate: { ...certificate, trustFault: 'CERT_HAS_EXPIRED' } } },
  ],
  ['encryption-fails', 'people', { endpoint: stoppedAt('tls', 'TLS_NOT_OFFERED') }],
  ['slots-exhausted', 'end-sessions', { endpoint: stoppedAt('sign-in', '53300') }],
  ['slots-exhausted', 'end-sessions', { endpoint: { activity: { ...activity, takenSlots: 95 } } }],
  ['token-refused', 'people', { endpoint: stoppedAt('sign-in', '28000') }],
  ['read-only', 'people', { endpoint: { inRecovery: true } }],
  ['unexplained', 'people', { endpoint: stoppedAt('sign-in', '3D000') }],
];

const status = fc.constantFrom(
  'available',
  'stopped',
  'failed',
  'rebooting',
  'storage-full',
  'backing-up',
  'new',
);
const groups = fc.subarray(['sg-database', 'sg-quarantine', 'sg-default']);
const fault = fc.option(
  fc.record({
    stage: fc.constantFrom('name' as const, 'tcp' as const, 'tls' as const, 'sign-in' as const),
    code: fc.constantFrom('ENOTFOUND', 'ETIMEDOUT', 'ECONNREFUSED', '53300', '28000', '57P03', 'XX000'),
    message: fc.string(),
  }),
);
const anyFacts = fc.record({ status, groups, fault }).map((drawn) =>
  facts({
    instance: { status: drawn.status, securityGroupIds: drawn.groups },
    endpoint: { fault: drawn.fault, activity: drawn.fault === null ? activity : null },
  }),
);

describe('the diagnosis of a lost connection', () => {
  it.each(CASES)('%s is healed by: %s', (cause, healing, changes) => {
    expect(diagnoseConnection(facts(changes), first)).toMatchObject({ cause, healing });
  });

  it('names every check that failed beside the cause, and what could not be checked', () => {
    const { checks } = diagnoseConnection(
      facts({
        instance: { status: 'stopped', securityGroupIds: [] },
        endpoint: stoppedAt('name', 'ENOTFOUND'),
      }),
      first,
    );
    const named = (wanted: string) =>
      checks.filter(({ outcome }) => outcome === wanted).map(({ check }) => check);
    expect(named('failed')).toEqual([
      'instance-stopped',
      'instance-failed',
      'security-group-lost',
      'name-not-resolved',
      'unexplained',
    ]);
    expect(named('unknown')).toContain('slots-exhausted');
  });

  it('never calls a connection sound that could not be had', () => {
    fc.assert(
      fc.property(anyFacts, (drawn) => {
        if (diagnoseConnection(drawn, first).cause === 'none') expect(drawn.endpoint.fault).toBeNull();
      }),
      { seed: 18 },
    );
  });

  it('never lets a machine touch a database in quarantine', () => {
    fc.assert(
      fc.property(anyFacts, (drawn) => {
        const { healing } = diagnoseConnection(drawn, first);
        if (drawn.instance.securityGroupIds.includes('sg-quarantine')) expect(healing).toBe('people');
      }),
      { seed: 18 },
    );
  });

  it('heals a cause once, and tells people what to do when it is back', () => {
    const lost = facts({ instance: { securityGroupIds: [] } });
    const { history } = diagnoseConnection(lost, first);
    expect(history).toEqual({ rounds: 1, tried: ['security-group-lost'] });
    const again = diagnoseConnection(lost, history);
    expect(again.healing).toBe('people');
    expect(again.reason).toMatch(/is back.*Give the instance the configured security group/);
  });

  it('ends whatever is found: no series of diagnoses waits or heals for ever', () => {
    fc.assert(
      fc.property(fc.array(anyFacts, { minLength: 40, maxLength: 40 }), (series) => {
        let history: { rounds: number; tried: string[] } = first;
        const ended = series.some((drawn) => {
          const diagnosis = diagnoseConnection(drawn, history);
          history = diagnosis.history;
          return diagnosis.healing === 'people' || diagnosis.healing === 'none';
        });
        expect(ended).toBe(true);
      }),
      { seed: 18, numRuns: 50 },
    );
  });

  it('has an action for people for every cause, even where a machine heals it', () => {
    for (const { cause, action } of CONNECTION_CHECKS) expect(action.length, cause).toBeGreaterThan(20);
  });
});
