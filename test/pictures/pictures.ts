import { mkdir, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { incidentReport } from '../../shared/incident/incident-report.ts';
import { reportHtml } from '../../shared/incident/report-html.ts';
import { startBrowser } from '../fixtures/browser.ts';
import { CRITICAL_INCIDENT } from '../incident/fixtures/critical-incident.ts';
import { timelineOf } from '../incident/fixtures/timeline-builder.ts';
import { drawStateMachine } from './state-drawing.ts';
import { layoutMachine } from './state-layout.ts';
import { PICTURES, readStateMachines } from './state-machine-files.ts';

/** Draws the pictures of the documentation anew: `npm run pictures`. */
await mkdir(PICTURES, { recursive: true });
for (const [name, machine] of await readStateMachines()) {
  await write(`${name}.svg`, drawStateMachine(name, layoutMachine(machine)));
}
await photographReport();

async function write(file: string, content: string | Uint8Array): Promise<void> {
  const url = new URL(file, PICTURES);
  await writeFile(url, content);
  process.stdout.write(`${fileURLToPath(url)}\n`);
}

async function photographReport(): Promise<void> {
  const browser = await startBrowser();
  try {
    const page = await browser.newPage({
      viewport: { width: 1280, height: 1500 },
      deviceScaleFactor: 1.5,
      colorScheme: 'light',
    });
    await page.setContent(reportHtml(incidentReport(timelineOf(CRITICAL_INCIDENT))));
    await write('report.png', await page.screenshot());
  } finally {
    await browser.close();
  }
}
