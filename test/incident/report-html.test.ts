import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { incidentReport } from '../../shared/incident/incident-report.ts';
import { reportHtml } from '../../shared/incident/report-html.ts';
import { startBrowser } from '../fixtures/browser.ts';
import { CRITICAL_INCIDENT, opening, UNTIL_APPROVAL } from './fixtures/critical-incident.ts';
import { HOSTILE_INCIDENT } from './fixtures/hostile-incident.ts';
import { type Happening, timelineOf } from './fixtures/timeline-builder.ts';
import {
  findAccessibilityFaults,
  findEventHandlers,
  findWeakContrast,
  horizontalOverflowPixels,
} from './page-audit.js';

let browser: Browser;
let directory: string;
beforeAll(async () => {
  browser = await startBrowser();
  directory = await mkdtemp(join(tmpdir(), 'report-'));
});
afterAll(async () => {
  await browser?.close();
  await rm(directory, { recursive: true, force: true });
});

const atPace = (pace: number) =>
  CRITICAL_INCIDENT.map((happening) => ({ ...happening, at: happening.at * pace }));
const INCIDENTS = {
  'a critical incident': CRITICAL_INCIDENT,
  'an incident that waits for people': UNTIL_APPROVAL,
  'an incident that has only begun': opening('P1'),
  'a drill of 30 seconds': atPace(30 / 1760),
  'an incident of 3 hours': atPace(10800 / 1760),
  'an incident of hostile texts': HOSTILE_INCIDENT,
} as const satisfies Record<string, readonly Happening[]>;
const names = Object.keys(INCIDENTS) as (keyof typeof INCIDENTS)[];

interface OpenPage {
  readonly page: Page;
  readonly requests: readonly string[];
  readonly complaints: readonly string[];
}

/** Opens a report from a file, as somebody does who got it by mail. */
async function open(
  happenings: readonly Happening[],
  options: { colorScheme?: 'light' | 'dark'; width?: number } = {},
): Promise<OpenPage> {
  const path = join(directory, `${crypto.randomUUID()}.html`);
  await writeFile(path, reportHtml(incidentReport(timelineOf(happenings))));
  const page = await browser.newPage({
    colorScheme: options.colorScheme ?? 'light',
    viewport: { width: options.width ?? 1280, height: 900 },
  });
  const requests: string[] = [];
  const complaints: string[] = [];
  page.on('request', (request) => requests.push(request.url()));
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.goto(pathToFileURL(path).href, { waitUntil: 'load' });
  return { page, requests: requests.filter((url) => url !== pathToFileURL(path).href), complaints };
}

describe.each(names)('the page of %s', (name) => {
  test('asks for nothing, runs nothing and complains of nothing', async () => {
    const { page, requests, complaints } = await open(INCIDENTS[name]);
    expect(requests).toEqual([]);
    expect(complaints).toEqual([]);
    expect(await page.title()).toBe('Incident Report - INC-20260314-5ca1ab1e');
    expect(await page.locator('script, img, iframe, object, form, input').count()).toBe(0);
    expect(await page.evaluate(findEventHandlers)).toEqual([]);
    await page.close();
  });

  test('is built for everybody', async () => {
    const { page } = await open(INCIDENTS[name]);
    expect(await page.evaluate(findAccessibilityFaults)).toEqual([]);
    await page.close();
  });

  test.each(['light', 'dark'] as const)('can be read in %s', async (colorScheme) => {
    const { page } = await open(INCIDENTS[name], { colorScheme });
    expect(await page.evaluate(findWeakContrast)).toEqual([]);
    await page.close();
  });

  test.each([
    ['a phone', 390, 'screen'],
    ['a desk', 1280, 'screen'],
    ['paper', 718, 'print'],
  ] as const)('fits %s', async (_, width, media) => {
    const { page } = await open(INCIDENTS[name], { width });
    await page.emulateMedia({ media });
    expect(await page.evaluate(horizontalOverflowPixels)).toBe(0);
    await page.close();
  });

  test('has every event on the drawing, apart from each other and on the paper', async () => {
    const { page } = await open(INCIDENTS[name]);
    const marks = await page.$$eval('.drawing .mark circle', (circles) =>
      circles.map((circle) => ['cx', 'cy', 'r'].map((key) => Number(circle.getAttribute(key)))),
    );
    expect(marks).toHaveLength(INCIDENTS[name].length);
    const [, , width = 0, height = 0] = ((await page.getAttribute('.drawing', 'viewBox')) ?? '')
      .split(' ')
      .map(Number);
    marks.forEach(([x = 0, y = 0, radius = 0], index) => {
      expect(x).toBeLessThan(width - radius);
      expect(y).toBeLessThan(height - radius);
      for (const [otherX = 0, otherY = 0] of marks.slice(index + 1)) {
        expect(Math.hypot(x - otherX, y - otherY)).toBeGreaterThan(2 * radius);
      }
    });
    await page.close();
  });
});

describe('the drawn deadlines', () => {
  const read = (page: Page) =>
    page.$$eval('.drawing .deadline', (groups) =>
      groups.map((group) => ({
        text: group.querySelector('text')?.textContent,
        x: Number(group.querySelector('line')?.getAttribute('x1')),
        kept: group.classList.contains('kept'),
      })),
    );

  test.each(['a critical incident', 'a drill of 30 seconds', 'an incident of 3 hours'] as const)(
    'stand in order for %s',
    async (name) => {
      const { page } = await open(INCIDENTS[name]);
      const deadlines = await read(page);
      expect(deadlines.map(({ text }) => text)).toEqual([
        'Step 1 · 5 min',
        'Users told · 10 min',
        'Step 2 · 15 min',
        'Step 3 · 30 min',
        'Recovered · 1 h',
      ]);
      const places = deadlines.map(({ x }) => x);
      expect(places).toEqual(places.toSorted((left, right) => left - right));
      await page.close();
    },
  );

  test('are broken where a step was late, and only there', async () => {
    const { page } = await open(INCIDENTS['an incident of 3 hours']);
    expect((await read(page)).map(({ kept }) => kept)).toEqual([true, true, true, true, false]);
    await page.close();
  });

  test('their labels do not cover each other', async () => {
    for (const name of names) {
      const { page } = await open(INCIDENTS[name]);
      const labels = await page.locator('.drawing .deadline text').all();
      const boxes = (await Promise.all(labels.map((label) => label.boundingBox()))).filter(
        (box) => box !== null,
      );
      expect(boxes).toHaveLength(labels.length);
      boxes.forEach((box, index) => {
        for (const other of boxes.slice(index + 1)) {
          const apart =
            Math.abs(box.x + box.width / 2 - other.x - other.width / 2) >= (box.width + other.width) / 2 ||
            Math.abs(box.y - other.y) >= Math.min(box.height, other.height);
          expect(apart, `${name}: deadline ${index}`).toBe(true);
        }
      });
      await page.close();
    }
  });
});

describe('by keyboard', () => {
  test('the first stop skips to the report, and a mark leads to its event', async () => {
    const { page } = await open(CRITICAL_INCIDENT);
    await page.keyboard.press('Tab');
    expect(await page.locator(':focus').getAttribute('href')).toBe('#content');
    await page.locator('.drawing .mark').nth(4).focus();
    await page.keyboard.press('Enter');
    expect(await page.locator('tr:target th').textContent()).toBe(
      await page.locator('.drawing .mark').nth(4).locator('text').textContent(),
    );
    await page.close();
  });
});

describe('what the page says', () => {
  test('marks each part that only a person knows', async () => {
    const { page } = await open(CRITICAL_INCIDENT);
    expect(await page.locator('.by-hand').count()).toBe(9);
    await page.close();
  });

  test('puts first what a person must do next', async () => {
    const { page } = await open(UNTIL_APPROVAL);
    expect(await page.locator('main > :first-child li').textContent()).toMatch(/Alice, Bob, Carol/);
    await page.close();
  });

  test('sums the proof up by layer, and calls nothing passed that was not compared', async () => {
    const { page } = await open(CRITICAL_INCIDENT);
    const cellsOf = (layer: string) =>
      page
        .locator('table', { has: page.locator('caption', { hasText: /^The proof by layer$/ }) })
        .locator('tr', { has: page.locator('th', { hasText: layer }) })
        .first()
        .locator('th, td')
        .allInnerTexts();
    expect(await cellsOf('amcheck')).toEqual([
      'amcheck',
      'restored copy',
      'every page is sound, every index is in order and knows every row',
      '1 passed',
      '',
      '1 min 1 s',
      'passed',
    ]);
    expect(await cellsOf('fingerprints')).toEqual([
      'fingerprints',
      'restored copy',
      'the content of closed hours is what it was',
      '1 not comparable',
      'public.user_sessions in whole: 12 rows were written since',
      '9.5 s',
      'not comparable',
    ]);
    await page.close();
  });

  test.each([
    ['restore.warmed-up', {}, 'Half of it was read.'],
    [
      'step.failed',
      { state: 'WarmUpRestoredDatabase', error: 'DatabaseUnreachable', message: 'gone' },
      'Half of it was read. The cut-over went on without it.',
    ],
  ] as const)('says what is warm, also after %s', async (type, detail, said) => {
    const { page } = await open([
      ...opening('P0'),
      {
        at: 1184,
        type,
        summary: 'Half of it was read',
        detail,
        outcome: type === 'step.failed' ? 'failed' : 'succeeded',
      },
    ]);
    expect(await page.locator('h3', { hasText: 'Warm-up' }).locator('+ p').innerText()).toBe(said);
    await page.close();
  });

  test('shows a proof that failed, and why', async () => {
    const { page } = await open([
      ...opening('P0'),
      {
        at: 1180,
        type: 'restore.verified',
        outcome: 'refused',
        summary: 'The cut-over is blocked: 1 of 1 checks failed',
        detail: {
          checks: [
            {
              layer: 'stop',
              subject: 'newest commit',
              passed: false,
              expected: 'not after',
              found: '3 later commits',
            },
          ],
          layerTimes: [],
        },
      },
    ]);
    const row = page.locator('tr', { has: page.locator('th', { hasText: 'stop' }) }).first();
    expect(await row.locator('.chip').innerText()).toBe('FAILED');
    expect(await row.innerText()).toContain('newest commit: 3 later commits');
    await page.close();
  });

  test('calls a tampered timeline broken', async () => {
    const events = timelineOf(CRITICAL_INCIDENT).filter(({ sequence }) => sequence !== 7);
    expect(reportHtml(incidentReport(events))).toContain('timeline broken');
  });
});
