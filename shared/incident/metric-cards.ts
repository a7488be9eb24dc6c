import { countText } from './duration-text.ts';
import { html, type SafeHtml } from './html-text.ts';
import type { IncidentReport } from './incident-report.ts';
import type { MeasuredMetric } from './metric-definitions.ts';
import { verdict } from './report-tables.ts';
import { METRIC_VERDICTS, targetText, valueText } from './report-wording.ts';

/** SOP "Recovery Metrics": what was promised beside what was measured, a card for each metric. */
export function metricCards(report: IncidentReport): SafeHtml {
  const promised = report.measured.filter(
    ({ definition }) => definition.unit === 'seconds' || definition.unit === 'share',
  );
  return html`<ul class="cards">${promised.map((metric) => card(metric, report))}</ul>`;
}

function card(metric: MeasuredMetric, report: IncidentReport): SafeHtml {
  const { definition, value, verdict: said } = metric;
  return html`<li class="card ${said}"><h3>${definition.title}</h3>
<div class="value${value === null && ' none'}">${valueText(metric)}</div>
${bar(metric)}<p>Promised: ${targetText(metric)}${definition.name === 'rpoSeconds' && lost(report)}</p>
${verdict(said, METRIC_VERDICTS[said])}</li>`;
}

/** How much of the allowed time was used, or how much of the whole was reached. The number above says the same. */
function bar({ value, target }: MeasuredMetric): SafeHtml | null {
  if (value === null || target === null) return null;
  const used = Math.min(100, (value / target) * 100);
  return html`<div class="bar" aria-hidden="true"><i style="--used:${used.toFixed(1)}%"></i></div>`;
}

function lost({ metrics }: IncidentReport): SafeHtml | null {
  if (metrics.rpoRows === null) return null;
  return html`<br>${countText(metrics.rpoRows)} rows${
    metrics.rpoTransactions !== null && ` in ${countText(metrics.rpoTransactions)} transactions`
  }`;
}
