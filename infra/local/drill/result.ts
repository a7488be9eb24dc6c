import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { IncidentMetrics } from '../../../shared/incident/metrics.ts';
import type { TimelineEvent } from '../../../shared/incident/timeline-event.ts';
import type { CheckedExpectation, Measured } from './expectations.ts';
import type { TimeSpent } from './time-spent.ts';
import type { DataVerdict } from './verdict.ts';

/** What a drill came to, as it is written to `result.json`. */
export interface DrillResult {
  readonly scenario: string;
  readonly summary: string;
  readonly passed: boolean;
  /** Why it did not pass, one sentence each. */
  readonly problems: readonly string[];
  readonly incidentId: string | null;
  readonly severity: Measured['severity'];
  readonly recovery: Measured['recovery'];
  readonly trading: Measured['trading'];
  readonly status: Measured['status'];
  /** Names of the states entered, in order. */
  readonly states: readonly string[];
  /**
   * From the timeline; `detectionSeconds` from the drill where the timeline knows no time of the fault; and `rpoSeconds`, which is what the trading services' own record says. What the timeline says of it is
   * `reportedRpoSeconds`.
   */
  readonly metrics: IncidentMetrics & { readonly reportedRpoSeconds: number | null };
  readonly data: DataVerdict;
  readonly expectations: readonly CheckedExpectation[];
  readonly orders: OrderCounts;
  /** Where the time of the recovery went; null when nothing was detected. */
  readonly time: TimeSpent | null;
  readonly seconds: DrillSeconds;
  /** Identifiers of the database instances that are there at the end: nothing is deleted, and nothing is made twice. */
  readonly databases: readonly string[];
  /** Calls that were refused for want of a permission: `caller action resource`. None may be. */
  readonly deniedCalls: readonly string[];
  readonly timeScale: number;
  readonly startedAt: string;
}

/** What the trading services did. */
interface OrderCounts {
  readonly accepted: number;
  /** Orders whose outcome nobody knows, by SQLSTATE or error code. */
  readonly failed: Readonly<Record<string, number>>;
  /** From the halt to the last order that was still accepted; null when trading was not halted. */
  readonly haltToLastOrderMillis: number | null;
}

/** How long the parts of the drill itself took. */
interface DrillSeconds {
  /** Until the laptop stood. */
  readonly start: number;
  /** From then until the first fault. */
  readonly untilFault: number;
  /** From the first fault until the procedure was over. */
  readonly procedure: number;
  readonly total: number;
}

/** The documents of an incident. */
export interface DrillDocuments {
  readonly timeline: readonly TimelineEvent[];
  readonly markdown: string | undefined;
  readonly html: string | undefined;
}

/** Writes `result.json`, `timeline.json`, and the report if there is one, in place of those of an earlier drill. */
export function writeResult(directory: string, result: DrillResult, documents: DrillDocuments): void {
  mkdirSync(directory, { recursive: true });
  const json = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;
  const files: Record<string, string | undefined> = {
    'result.json': json(result),
    'timeline.json': json(documents.timeline),
    'report.md': documents.markdown,
    'report.html': documents.html,
  };
  for (const [name, content] of Object.entries(files)) {
    const path = join(directory, name);
    if (content === undefined) rmSync(path, { force: true });
    else writeFileSync(path, content);
  }
}
