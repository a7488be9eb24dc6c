import { describe, expect, test } from 'vitest';
import type { ProofCheck } from '../../shared/database/proof.ts';
import { countsText, proofsOf, secondsText } from '../../shared/incident/reported-proof.ts';
import { CRITICAL_INCIDENT } from './fixtures/critical-incident.ts';
import { type Happening, timelineOf } from './fixtures/timeline-builder.ts';

const check = (
  layer: string,
  verdict: 'passed' | 'failed' | 'not comparable',
  subject = 'x',
): ProofCheck => ({
  layer,
  subject,
  passed: verdict !== 'failed',
  ...(verdict === 'not comparable' && { compared: false }),
  expected: 'something',
  found: `found of ${subject}`,
});
const verified = (checks: ProofCheck[], outcome: 'succeeded' | 'refused' = 'succeeded'): Happening => ({
  at: 1180,
  type: 'restore.verified',
  outcome,
  summary: 'What the proof came to',
  detail: { checks, layerTimes: [{ layer: 'counts', seconds: 2.5 }] },
});
const layersOf = (...happenings: Happening[]) => proofsOf(timelineOf(happenings))[0]?.layers ?? [];

describe('a proof in the report', () => {
  test.each([
    [['passed', 'passed'], 'passed', '2 passed'],
    [['passed', 'not comparable'], 'passed', '1 passed, 1 not comparable'],
    [['not comparable', 'not comparable'], 'not-comparable', '2 not comparable'],
    [['passed', 'not comparable', 'failed'], 'failed', '1 passed, 1 failed, 1 not comparable'],
  ] as const)('a layer of %j is %s', (verdicts, verdict, counts) => {
    const [layer] = layersOf(verified(verdicts.map((one) => check('counts', one))));
    expect(layer?.verdict).toBe(verdict);
    expect(layer && countsText(layer)).toBe(counts);
  });

  test('has its layers in their order, with what each took', () => {
    const layers = layersOf(
      verified([check('stop', 'passed'), check('counts', 'passed'), check('catalog', 'passed')]),
    );
    expect(layers.map((layer) => [layer.layer, secondsText(layer)])).toEqual([
      ['catalog', 'not measured'],
      ['counts', '2.5 s'],
      ['stop', 'not measured'],
    ]);
  });

  test('names what did not pass, what failed first, and counts the rest', () => {
    const [layer] = layersOf(
      verified([
        check('fingerprints', 'not comparable', 'sessions'),
        ...[1, 2, 3, 4, 5, 6].map((table) => check('fingerprints', 'failed', `table ${table}`)),
      ]),
    );
    expect(layer?.reasons).toEqual([
      ...[1, 2, 3, 4, 5].map((table) => `table ${table}: found of table ${table}`),
      '2 more',
    ]);
  });

  test('is shown when it failed, and replaced by one that held later', () => {
    const refused = verified([check('amcheck', 'failed')], 'refused');
    expect(layersOf(refused)[0]?.verdict).toBe('failed');
    expect(layersOf(refused, verified([check('amcheck', 'passed')]))[0]?.verdict).toBe('passed');
  });

  test('keeps a layer that it does not know', () => {
    expect(layersOf(verified([check('tomorrow', 'failed')]))).toMatchObject([
      { layer: 'tomorrow', shows: '' },
    ]);
  });

  test('is there once for the copy and once for the service', () => {
    const proofs = proofsOf(timelineOf(CRITICAL_INCIDENT));
    expect(proofs.map(({ subject }) => subject)).toEqual(['restored copy', 'live service']);
  });
});
