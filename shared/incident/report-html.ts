import { describePositions } from '../exchange/position-comparison.ts';
import { momentText } from './duration-text.ts';
import { html, type SafeHtml } from './html-text.ts';
import type { IncidentReport } from './incident-report.ts';
import { metricCards } from './metric-cards.ts';
import { REPORT_STYLE } from './report-style.ts';
import {
  adherenceTable,
  alternativesTable,
  comparisonTable,
  cutOverTable,
  decisionTable,
  eventTable,
  performanceTables,
  positionsTable,
  proofTable,
  verdict,
} from './report-tables.ts';
import {
  affectedUsersText,
  chainText,
  durationSentence,
  HUMAN_PARTS,
  integrityText,
  lossText,
  restorePointText,
  salvageText,
} from './report-wording.ts';
import { SEVERITY_TARGETS } from './severity.ts';
import { timelineDrawing } from './timeline-drawing.ts';

/** Nothing may be fetched and no script may run, whatever a summary says. */
const CONTENT_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'";

/** The report in the SOP's template as one page that needs nothing else: it opens from a file, prints, and follows light and dark. */
export function reportHtml(report: IncidentReport): string {
  const { view } = report;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${CONTENT_POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<title>Incident Report - ${view.incidentId}</title>
<style>${REPORT_STYLE}</style>
</head>
<body>
<a class="skip" href="#content">Skip to the report</a>
${head(report)}
<main id="content">
${nextSteps(report)}
<section aria-labelledby="metrics"><h2 id="metrics">Promised and measured</h2>${metricCards(report)}</section>
${timeline(report)}
${rootCause(report)}
${impact(report)}
${effectiveness(report)}
${evidence(report)}
<section aria-labelledby="actions"><h2 id="actions">Action Items</h2>${byHand(HUMAN_PARTS.actionItems)}</section>
<section aria-labelledby="lessons"><h2 id="lessons">Lessons Learned</h2>${byHand(HUMAN_PARTS.lessons)}</section>
<section aria-labelledby="events"><h2 id="events">All events</h2>${eventTable(report)}</section>
</main>
${foot(report)}
</body>
</html>
`.text;
}

/** Marks what only a person can fill in. */
function byHand(what: string): SafeHtml {
  return html`<div class="by-hand"><b>To be written by a person</b>${what}</div>`;
}

function head(report: IncidentReport): SafeHtml {
  const { view, kind, detectedAt } = report;
  const halted = view.trading?.state === 'HALTED';
  return html`<header>
<p class="over">Incident report${kind === 'interim' && ', interim'}</p>
<h1><code>${view.incidentId}</code></h1>
<p class="lead">${view.summary}</p>
<ul class="chips">
<li>${verdict(view.severity === 'P0' ? 'broken' : 'pending', `${view.severity} ${SEVERITY_TARGETS[view.severity].title.split(' (')[0]}`)}</li>
<li>${verdict(view.status === 'closed' ? 'kept' : 'pending', view.status)}</li>
<li>${verdict(halted ? 'broken' : 'kept', halted ? 'trading halted' : 'trading active')}</li>
<li>${verdict(report.chainFaults.length === 0 ? 'kept' : 'broken', report.chainFaults.length === 0 ? 'timeline sound' : 'timeline broken')}</li>
</ul>
<dl class="facts">
<div><dt>Detected</dt><dd>${momentText(detectedAt)}</dd></div>
<div><dt>Duration</dt><dd>${durationSentence(report)}</dd></div>
<div><dt>Affected users</dt><dd>${affectedUsersText(report)}</dd></div>
<div><dt>Lost by going back</dt><dd>${lossText(report)}</dd></div>
</dl>
</header>`;
}

function nextSteps({ view }: IncidentReport): SafeHtml | null {
  if (view.nextSteps.length === 0) return null;
  return html`<section class="next" aria-labelledby="next"><h2 id="next">What a person must do next</h2>
<ul>${view.nextSteps.map((step) => html`<li>${step}</li>`)}</ul></section>`;
}

function timeline(report: IncidentReport): SafeHtml {
  const lines = report.milestones.map(({ title, at, summary }) =>
    at === null
      ? html`<li class="ahead"><span class="ahead-word">not yet</span>${title}</li>`
      : html`<li><time datetime="${at}">${at.slice(11, 19)}</time><b>${title}</b><small>${summary}</small></li>`,
  );
  return html`<section aria-labelledby="timeline"><h2 id="timeline">Timeline</h2>
<div class="scroll" role="region" aria-label="Timeline drawing" tabindex="0">${timelineDrawing(report)}</div>
<ul class="legend"><li><i></i>done by machine</li><li class="p"><i></i>done by a person</li><li class="f"><i></i>failed</li>
<li class="r"><i></i>refused</li><li class="d"><i></i>deadline of the SOP</li><li>Numbers lead to the event below</li></ul>
<h3>Milestones (UTC, ${report.detectedAt.slice(0, 10)})</h3><ol class="milestones">${lines}</ol></section>`;
}

function rootCause({ issues, strategy, failures }: IncidentReport): SafeHtml {
  return html`<section aria-labelledby="cause"><h2 id="cause">Root Cause Analysis</h2>
<div class="columns"><div><h3>Primary cause</h3>${byHand(HUMAN_PARTS.rootCause)}</div>
<div><h3>Contributing factors</h3>${byHand(HUMAN_PARTS.contributingFactors)}</div></div>
<h3>What the assessment found</h3>
<ul>${issues.map(({ code, summary, severity }) => html`<li><b>${code}</b> (${severity}): ${summary}</li>`)}
${issues.length === 0 && html`<li>Nothing was found damaged</li>`}
<li><b>Decision</b>: ${strategy.databaseRecovery ?? 'none yet'}${strategy.reason !== undefined && html`. ${strategy.reason}`}</li></ul>
${strategy.alternatives !== undefined && strategy.alternatives.length > 0 && alternativesTable(strategy.alternatives)}
${failures.length > 0 && html`<h3>What failed on the way</h3><ul>${failures.map(({ sequence, summary }) => html`<li><a href="#event-${sequence}">Event ${sequence}</a>: ${summary}</li>`)}</ul>`}
</section>`;
}

function impact(report: IncidentReport): SafeHtml {
  return html`<section aria-labelledby="impact"><h2 id="impact">Impact Assessment</h2>
<div class="columns">
<div><h3>User impact</h3><p>${affectedUsersText(report)} users affected.</p>${byHand(HUMAN_PARTS.userImpact)}</div>
<div><h3>Data integrity</h3><p>${integrityText(report)}.</p><p>Lost by going back: ${lossText(report)}.</p><p>Salvage: ${salvageText(report)}.</p></div>
<div><h3>Financial impact</h3>${byHand(HUMAN_PARTS.financialImpact)}</div>
<div><h3>Reputation impact</h3>${byHand(HUMAN_PARTS.reputationImpact)}</div>
</div></section>`;
}

function effectiveness(report: IncidentReport): SafeHtml {
  return html`<section aria-labelledby="response"><h2 id="response">Response Effectiveness</h2>
${adherenceTable(report)}
<div class="columns"><div><h3>What went well</h3>${byHand(HUMAN_PARTS.wentWell)}</div>
<div><h3>Areas for improvement</h3>${byHand(HUMAN_PARTS.improvements)}</div></div></section>`;
}

function evidence(report: IncidentReport): SafeHtml {
  const { proofs, warmUp, cutOver, decisions, diagnostics, restorePoint, peopleTasks } = report;
  return html`<section aria-labelledby="evidence"><h2 id="evidence">Evidence</h2>
<h3>Restore point</h3><p>${restorePointText(restorePoint)}</p>
<h3>Proof of data</h3>${proofs.length === 0 ? html`<p>No proof was recorded.</p>` : proofTable(report)}
<h3>Warm-up</h3><p>${warmUp === null ? 'No copy was warmed up.' : `${warmUp}.`}</p>
<h3>Positions on the exchanges</h3>${report.positions === null ? html`<p>${describePositions(null)}.</p>` : positionsTable(report.positions)}
<h3>Source and copy</h3>${report.comparison === null ? html`<p>No copy was compared with its source.</p>` : comparisonTable(report.comparison)}
${report.performance !== null && html`<h3>Performance of the database</h3>${performanceTables(report.performance)}`}
<h3>Cut-over</h3>${cutOver.length === 0 ? html`<p>No database was replaced.</p>` : cutOverTable(report)}
<h3>Approvals</h3>${decisions.length === 0 ? html`<p>Nobody was asked, or nobody decided.</p>` : decisionTable(report)}
${peopleTasks.length > 0 && html`<h3>Handed to people</h3><ul>${peopleTasks.map(({ component, sopStep, action }) => html`<li><b>${component}</b> (SOP ${sopStep}): ${action}</li>`)}</ul>`}
<h3>Diagnostics</h3>${diagnostics.length === 0 ? html`<p>None were collected.</p>` : html`<ul>${diagnostics.map((key) => html`<li><code>${key}</code></li>`)}</ul>`}
</section>`;
}

function foot(report: IncidentReport): SafeHtml {
  const sound = report.chainFaults.length === 0;
  return html`<footer><h2>Hash chain</h2>
<p class="seal ${sound ? 'kept' : 'broken'}">${chainText(report)}</p>
<p>Computed from the timeline alone. All times are UTC.</p></footer>`;
}
