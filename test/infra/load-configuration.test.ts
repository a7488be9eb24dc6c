import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import cdkJson from '../../cdk.json' with { type: 'json' };
import { Environment } from '../../infra/aws/configuration.ts';
import { InvalidConfiguration, loadConfiguration } from '../../infra/aws/load-configuration.ts';
import { projectDirectory } from './synthesized.ts';

const { environments } = cdkJson.context;
const root = 'cdk.json: context.environments.example';

const throughProxy = environments['laptop-proxy'].database.cutOver;

type Changed = Record<string, unknown>;

/** The example with one value put at a path, or taken away. */
function exampleWith(path: string, value: unknown): { example: unknown } {
  const example = structuredClone(environments.example) as Changed;
  const keys = path.split('.');
  const last = keys.pop() ?? '';
  const parent = keys.reduce<Changed>((node, key) => node[key] as Changed, example);
  if (value === undefined) delete parent[last];
  else parent[last] = value;
  return { example };
}

function mistakesOf(changed: unknown, environmentName = 'example'): string[] {
  try {
    loadConfiguration(changed, environmentName, projectDirectory);
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidConfiguration);
    return (error as Error).message.split('\n');
  }
  return [];
}

describe('an Aurora cluster', () => {
  const database = (changes: object) =>
    exampleWith('database', { ...environments.example.database, ...changes });
  const aurora = { kind: 'aurora-cluster', clusterParameterGroup: 'testudo-aurora17', replicas: [] };

  test('has a parameter group of its own beside that of its members', () => {
    expect(mistakesOf(database(aurora))).toEqual([]);
    expect(mistakesOf(database({ kind: 'aurora-cluster', replicas: [] }))).toEqual([
      `${root}.database.clusterParameterGroup: must be named where database.kind is aurora-cluster`,
    ]);
    expect(mistakesOf(database({ clusterParameterGroup: 'testudo-aurora17' }))).toEqual([
      `${root}.database.clusterParameterGroup: means nothing where database.kind is instance`,
    ]);
  });

  test('has readers that are members, and no replicas that could be promoted', () => {
    expect(mistakesOf(database({ ...aurora, replicas: ['testudo-production-reader'] }))).toEqual([
      `${root}.database.replicas: must be empty where database.kind is aurora-cluster: its readers are members of it`,
    ]);
  });

  test('is one of the kinds that there are', () => {
    expect(mistakesOf(database({ kind: 'aurora' }))[0]).toContain(`${root}.database.kind: `);
  });
});

describe('environments of cdk.json', () => {
  test.each(['example', 'laptop', 'laptop-proxy', 'laptop-aurora'])('%s is valid', (environmentName) => {
    expect(mistakesOf(environments, environmentName)).toEqual([]);
  });

  test.each([
    ['region', 'Frankfurt', 'region: must look like eu-central-1'],
    ['account', '12', 'account: must have twelve digits'],
    ['platformName', 'Testudo!', 'platformName: must be short, lower-case words joined by hyphens'],
    [
      'database.identifier',
      undefined,
      'database.identifier: Invalid input: expected string, received undefined',
    ],
    [
      'database.identifier',
      'a'.repeat(44),
      'database.identifier: Too big: expected string to have <=43 characters',
    ],
    ['database.port', 0, 'database.port: Too small: expected number to be >=1'],
    ['database.securityGroupId', 'sg', 'database.securityGroupId: must look like sg-0123456789abcdef0'],
    ['database.password', 'secret', 'database.password: is not a known key'],
    ['databse', {}, 'databse: is not a known key'],
    [
      'database.cutOver',
      { by: 'dns' },
      'database.cutOver.by: must be { "by": "rename" } or { "by": "proxy", ... }',
    ],
    [
      'database.cutOver',
      { by: 'rename', proxyName: 'orders-proxy' },
      'database.cutOver.proxyName: is not a known key',
    ],
    [
      'database.cutOver',
      { ...throughProxy, proxyArn: 'arn:aws:rds:eu-central-1:123456789012:db:orders' },
      'database.cutOver.proxyArn: must be the ARN of an RDS proxy, arn:aws:rds:...:db-proxy:prx-...',
    ],
    [
      'database.cutOver',
      { ...throughProxy, targetGroupArn: throughProxy.proxyArn },
      'database.cutOver.targetGroupArn: must be the ARN of a target group, arn:aws:rds:...:target-group:prx-tg-...',
    ],
    [
      'database.cutOver',
      { ...throughProxy, host: environments.example.database.host },
      'database.cutOver.host: is the host of the database: must be the endpoint of the proxy',
    ],
    ['network.subnets', [], 'network.subnets: Too small: expected array to have >=1 items'],
    [
      'exchangePositions.urls',
      { coinbase: 'https://adapters.testudo.com/coinbase/positions' },
      'exchangePositions.urls.coinbase: is none of the exchanges',
    ],
    ['exchanges.kraken', 'ftp://x', 'exchanges.kraken: must be an http or https address'],
    ['approval.required', 4, 'approval.required: asks for 4 people, but approvers names 3'],
    ['approval.required', 1, 'approval.required: Too small: expected number to be >=2'],
    ['approval.windowSeconds', 10, 'approval.windowSeconds: Too small: expected number to be >=300'],
    ['notices.sesIdentity', 'other.com', 'notices.sesIdentity: cannot send as recovery@testudo.com'],
    [
      'alarms.testudo-database-slow',
      'P0',
      'alarms.testudo-database-slow: testudo-… is kept for the alarms of the recovery itself',
    ],
    [
      'network.subnets.0.availabilityZone',
      'eu-west-1a',
      'network.subnets.0.availabilityZone: is not in eu-central-1',
    ],
  ])('a wrong %s is one line that names the key', (path, value, mistake) => {
    expect(mistakesOf(exampleWith(path, value))).toEqual([`${root}.${mistake}`]);
  });

  test('no exchange at all is told with the addresses that it leaves without one', () => {
    expect(mistakesOf(exampleWith('exchanges', {}))).toEqual([
      `${root}.exchanges: must name at least one exchange`,
      `${root}.exchangePositions.urls.binance: is none of the exchanges`,
      `${root}.exchangePositions.urls.kraken: is none of the exchanges`,
    ]);
  });

  test('all mistakes are told at once', () => {
    const example = { ...environments.example, region: 'x', account: 'y', surprise: 1 };
    expect(mistakesOf({ example })).toHaveLength(3);
  });

  test('two people with one identity are refused: nobody counts twice', () => {
    const [first] = environments.example.approval.approvers;
    const twice = [first, { ...first, name: 'somebody else' }];
    expect(mistakesOf(exampleWith('approval.approvers', twice))).toEqual([
      `${root}.approval.approvers: names one ARN twice: one identity is one person`,
    ]);
  });

  test('an unknown environment is answered with those that there are', () => {
    expect(mistakesOf(environments, 'prod')).toEqual([
      'cdk.json: context.environments.prod: is missing; there are: example, laptop, laptop-proxy, laptop-aurora',
    ]);
  });

  test.each([undefined, 'text', null])('no environments at all (%j) are named', (value) => {
    expect(mistakesOf(value)).toEqual(['cdk.json: context.environments: must be an object']);
  });

  test('a platform data file that is missing or is no JSON is named with its key', () => {
    expect(mistakesOf(exampleWith('platformDataFile', 'nowhere.json'))[0]).toMatch(
      /^cdk\.json: context\.environments\.example\.platformDataFile: ENOENT/,
    );
    expect(mistakesOf(exampleWith('platformDataFile', 'LICENSE'))[0]).toMatch(/platformDataFile: /);
  });

  test('a platform data file with a wrong key names file and key', () => {
    const mistakes = mistakesOf(exampleWith('platformDataFile', 'package.json'));
    expect(mistakes).toContain(
      'package.json.criticalTables: Invalid input: expected array, received undefined',
    );
  });
});

/** Every key of the schema, e.g. `database.port`; keys of records are the user's own. */
function keysOf(schema: JsonSchema, path: string): string[] {
  const properties = Object.entries(schema.properties ?? schema.items?.properties ?? {});
  if (properties.length === 0) return [path];
  return properties.flatMap(([key, value]) => keysOf(value, path === '' ? key : `${path}.${key}`));
}

interface JsonSchema {
  readonly properties?: Record<string, JsonSchema>;
  readonly items?: JsonSchema;
}

/** What only a laptop, and only an Aurora cluster, has. */
const NOT_IN_THE_EXAMPLE = ['certificateAuthorityFile', 'clusterParameterGroup'];

test('docs/configuration.md explains every key, and the example has every key that is not for a laptop', () => {
  const keys = keysOf(z.toJSONSchema(Environment, { io: 'input' }) as JsonSchema, '');
  const page = readFileSync(join(projectDirectory, 'docs', 'configuration.md'), 'utf8');
  const example = JSON.stringify(environments.example);
  expect(keys).toContain('database.monitoringRoleArn');
  for (const key of keys) {
    const name = key.split('.').at(-1) ?? '';
    expect(page, key).toMatch(new RegExp(`\\b${name}\\b`));
    if (!NOT_IN_THE_EXAMPLE.includes(name)) expect(example, key).toContain(`"${name}"`);
  }
});

describe('an environment that is like another', () => {
  const likeExample = (own: object) => ({ ...environments, own });

  test('says only in what it differs, key by key', () => {
    const changed = likeExample({ like: 'example', platformName: 'orders', database: { port: 5433 } });
    const { platformName, database } = loadConfiguration(changed, 'own', projectDirectory);
    expect(platformName).toBe('orders');
    expect(database).toMatchObject({ ...environments.example.database, port: 5433 });
  });

  test('takes over no part of a list', () => {
    const changed = likeExample({ like: 'example', network: { subnets: [] } });
    expect(mistakesOf(changed, 'own')).toEqual([
      'cdk.json: context.environments.own.network.subnets: Too small: expected array to have >=1 items',
    ]);
  });

  test.each([
    ['nobody', 'cdk.json: context.environments.own.like: is missing; there are: '],
    ['own', 'cdk.json: context.environments.own.like: own is like itself'],
  ])('must be like one that there is: %s', (like, mistake) => {
    expect(mistakesOf(likeExample({ like }), 'own')[0]).toContain(mistake);
  });
});
