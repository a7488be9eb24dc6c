import { describe, expect, test } from 'vitest';
import { incidentReport } from '../../shared/incident/incident-report.ts';
import { reportHtml } from '../../shared/incident/report-html.ts';
import { reportMarkdown } from '../../shared/incident/report-markdown.ts';
import { comparisonOf } from '../../shared/incident/reported-comparison.ts';
import { CRITICAL_INCIDENT } from './fixtures/critical-incident.ts';
import { type Happening, timelineOf } from './fixtures/timeline-builder.ts';

const explained = {
  field: 'instance.DbiResourceId',
  source: 'db-1',
  copy: 'db-2',
  reason: 'No two share one',
  afterwards: null,
};
const unexplained = { field: 'tags.platform', source: 'orders', copy: null, reason: null, afterwards: null };
const compared = (changes: object): Happening => ({
  at: 1187,
  type: 'restore.compared',
  summary: 'The cut-over is blocked',
  outcome: 'refused',
  detail: {
    sourceIdentifier: 'orders',
    copyIdentifier: 'copy',
    key: 'reports/INC/difference-copy.json',
    comparedFields: 70,
    unexplained: [unexplained],
    explained: [explained],
    omitted: 3,
    ...changes,
  },
});
const report = (happening: Happening) => incidentReport(timelineOf([...CRITICAL_INCIDENT, happening]));

describe('the comparison of source and copy in the report', () => {
  test('is the last one, also when it was refused, and what blocks comes first', () => {
    const { comparison } = report(compared({}));
    expect(comparison?.fields).toEqual([unexplained, explained]);
    expect(comparison?.summary).toBe('The cut-over is blocked');
  });

  test('names each field with both values and the reason, and says where the rest is', () => {
    const markdown = reportMarkdown(report(compared({})));
    expect(markdown).toContain(
      '| tags.platform | orders | none | Nothing explains it: blocks the cut-over | BLOCKS |',
    );
    expect(markdown).toContain('| instance.DbiResourceId | db-1 | db-2 | No two share one | explained |');
    expect(markdown).toContain('3 more differences, and everything that AWS says of both instances: reports');
    const page = reportHtml(report(compared({})));
    expect(page).toMatch(/<code>tags\.platform<\/code>.*?none.*?Nothing explains it.*?blocks</s);
  });

  test('is left out where nothing was compared, and made of what can be read where an event is damaged', () => {
    expect(comparisonOf([])).toBeNull();
    expect(reportMarkdown(report(compared({ key: 5, explained: 'lost' })))).toContain('tags.platform');
  });
});
