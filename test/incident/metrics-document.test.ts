import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { durationText, percentText } from '../../shared/incident/duration-text.ts';
import { METRIC_DEFINITIONS } from '../../shared/incident/metric-definitions.ts';
import { computeMetrics } from '../../shared/incident/metrics.ts';
import { requiredSteps } from '../../shared/incident/required-steps.ts';
import { TimelineEventType } from '../../shared/incident/timeline-event.ts';

const text = await readFile(new URL('../../docs/metrics.md', import.meta.url), 'utf8');

/** Cells of the rows of the table that has this heading in its first column. */
function table(heading: string): string[][] {
  const lines = text.split('\n');
  const start = lines.findIndex((line) => line.startsWith(`| ${heading} |`));
  const length = lines.slice(start).findIndex((line) => !line.startsWith('|'));
  return lines.slice(start + 2, start + length).map((line) => line.slice(2, -2).split(' | '));
}

test('the document defines each metric as the code does', () => {
  const rows = METRIC_DEFINITIONS.map(({ name, start, stop, target, unit, published }) => {
    const promise = target('P0');
    const promised = promise === null ? 'none' : (unit === 'share' ? percentText : durationText)(promise);
    return [
      `\`${name}\``,
      start,
      stop,
      promised,
      published === null ? 'not published' : `\`${published.name}\``,
    ];
  });
  expect(table('Metric')).toEqual(rows);
});

test('the document names every value that is computed', () => {
  for (const name of Object.keys(computeMetrics([]))) expect(text).toContain(`\`${name}\``);
});

test('the document names no event that does not exist', () => {
  const named = [...text.matchAll(/`([a-z]+(?:-[a-z]+)*\.[a-z]+(?:-[a-z]+)*)`/g)].map(
    ([, name]) => name ?? '',
  );
  expect(named.length).toBeGreaterThan(5);
  expect(named.filter((name) => !TimelineEventType.options.includes(name as TimelineEventType))).toEqual([]);
});

test('the document lists the steps of a critical incident with their deadlines', () => {
  const steps = requiredSteps('P0', 'point-in-time-restore');
  expect(table('Step of a P0 incident')).toEqual(
    steps.map(({ title, deadlineSeconds }) => [title, durationText(deadlineSeconds)]),
  );
});
