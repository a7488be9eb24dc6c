import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import {
  InvalidScenario,
  knownScenarios,
  loadScenario,
  parseScenario,
  UnknownScenario,
} from '../../../infra/local/drill/load-scenario.ts';
import { typedPoint } from '../../../infra/local/drill/scenario-start.ts';

const directory = fileURLToPath(new URL('../../drills', import.meta.url));
const places = { directory, workingDirectory: process.cwd() };

const base = 'name: x\nsummary: y\nexpect: {}\n';

describe('a scenario', () => {
  test('may be as short as its name, its summary and what it expects', () => {
    expect(parseScenario(base, 'x.yaml')).toEqual({
      name: 'x',
      summary: 'y',
      environment: 'laptop',
      platform: {
        users: 500,
        openPositions: 300,
        trades: 20_000,
        tradesPerSecond: 200,
        multiAz: false,
        replica: false,
      },
      faults: [],
      operators: {},
      configuration: {},
      expect: {},
      timeScale: 60,
      watch: 5000,
      deadline: 180_000,
      seed: 1,
    });
  });

  test('has durations with a unit', () => {
    const scenario = parseScenario(
      `${base}operators: { acknowledge: 250ms, approve: 1.5m }\nfaults: [{ after: 3s, sql: select 1 }]`,
      'x.yaml',
    );
    expect(scenario.operators).toEqual({ acknowledge: 250, approve: 90_000 });
    expect(scenario.faults[0]?.after).toBe(3000);
  });

  test('has one start of an operator or several, each with a restore point in its zone', () => {
    const starts = (yaml: string) =>
      parseScenario(`${base}operators: { start: ${yaml} }`, 'x.yaml').operators.start;
    expect(starts('{ after: 2s, restorePoint: 1s }')).toEqual([
      { after: 2000, severity: 'P0', restorePoint: { before: 1000, zone: 'Z' } },
    ]);
    const two = starts(
      '[{ after: 1s, restorePoint: { before: 1s, zone: none } }, { after: 2s, restorePoint: { after: 1.5s, zone: "+02:00" } }]',
    );
    const firstFaultAtMillis = Date.UTC(2026, 0, 31, 3, 5, 7, 250);
    expect(
      two?.map(({ restorePoint }) => restorePoint && typedPoint(restorePoint, firstFaultAtMillis)),
    ).toEqual(['2026-01-31T03:05:06.250', '2026-01-31T05:05:08.750+02:00']);
  });

  test.each<[why: string, yaml: string, names: string]>([
    ['an unknown key', `${base}colour: red`, 'colour: unknown key'],
    ['an unknown key of the platform', `${base}platform: { user: 5 }`, 'platform.user: unknown key'],
    ['an unknown kind of fault', `${base}faults: [{ after: 1s, dns: gone }]`, 'faults.0.dns: unknown key'],
    ['a fault without a kind', `${base}faults: [{ after: 1s }]`, 'faults.0: must name exactly one of sql'],
    ['a fault of two kinds', `${base}faults: [{ sql: select 1, database: stop }]`, ', not sql and database'],
    ['an unknown way to break', `${base}faults: [{ database: explode }]`, 'faults.0.database: '],
    [
      'an unknown key of an AWS fault',
      `${base}faults: [{ aws: { service: rds, operation: X, error: Y, often: 2 } }]`,
      'faults.0.aws.often: unknown key',
    ],
    [
      'a restore point of two kinds',
      `${base}operators: { start: { after: 1s, restorePoint: { before: 1s, after: 1s } } }`,
      'operators.start: ',
    ],
    ['a duration without a unit', `${base}faults: [{ after: 3, sql: select 1 }]`, 'faults.0.after: '],
    ['a duration in words', `${base}watch: soon`, 'watch: must be a duration'],
    ['an unknown expectation', `${base.replace('{}', '{ rowsGone: 0 }')}`, 'expect.rowsGone: unknown key'],
    [
      'a severity that the SOP does not know',
      `${base.replace('{}', '{ severity: P9 }')}`,
      'expect.severity: ',
    ],
    ['approval and denial at once', `${base}operators: { approve: 1s, deny: 1s }`, 'operators.deny: '],
    ['fewer trades than positions', `${base}platform: { openPositions: 10, trades: 5 }`, 'platform.trades: '],
    ['a missing summary', 'name: x\nexpect: {}', 'summary: '],
    ['no mapping at all', '- 1', 'scenario: '],
    ['an empty file', '', 'scenario: '],
    ['broken YAML', 'name: [', 'is no valid YAML: '],
  ])('with %s is refused, and the message names the file and the key', (_, yaml, names) => {
    const attempt = () => parseScenario(yaml, 'drills/broken.yaml');
    expect(attempt).toThrow(InvalidScenario);
    expect(attempt).toThrow('drills/broken.yaml');
    expect(attempt).toThrow(names);
  });

  test('with several mistakes is told all of them at once', () => {
    expect(() => parseScenario(`${base}colour: red\nwatch: soon`, 'x.yaml')).toThrow(
      /watch: must be[\s\S]*colour: unknown|colour: unknown[\s\S]*watch: must be/,
    );
  });

  test('that nobody has written is refused with the names of those that there are', () => {
    const attempt = () => loadScenario('bad-weather', places);
    expect(attempt).toThrow(UnknownScenario);
    expect(attempt).toThrow(/bad-delete.*restore-fails-once/);
  });

  test('is found by its path too', () => {
    expect(loadScenario('test/drills/bad-delete.yaml', places).name).toBe('bad-delete');
  });

  test.each(knownScenarios(directory))('%s is valid and named after its file', (name) => {
    expect(loadScenario(name, places).name).toBe(name);
  });
});
