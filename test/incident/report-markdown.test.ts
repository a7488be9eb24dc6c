import fc from 'fast-check';
import { marked } from 'marked';
import { describe, expect, test } from 'vitest';
import { incidentReport } from '../../shared/incident/incident-report.ts';
import { markdownTable, markdownText } from '../../shared/incident/markdown-text.ts';
import { reportMarkdown } from '../../shared/incident/report-markdown.ts';
import { CRITICAL_INCIDENT, opening, UNTIL_APPROVAL } from './fixtures/critical-incident.ts';
import { HOSTILE_INCIDENT, HOSTILE_TEXTS } from './fixtures/hostile-incident.ts';
import { type Happening, timelineOf } from './fixtures/timeline-builder.ts';

const markdown = (happenings: readonly Happening[]) => reportMarkdown(incidentReport(timelineOf(happenings)));
const rendered = (text: string) => marked.parse(text, { async: false });

/** What a reader sees of rendered HTML. */
const visible = (page: string) =>
  page
    .replace(/<[^>]*>/g, '')
    .replace(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)))
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&quot;/g, '"')
    .replace(/&amp;/g, '&');

describe('the report follows the template of the SOP', () => {
  test('with its headings in its order', () => {
    const headings = [...markdown(CRITICAL_INCIDENT).matchAll(/^#{1,2} (.+)$/gm)].map(([, title]) => title);
    expect(headings).toEqual([
      'Incident Report - INC-20260314-5ca1ab1e',
      'Summary',
      'Timeline',
      'Root Cause Analysis',
      'Impact Assessment',
      'Response Effectiveness',
      'Evidence',
      'Action Items',
      'Lessons Learned',
      'All events',
    ]);
  });

  test.each([
    '**Date**: 2026-03-14',
    '**Duration**: 29 min 11 s',
    '**Severity**: P0',
    '**Affected Users**: 212 of 500 (42.4 %)',
    '**2026-03-14 09:26:53 UTC**: Incident detected',
    '**2026-03-14 09:56:04 UTC**: Service restored',
    '| Time to recovery | at most 1 h | 29 min 11 s | kept |',
    '| 1.1 | Halt all trading | 5 min | 1.9 s | in time |',
    '| instance.AvailabilityZone | eu-central-1a | eu-central-1b | RDS chooses a zone of the same subnet group | explained |',
    'Afterwards: Make the replica anew from the copy',
    '| 2026-03-14 09:53:51 UTC | Alice | resumption | approved | counts and positions match the exchange statements |',
  ])('and says %s', (line) => {
    expect(markdown(CRITICAL_INCIDENT)).toContain(line);
  });

  test('marks what only a person knows, and nothing else', () => {
    const marks = [...markdown(CRITICAL_INCIDENT).matchAll(/to be written by a person: ([^\]]+)/g)];
    expect(marks).toHaveLength(9);
  });

  test('says of an interim report that the incident is not closed, and what to do next', () => {
    const text = markdown(UNTIL_APPROVAL);
    expect(text).toContain('interim report');
    expect(text).toContain('not recovered');
    expect(text).toContain('2 of 2 approvals are missing');
    expect(text).toContain('- **not yet**: Service restored');
  });

  test('says what was not measured instead of inventing a number', () => {
    const text = markdown(opening());
    expect(text).toContain('**Affected Users**: not measured');
    expect(text).toContain('| Time to recovery | at most 1 h | not measured | not measured |');
    expect(text).toContain('Nothing was restored from an earlier point');
  });

  test('sums the proof up by layer, and calls nothing passed that was not compared', () => {
    const lines = reportMarkdown(incidentReport(timelineOf(CRITICAL_INCIDENT))).split('\n');
    const rowsOf = (layer: string) => lines.filter((line) => line.startsWith(`| restored copy | ${layer} |`));
    expect(rowsOf('fingerprints')).toEqual([
      expect.stringMatching(
        /\| 1 not comparable \| .*12 rows were written since \| 9\.5 s \| not comparable \|$/,
      ),
      expect.stringMatching(/\| not comparable \|$/),
    ]);
    expect(rowsOf('amcheck')[0]).toMatch(/\| 1 passed \| {1,2}\| 1 min 1 s \| passed \|$/);
  });

  test('says what was warm before clients came', () => {
    const markdown = reportMarkdown(incidentReport(timelineOf(CRITICAL_INCIDENT)));
    expect(markdown).toMatch(/### Warm-up\n\n1,204\.0 of 1,204\.0 MiB .* in 3\.1 s by pg\\_prewarm\.\n/);
  });

  test('warns when the timeline was tampered with', () => {
    const events = timelineOf(CRITICAL_INCIDENT).map((event) =>
      event.sequence === 5 ? { ...event, summary: 'Nobody was told' } : event,
    );
    expect(reportMarkdown(incidentReport(events))).toMatch(/BROKEN: event 5 content differs/);
  });
});

describe('text of others stays text', () => {
  test.each(HOSTILE_TEXTS)('%j is shown as it was written', (text) => {
    const page = rendered(markdownText(text));
    expect(page).toMatch(/^<p>[^<]*<\/p>\n$/);
    expect(visible(page).trim()).toBe(text.replace(/[\r\n\t]+/g, ' ').trim());
  });

  test('a whole report of it holds no markup but its own', () => {
    const page = rendered(markdown(HOSTILE_INCIDENT));
    const tags = new Set([...page.matchAll(/<\/?([a-z0-9]+)/gi)].map(([, tag]) => tag));
    const own = 'h1 h2 h3 p ul li strong table thead tbody tr th td input'.split(' ');
    expect([...tags].filter((tag) => !own.includes(tag ?? ''))).toEqual([]);
    expect(page.match(/<h1/g)).toHaveLength(1);
  });

  test('any text in a table stays in its cell and shows as it was written', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 40 }), (text) => {
        const page = rendered(markdownTable(['one', 'two'], [[markdownText(text), 'end']]));
        const cells = [...page.matchAll(/<td>([\s\S]*?)<\/td>/g)].map(([, cell]) => cell ?? '');
        expect(cells).toHaveLength(2);
        expect(cells[0]).not.toMatch(/<(?!\/?$)/);
        expect(visible(cells[0] ?? '')).toBe(text.trim());
      }),
      { seed: 20260314, numRuns: 2000 },
    );
  });
});
