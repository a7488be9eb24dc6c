import type { Alternative } from '../assessment/down-alternatives.ts';
import { describePositions, type PositionComparison, positionRows } from '../exchange/position-comparison.ts';
import { clockText, durationText, momentText } from './duration-text.ts';
import type { IncidentReport } from './incident-report.ts';
import { markdownList, markdownTable, markdownText } from './markdown-text.ts';
import {
  affectedUsersText,
  chainText,
  durationSentence,
  expectedLossText,
  expectedTimeText,
  HUMAN_PARTS,
  integrityText,
  lossText,
  METRIC_VERDICTS,
  restorePointText,
  STEP_VERDICTS,
  salvageText,
  targetText,
  valueText,
} from './report-wording.ts';
import { type ReportedComparison, reasonText, sideText, wholeText } from './reported-comparison.ts';
import type { ReportedPerformance } from './reported-performance.ts';
import { countsText, PROOF_VERDICTS, secondsText, verdictOf } from './reported-proof.ts';

/** The report in the SOP's template, as Markdown that people go on writing in. */
export function reportMarkdown(report: IncidentReport): string {
  return `${[
    `# Incident Report - ${report.view.incidentId}`,
    summary(report),
    timeline(report),
    rootCause(report),
    impact(report),
    effectiveness(report),
    evidence(report),
    `## Action Items\n\n- [ ] ${byHand(HUMAN_PARTS.actionItems)} - Owner: … - Due: …`,
    `## Lessons Learned\n\n- ${byHand(HUMAN_PARTS.lessons)}`,
    allEvents(report),
  ].join('\n\n')}\n`;
}

/** Marks what only a person can fill in. */
function byHand(what: string): string {
  return `**[to be written by a person: ${what}]**`;
}

function summary(report: IncidentReport): string {
  const { view, detectedAt, kind } = report;
  return `## Summary

${markdownText(view.summary)}

- **Date**: ${detectedAt.slice(0, 10)}
- **Duration**: ${durationSentence(report)}
- **Severity**: ${view.severity}
- **Affected Users**: ${affectedUsersText(report)}
- **Status**: ${view.status}${kind === 'interim' ? ' (interim report: the incident is not closed)' : ''}
- **Trading**: ${view.trading === null ? 'never stopped' : `${view.trading.state} since ${momentText(view.trading.since)}`}${
    view.nextSteps.length === 0
      ? ''
      : `\n\n**What a person must do next**\n\n${markdownList(view.nextSteps.map(markdownText), '')}`
  }`;
}

function timeline({ milestones }: IncidentReport): string {
  const lines = milestones.map(({ title, at, summary: said }) =>
    at === null
      ? `- **not yet**: ${title}`
      : `- **${momentText(at)}**: ${title} (${markdownText(said ?? '')})`,
  );
  return `## Timeline\n\n${lines.join('\n')}`;
}

function rootCause({ issues, strategy, failures }: IncidentReport): string {
  const found = issues.map(({ code, summary: said }) => `Found: ${code}: ${markdownText(said)}`);
  const failed = failures.map((event) => `Failed: ${markdownText(event.summary)}`);
  return `## Root Cause Analysis

**Primary Cause**: ${byHand(HUMAN_PARTS.rootCause)}

${markdownList([...found, ...failed], '- Nothing was found damaged')}
- Decision: ${markdownText(strategy.reason ?? 'no strategy was selected')}${alternatives(strategy.alternatives ?? [])}

**Contributing Factors**:

- ${byHand(HUMAN_PARTS.contributingFactors)}`;
}

function alternatives(weighed: readonly Alternative[]): string {
  if (weighed.length === 0) return '';
  const rows = weighed.map((alternative) => [
    alternative.selected ? `${alternative.strategy} (selected)` : alternative.strategy,
    alternative.subject,
    expectedLossText(alternative),
    expectedTimeText(alternative),
    alternative.reason,
  ]);
  return `\n\n${markdownTable(['Alternative', 'Instance', 'Would lose', 'Would take', 'Why'], rows)}`;
}

function impact(report: IncidentReport): string {
  return `## Impact Assessment

- **User Impact**: ${affectedUsersText(report)} users. ${byHand(HUMAN_PARTS.userImpact)}
- **Financial Impact**: ${byHand(HUMAN_PARTS.financialImpact)}
- **Data Integrity**: ${integrityText(report)}. Lost: ${lossText(report)}
- **Salvage**: ${markdownText(salvageText(report))}
- **Reputation Impact**: ${byHand(HUMAN_PARTS.reputationImpact)}`;
}

function effectiveness({ measured, adherence }: IncidentReport): string {
  const metrics = markdownTable(
    ['Metric', 'Promised', 'Measured', 'Verdict'],
    measured.map((metric) => [
      metric.definition.title,
      targetText(metric),
      valueText(metric),
      METRIC_VERDICTS[metric.verdict],
    ]),
  );
  const steps = markdownTable(
    ['SOP', 'Step', 'Due after', 'Done after', 'Verdict'],
    adherence.map(({ sopStep, title, deadlineSeconds, doneAfterSeconds, verdict }) => [
      sopStep,
      title,
      durationText(deadlineSeconds),
      doneAfterSeconds === null ? '' : durationText(doneAfterSeconds),
      STEP_VERDICTS[verdict],
    ]),
  );
  return `## Response Effectiveness

${metrics}

### Process adherence

${steps}

**What Went Well**:

- ${byHand(HUMAN_PARTS.wentWell)}

**Areas for Improvement**:

- ${byHand(HUMAN_PARTS.improvements)}`;
}

function evidence(report: IncidentReport): string {
  const { proofs, warmUp, comparison, cutOver, decisions, diagnostics, restorePoint } = report;
  const decided = decisions.map(({ at, name, subject, decision, reason, signedBy }) =>
    [momentText(at), name, subject, decision, reason, signedBy].map(markdownText),
  );
  const swap = cutOver.map(({ occurredAt, type, outcome, summary: said }) => [
    clockText(occurredAt),
    type,
    outcome,
    markdownText(said),
  ]);
  return `## Evidence

### Restore point

${markdownText(restorePointText(restorePoint))}

### Proof of data

${proofText(proofs)}

### Warm-up

${warmUp === null ? 'No copy was warmed up.' : `${markdownText(warmUp)}.`}

### Positions on the exchanges

${positionsText(report.positions)}

### Source and copy

${comparisonText(comparison)}

${performanceSection(report.performance)}### Cut-over

${swap.length === 0 ? 'No database was replaced.' : markdownTable(['Time (UTC)', 'Step', 'Outcome', 'What happened'], swap)}

### Approvals

${decided.length === 0 ? 'Nobody was asked, or nobody decided.' : markdownTable(['Time', 'Who', 'About', 'Decision', 'Reason', 'Signed by'], decided)}

### Diagnostics

${markdownList(diagnostics.map(markdownText), 'None were collected.')}`;
}

function proofText(proofs: IncidentReport['proofs']): string {
  if (proofs.length === 0) return 'No proof was recorded.';
  const layers = proofs.flatMap((proof) =>
    proof.layers.map((layer) => [
      proof.subject,
      ...[layer.layer, layer.shows, countsText(layer), layer.reasons.join('; ')].map(markdownText),
      secondsText(layer),
      PROOF_VERDICTS[layer.verdict],
    ]),
  );
  const checks = proofs.flatMap((proof) =>
    proof.checks.map((check) => [
      proof.subject,
      ...[check.layer, check.subject, check.expected, check.found].map(markdownText),
      PROOF_VERDICTS[verdictOf(check)],
    ]),
  );
  return [
    markdownList(
      proofs.map(({ subject, summary: said }) => `${subject}: ${markdownText(said)}`),
      '',
    ),
    markdownTable(['Of', 'Layer', 'Shows', 'Checks', 'Not passed', 'Took', 'Verdict'], layers),
    'Each check:',
    markdownTable(['Of', 'Layer', 'Subject', 'Expected', 'Found', 'Verdict'], checks),
  ].join('\n\n');
}

const PERFORMANCE_VERDICTS: Record<ReportedPerformance['verdict'], string> = {
  proven: 'Fast enough',
  refused: 'STILL TOO SLOW',
  open: 'Not measured again',
};

function performanceSection(performance: ReportedPerformance | null): string {
  if (performance === null) return '';
  const { verdict, summary: said, latencies, facts } = performance;
  const waited = latencies.map(({ probe, before, after }) => [probe, before, after].map(markdownText));
  const found = facts.map(({ kind, text }) => [kind, text].map(markdownText));
  return `### Performance of the database

${PERFORMANCE_VERDICTS[verdict]}. ${markdownText(said)}.

${markdownTable(['What', 'Before', 'After'], waited)}

${found.length === 0 ? 'Nothing was found.' : markdownTable(['What', 'Fact'], found)}

`;
}

function positionsText(comparison: PositionComparison | null): string {
  const rows = comparison === null ? [] : positionRows(comparison).map((cells) => cells.map(markdownText));
  return [
    `${describePositions(comparison)}.`,
    ...(rows.length === 0
      ? []
      : [
          markdownTable(
            ['Exchange', 'Symbol', 'On the exchange', 'In the database', 'Difference', 'Verdict'],
            rows,
          ),
        ]),
  ].join('\n\n');
}

function comparisonText(comparison: ReportedComparison | null): string {
  if (comparison === null) return 'No copy was compared with its source.';
  const { summary: said, fields, key, omitted } = comparison;
  const rows = fields.map((field) => [
    ...[field.field, sideText(field.source), sideText(field.copy), reasonText(field)].map(markdownText),
    field.reason === null ? 'BLOCKS' : 'explained',
  ]);
  return [
    `${markdownText(said)}.`,
    ...(rows.length === 0
      ? []
      : [markdownTable(['Field', 'Source', 'Copy', 'Why it may differ', 'Verdict'], rows)]),
    ...(key === null ? [] : [`${wholeText(omitted)}: ${markdownText(key)}`]),
  ].join('\n\n');
}

function allEvents(report: IncidentReport): string {
  const rows = report.view.timeline.map(({ sequence, occurredAt, type, actor, outcome, summary: said }) => [
    String(sequence),
    occurredAt,
    type,
    markdownText(actor.id),
    outcome,
    markdownText(said),
  ]);
  return `## All events

**Chain**: ${chainText(report)}

${markdownTable(['#', 'Occurred', 'Event', 'By', 'Outcome', 'What happened'], rows)}`;
}
