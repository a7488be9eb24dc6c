import type { DrillResult } from './result.ts';

/** What SOP-003 promises, "Recovery Metrics" and "Communication"; in seconds but for the adherence. */
const PROMISES = [
  { name: 'Detection', metric: 'detectionSeconds', promised: 300 },
  { name: 'Response', metric: 'responseSeconds', promised: 900 },
  { name: 'Recovery', metric: 'recoverySeconds', promised: 3600 },
  { name: 'Recovery point', metric: 'rpoSeconds', promised: 900 },
  { name: 'User notice', metric: 'userNoticeSeconds', promised: 600 },
] as const;

/** The end of a drill for a person: measured against promised, the data, the time, and what was expected. */
export function resultLines(result: DrillResult): string[] {
  const { metrics, data, time, seconds, orders } = result;
  return [
    ...table([
      ['', 'measured', 'promised', ''],
      ...PROMISES.map(({ name, metric, promised }) => {
        const value = metrics[metric];
        return [name, inSeconds(value), `${promised} s`, value === null ? '-' : mark(value <= promised)];
      }),
      [
        'Adherence',
        metrics.adherence === null ? '-' : `${Math.round(metrics.adherence * 100)} %`,
        '100 %',
        metrics.adherence === null ? '-' : mark(metrics.adherence === 1),
      ],
    ]),
    '',
    `Data      ${data.restoredRows} of ${data.expectedRows} promised trades are there, ${data.rowsLost} lost; ${data.rowsAfterPoint} were made after the restore point, ${data.rowsSalvaged} of them are back`,
    `Orders    ${orders.accepted} accepted${orders.haltToLastOrderMillis === null ? '' : `; the last one ${orders.haltToLastOrderMillis} ms after the halt`}`,
    ...(time === null
      ? []
      : [
          `Recovery  ${time.totalSeconds.toFixed(1)} s: ${time.restoreWorkSeconds.toFixed(1)} s real work on databases, ${time.peopleSeconds.toFixed(1)} s people, ${time.waitSeconds.toFixed(1)} s waits, ${time.overheadSeconds.toFixed(1)} s our own (${time.overheadPercent.toFixed(0)} %)`,
        ]),
    `Drill     ${seconds.total.toFixed(1)} s: ${seconds.start.toFixed(1)} s start, ${seconds.untilFault.toFixed(1)} s trading, ${seconds.procedure.toFixed(1)} s procedure`,
    '',
    ...table([
      ['expected', '', 'measured', ''],
      ...result.expectations.map(({ name, rule, expected, measured, passed }) => [
        name,
        `${rule} ${shown(expected)}`,
        name === 'states' ? `${(measured as string[]).length} states` : shown(measured),
        mark(passed),
      ]),
    ]),
    ...data.problems.map((problem) => `Data: ${problem}`),
    ...result.problems.map((problem) => `Problem: ${problem}`),
    '',
    `${result.scenario} ${result.passed ? 'passed' : 'FAILED'}`,
  ];
}

function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? '').length)),
  );
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

function inSeconds(value: number | null): string {
  return value === null ? '-' : `${value.toFixed(2)} s`;
}

function mark(passed: boolean): string {
  return passed ? 'ok' : 'MISSED';
}

function shown(value: unknown): string {
  if (Array.isArray(value))
    return value.length > 3 ? `${value.slice(0, 3).join(', ')}, ...` : value.join(', ');
  return value === null ? '-' : String(value);
}
