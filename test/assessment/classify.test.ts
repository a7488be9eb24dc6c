import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assess, findIssues } from '../../shared/assessment/classify.ts';
import type { Damage } from '../../shared/assessment/damage.ts';
import type { Alternative } from '../../shared/assessment/down-alternatives.ts';
import { type StrategyBasis, selectStrategy } from '../../shared/assessment/strategy.ts';
import { Severity } from '../../shared/incident/severity.ts';
import { healthyDamage } from '../fixtures/healthy-damage.ts';

const AT = '2026-01-31T03:10:00.000Z';
const with_ = (changes: { [Key in keyof Damage]?: Partial<Damage[Key]> }): Damage => ({
  database: { ...healthyDamage.database, ...changes.database },
  integrity: { ...healthyDamage.integrity, ...changes.integrity },
  exchanges: (changes.exchanges as Damage['exchanges'] | undefined) ?? healthyDamage.exchanges,
  riskEngine: { ...healthyDamage.riskEngine, ...changes.riskEngine },
});
const exchange = (name: string, status: Damage['exchanges'][number]['status']) => ({
  name,
  status,
  reason: status,
  latencyMillis: 5,
});
const strategyOf = (damage: Damage, basis: Partial<StrategyBasis> = {}) =>
  selectStrategy(damage, assess(damage, 'P0', AT), {
    restorePoint: null,
    latestRestorableTime: null,
    alternatives: [],
    ...basis,
  });

describe('the severity of damage (SOP Incident Classification)', () => {
  it.each([
    ['nothing', {}, 'P3', []],
    ['a database that is down', { database: { status: 'down' } }, 'P0', ['DatabaseDown']],
    ['a lost connection', { database: { status: 'connection-lost' } }, 'P0', ['DatabaseConnectionLost']],
    ['a corrupted database', { database: { status: 'corrupted' } }, 'P0', ['DatabaseCorrupted']],
    ['a slow database', { database: { status: 'degraded' } }, 'P1', ['DatabaseDegraded']],
    [
      'a database that could not be looked at',
      { database: { status: 'unknown' } },
      'P0',
      ['DatabaseUnknown'],
    ],
    ['damaged data', { integrity: { status: 'violated' } }, 'P0', ['DataIntegrityViolated']],
    [
      'data that could not be looked at',
      { integrity: { status: 'unknown' } },
      'P0',
      ['DataIntegrityUnknown'],
    ],
    [
      'one exchange of two lost',
      { exchanges: [exchange('binance', 'unreachable'), exchange('kraken', 'reachable')] },
      'P1',
      ['ExchangeDown'],
    ],
    [
      'every exchange lost',
      { exchanges: [exchange('binance', 'unreachable'), exchange('kraken', 'unknown')] },
      'P0',
      ['AllExchangesDown'],
    ],
    [
      'a slow exchange',
      { exchanges: [exchange('binance', 'degraded'), exchange('kraken', 'reachable')] },
      'P1',
      ['ExchangeDegraded'],
    ],
    ['the risk engine lost', { riskEngine: { status: 'unresponsive' } }, 'P0', ['RiskEngineDown']],
  ] as const)('of %s', (_what, changes, severity, codes) => {
    const damage = with_(changes as Parameters<typeof with_>[0]);
    expect(assess(damage, 'P3', AT).severity).toBe(severity);
    expect(findIssues(damage).map(({ code }) => code)).toEqual(codes);
  });

  it('is never milder than the signal', () => {
    fc.assert(
      fc.property(fc.constantFrom(...Severity.options), (signalled) => {
        expect(assess(healthyDamage, signalled, AT).severity).toBe(signalled);
      }),
      { seed: 6 },
    );
  });
});

describe('the strategy (SOP Database Recovery Decision Tree)', () => {
  it.each([
    ['corrupted', { database: { status: 'corrupted' } }, 'point-in-time-restore'],
    [
      'corrupted and slow',
      { database: { status: 'degraded' }, integrity: { status: 'violated' } },
      'point-in-time-restore',
    ],
    [
      'connection lost',
      { database: { status: 'connection-lost' }, integrity: { status: 'unknown' } },
      'connection-restore',
    ],
    ['down', { database: { status: 'down' }, integrity: { status: 'unknown' } }, 'connection-restore'],
    ['degraded', { database: { status: 'degraded' } }, 'optimization'],
    ['healthy', {}, 'none'],
  ] as const)('for a database that is %s', (_what, changes, recovery) => {
    const strategy = strategyOf(with_(changes as Parameters<typeof with_>[0]));
    expect(strategy).toMatchObject({ databaseRecovery: recovery, peopleNeeded: false });
  });

  it('follows the restore point that an operator gave', () => {
    const restorePoint = '2026-01-31T03:00:00Z';
    expect(strategyOf(healthyDamage, { restorePoint }).databaseRecovery).toBe('point-in-time-restore');
  });

  const alternative = (strategy: Alternative['strategy'], subject: string): Alternative => ({
    strategy,
    subject,
    possible: true,
    selected: true,
    expectedRpoSeconds: 1,
    expectedRtoSeconds: 60,
    rtoLearned: false,
    reason: 'it loses least',
  });
  const BEST = [
    alternative('connection-restore', 'platform'),
    alternative('multi-az-failover', 'platform'),
    alternative('replica-promotion', 'platform-reader'),
    alternative('point-in-time-restore', 'platform'),
  ];

  it.each(BEST)('for a database that is down is the best alternative: $strategy', (best) => {
    const latestRestorableTime = '2026-01-31T03:05:00.000Z';
    const down = with_({ database: { status: 'down' }, integrity: { status: 'unknown' } });
    expect(strategyOf(down, { alternatives: [best], latestRestorableTime })).toMatchObject({
      databaseRecovery: best.strategy,
      alternatives: [best],
      replica: best.strategy === 'replica-promotion' ? 'platform-reader' : null,
      restorePoint: best.strategy === 'point-in-time-restore' ? latestRestorableTime : null,
    });
  });

  it('for damaged data is never what has the damage too, whether it is down as well or not', () => {
    const damages = fc.record({
      database: fc.constantFrom('healthy', 'down', 'connection-lost', 'degraded', 'corrupted', 'unknown'),
      integrity: fc.constantFrom('intact', 'violated', 'unknown'),
      best: fc.constantFrom(...BEST),
    });
    fc.assert(
      fc.property(damages, ({ database, integrity, best }) => {
        fc.pre(database === 'corrupted' || integrity === 'violated');
        const damage = with_({
          database: { status: database as Damage['database']['status'] },
          integrity: { status: integrity as Damage['integrity']['status'] },
        });
        expect(strategyOf(damage, { alternatives: [best] }).databaseRecovery).toBe('point-in-time-restore');
      }),
      { seed: 8 },
    );
  });

  it.each([
    ['an exchange', { exchanges: [exchange('binance', 'unreachable')] }, /Exchange/],
    ['the risk engine', { riskEngine: { status: 'unresponsive' } }, /Risk Engine/],
    ['a database nobody could look at', { database: { status: 'unknown' } }, /Damage Assessment/],
  ] as const)('gives %s to people with the clause of the SOP', (_what, changes, clause) => {
    const strategy = strategyOf(with_(changes as Parameters<typeof with_>[0]));
    expect(strategy.peopleNeeded).toBe(true);
    expect(strategy.peopleTasks.map(({ sopStep }) => sopStep)).toEqual(
      expect.arrayContaining([expect.stringMatching(clause)]),
    );
  });

  it('tells people of a slow exchange and goes on', () => {
    const damage = with_({
      exchanges: [exchange('binance', 'degraded'), exchange('kraken', 'reachable')],
    } as Parameters<typeof with_>[0]);
    expect(strategyOf(damage)).toMatchObject({
      peopleNeeded: false,
      peopleTasks: [{ component: 'exchange binance' }],
    });
  });

  it('leaves no issue to nobody: a branch heals it or people get it', () => {
    const damages = fc.record({
      database: fc.constantFrom('healthy', 'down', 'connection-lost', 'degraded', 'corrupted', 'unknown'),
      integrity: fc.constantFrom('intact', 'violated', 'unknown'),
      exchange: fc.constantFrom('reachable', 'degraded', 'unreachable', 'unknown'),
      riskEngine: fc.constantFrom('responsive', 'unresponsive', 'unknown'),
    });
    fc.assert(
      fc.property(damages, (statuses) => {
        const damage = with_({
          database: { status: statuses.database as Damage['database']['status'] },
          integrity: { status: statuses.integrity as Damage['integrity']['status'] },
          exchanges: [exchange('binance', statuses.exchange as 'reachable')],
          riskEngine: { status: statuses.riskEngine as Damage['riskEngine']['status'] },
        } as Parameters<typeof with_>[0]);
        const strategy = strategyOf(damage);
        const issues = findIssues(damage);
        if (issues.length > 0)
          expect(strategy.databaseRecovery !== 'none' || strategy.peopleTasks.length > 0).toBe(true);
        if (issues.some(({ code }) => code === 'AllExchangesDown')) expect(strategy.peopleNeeded).toBe(true);
        if (issues.some(({ component }) => component === 'risk engine'))
          expect(strategy.peopleNeeded).toBe(true);
      }),
      { seed: 7 },
    );
  });
});
