import { expect, test } from 'vitest';
import { grantsOf } from './statements.ts';
import { resourcesOf, synthesize } from './synthesized.ts';

const byName = synthesize('laptop');
const byProxy = synthesize('laptop-proxy');
const PROXY = 'db-proxy:prx-0a1b2c3d4e5f60718';
const GROUP = 'target-group:prx-tg-0a1b2c3d4e5f60718';

const proxyGrants = (template: typeof byName) =>
  grantsOf(template).filter(
    ({ owner, action }) => /DBProxyTargets?$/.test(action) && owner !== 'CompareRestoredDatabase',
  );

test('nobody may look at or change a proxy where clients go through none', () => {
  expect(proxyGrants(byName)).toEqual([]);
});

test('targets are changed by the steps that swap them and by the roll-back, on the one proxy and the one database', () => {
  const changing = proxyGrants(byProxy).filter(({ action }) => !action.startsWith('rds:Describe'));
  expect([...new Set(changing.map(({ owner, action }) => `${owner} ${action}`))].sort()).toEqual([
    'DeregisterSource rds:DeregisterDBProxyTargets',
    'RegisterRestored rds:RegisterDBProxyTargets',
    'RollBackCutOver rds:DeregisterDBProxyTargets',
    'RollBackCutOver rds:RegisterDBProxyTargets',
  ]);
  const resources = proxyGrants(byProxy).map(({ resource }) => resource.split(/:\d{12}:/).at(-1));
  expect(resources.filter((resource) => ![PROXY, GROUP].includes(resource ?? '')).sort()).toEqual(
    changing.filter(({ resource }) => resource.includes(':db:')).map(() => 'db:testudo-production'),
  );
});

test('only the steps that look through the proxy, or plan its swap, are told of it', () => {
  const told = (variable: string) =>
    Object.values(resourcesOf(byProxy, 'AWS::Lambda::Function'))
      .filter(({ Properties }) => {
        const { Variables = {} } = Properties.Environment as { Variables?: Record<string, unknown> };
        return variable in Variables;
      })
      .map(({ Properties }) => String(Properties.FunctionName).split('-').at(-1))
      .sort();
  expect(told('DATABASE_PROXY_HOST')).toEqual(['ConfirmCutOver', 'ProveService']);
  expect(told('CUT_OVER_PROXY')).toEqual(['CompareRestoredDatabase', 'FenceSource']);
});

test('the recovery may reach the proxy, and the group of the proxy lets it in', () => {
  const rules = (template: typeof byName, type: string) =>
    Object.values(resourcesOf(template, type)).filter(({ Properties }) =>
      JSON.stringify(Properties).includes('sg-0db00000000000002'),
    ).length;
  for (const type of ['AWS::EC2::SecurityGroupIngress', 'AWS::EC2::SecurityGroupEgress']) {
    expect(rules(byName, type)).toBe(0);
    expect(rules(byProxy, type)).toBe(1);
  }
});
