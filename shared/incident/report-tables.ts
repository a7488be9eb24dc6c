import type { Alternative } from '../assessment/down-alternatives.ts';
import { describePositions, type PositionComparison, positionRows } from '../exchange/position-comparison.ts';
import { clockText, durationText, momentText } from './duration-text.ts';
import { type HtmlValue, html, type SafeHtml } from './html-text.ts';
import type { IncidentReport } from './incident-report.ts';
import { expectedLossText, expectedTimeText, STEP_VERDICTS } from './report-wording.ts';
import { type ReportedComparison, reasonText, sideText, wholeText } from './reported-comparison.ts';
import type { ReportedPerformance } from './reported-performance.ts';
import { countsText, PROOF_VERDICTS, secondsText, verdictOf } from './reported-proof.ts';

/** A column: its heading, and the class of its cells. */
interface Column {
  readonly heading: string;
  readonly className?: string;
}

/** A row; the first cell names it. */
interface Row {
  readonly id?: string;
  readonly cells: readonly HtmlValue[];
}

/** A table that scrolls by itself, by mouse and by keyboard, where the window is narrow. */
function table(caption: string, columns: readonly Column[], rows: readonly Row[]): SafeHtml {
  return html`<div class="scroll" role="region" aria-label="${caption}" tabindex="0"><table><caption>${caption}</caption>
<thead><tr>${columns.map(({ heading, className }) => html`<th scope="col" class="${className ?? ''}">${heading}</th>`)}</tr></thead>
<tbody>${rows.map(
    ({ id, cells }) => html`<tr${id !== undefined && html` id="${id}"`}>${cells.map((cell, index) => {
      const className = columns[index]?.className ?? '';
      return index === 0
        ? html`<th scope="row" class="${className}">${cell}</th>`
        : html`<td class="${className}">${cell}</td>`;
    })}</tr>
`,
  )}</tbody></table></div>`;
}

/** A verdict in words, coloured by `className`; the colour says nothing that the word does not. */
export function verdict(className: string, word: string): SafeHtml {
  return html`<span class="chip verdict ${className}">${word}</span>`;
}

/** SOP "Process Adherence": every required step with its deadline. */
export function adherenceTable({ adherence }: IncidentReport): SafeHtml {
  return table(
    'Each step that the SOP requires of this incident, by deadline',
    [
      { heading: 'Step' },
      { heading: 'SOP clause' },
      { heading: 'Due after', className: 'num' },
      { heading: 'Done after', className: 'num' },
      { heading: 'Verdict' },
    ],
    adherence.map(({ title, sopStep, deadlineSeconds, doneAfterSeconds, verdict: said }) => ({
      cells: [
        title,
        sopStep,
        durationText(deadlineSeconds),
        doneAfterSeconds === null ? '' : durationText(doneAfterSeconds),
        verdict(said, STEP_VERDICTS[said]),
      ],
    })),
  );
}

/** What could have been done about a database that was down, the selected first. */
export function alternativesTable(alternatives: readonly Alternative[]): SafeHtml {
  return table(
    'Each way to have the database again, with what it was expected to cost',
    [
      { heading: 'Alternative' },
      { heading: 'Instance' },
      { heading: 'Would lose', className: 'num' },
      { heading: 'Would take', className: 'num' },
      { heading: 'Why', className: 'what' },
      { heading: 'Verdict' },
    ],
    alternatives.map((alternative) => ({
      cells: [
        alternative.strategy,
        html`<code>${alternative.subject}</code>`,
        expectedLossText(alternative),
        expectedTimeText(alternative),
        alternative.reason,
        alternative.selected ? verdict('passed', 'selected') : verdict('skipped', 'not taken'),
      ],
    })),
  );
}

/** What was looked at to prove the data: first by layer, then each check. */
export function proofTable({ proofs }: IncidentReport): SafeHtml {
  const layers = proofs.flatMap((proof) =>
    proof.layers.map((layer) => ({
      cells: [
        layer.layer,
        proof.subject,
        layer.shows,
        countsText(layer),
        layer.reasons.length > 0 && html`<ul>${layer.reasons.map((reason) => html`<li>${reason}</li>`)}</ul>`,
        secondsText(layer),
        verdict(layer.verdict, PROOF_VERDICTS[layer.verdict]),
      ],
    })),
  );
  const checks = proofs.flatMap(({ subject, checks: made }) =>
    made.map((check) => ({
      cells: [
        check.layer,
        subject,
        html`<code>${check.subject}</code>`,
        check.expected,
        check.found,
        verdict(verdictOf(check), PROOF_VERDICTS[verdictOf(check)]),
      ],
    })),
  );
  const summaries = proofs.map(
    ({ subject, provenAt, summary }) => html`<li><b>${subject}</b>, ${momentText(provenAt)}: ${summary}</li>`,
  );
  return html`<ul>${summaries}</ul>${
    layers.length > 0 &&
    html`${table(
      'The proof by layer',
      [
        { heading: 'Layer' },
        { heading: 'Of' },
        { heading: 'What it shows' },
        { heading: 'Checks' },
        { heading: 'Not passed, and why', className: 'what' },
        { heading: 'Took', className: 'num' },
        { heading: 'Verdict' },
      ],
      layers,
    )}${table(
      'Each check of the proof',
      ['Layer', 'Of', 'Subject', 'Expected', 'Found', 'Verdict'].map((heading) => ({ heading })),
      checks,
    )}`
  }`;
}

/** In what the restored copy differs from its source; what nothing explains comes first. */
export function comparisonTable({ summary, fields, key, omitted }: ReportedComparison): SafeHtml {
  const rows = fields.map((field) => ({
    cells: [
      html`<code>${field.field}</code>`,
      html`<code>${sideText(field.source)}</code>`,
      html`<code>${sideText(field.copy)}</code>`,
      reasonText(field),
      field.reason === null ? verdict('failed', 'blocks') : verdict('passed', 'explained'),
    ],
  }));
  return html`<p>${summary}.</p>${
    rows.length > 0 &&
    table(
      'Each field in which source and copy differ, and why it may',
      [
        { heading: 'Field' },
        { heading: 'Source' },
        { heading: 'Copy' },
        { heading: 'Why it may differ', className: 'what' },
        { heading: 'Verdict' },
      ],
      rows,
    )
  }${key !== null && html`<p>${wholeText(omitted)}: <code>${key}</code></p>`}`;
}

const PERFORMANCE_VERDICTS: Record<ReportedPerformance['verdict'], SafeHtml> = {
  proven: verdict('passed', 'fast enough'),
  refused: verdict('failed', 'still too slow'),
  open: verdict('pending', 'not measured again'),
};

/** How long clients waited before and after, and what was found and done in between. */
export function performanceTables(performance: ReportedPerformance): SafeHtml {
  const { latencies, facts, summary } = performance;
  return html`<p>${PERFORMANCE_VERDICTS[performance.verdict]} ${summary}.</p>${table(
    'How long clients waited, measured in the same way before and after',
    ['What', 'Before', 'After'].map((heading) => ({ heading })),
    latencies.map(({ probe, before, after }) => ({ cells: [html`<code>${probe}</code>`, before, after] })),
  )}${
    facts.length > 0 &&
    table(
      'What was found and done',
      [{ heading: 'What' }, { heading: 'Fact', className: 'what' }],
      facts.map(({ kind, text }) => ({ cells: [kind, text] })),
    )
  }`;
}

/** Positions in which exchange and database differ, and exchanges of which nobody knows. */
export function positionsTable(comparison: PositionComparison): SafeHtml {
  const rows = positionRows(comparison).map((cells) => ({
    cells: [
      ...cells.slice(0, -1),
      verdict(cells.at(-1) === 'tolerated' ? 'passed' : 'failed', cells.at(-1) ?? ''),
    ],
  }));
  return html`<p>${describePositions(comparison)}.</p>${
    rows.length > 0 &&
    table(
      'Each position that is not equal',
      [
        { heading: 'Exchange' },
        { heading: 'Symbol' },
        { heading: 'On the exchange', className: 'num' },
        { heading: 'In the database', className: 'num' },
        { heading: 'Difference', className: 'num' },
        { heading: 'Verdict' },
      ],
      rows,
    )
  }`;
}

/** How the databases were swapped. */
export function cutOverTable({ cutOver }: IncidentReport): SafeHtml {
  return table(
    'The journal of the cut-over',
    [
      { heading: 'Step' },
      { heading: 'Time (UTC)', className: 'num' },
      { heading: 'What happened', className: 'what' },
      { heading: 'Outcome' },
    ],
    cutOver.map(({ type, occurredAt, summary, outcome }) => ({
      cells: [type, clockText(occurredAt), summary, verdict(outcome, outcome)],
    })),
  );
}

/** Who decided on salvage, and that trading may resume, and why. */
export function decisionTable({ decisions }: IncidentReport): SafeHtml {
  return table(
    'Each decision, as it was signed',
    [
      { heading: 'Person' },
      { heading: 'Time', className: 'nowrap' },
      { heading: 'About' },
      { heading: 'Decision' },
      { heading: 'Reason' },
      { heading: 'Signed by' },
    ],
    decisions.map(({ name, at, subject, decision, reason, signedBy }) => ({
      cells: [
        name,
        momentText(at),
        subject,
        verdict(decision, decision),
        reason,
        html`<code>${signedBy}</code>`,
      ],
    })),
  );
}

/** The whole timeline. */
export function eventTable({ view }: IncidentReport): SafeHtml {
  return table(
    'Every event, in the order in which it was recorded',
    [
      { heading: '#', className: 'num' },
      { heading: 'Occurred (UTC)', className: 'nowrap' },
      { heading: 'Event' },
      { heading: 'SOP' },
      { heading: 'By' },
      { heading: 'What happened', className: 'what' },
      { heading: 'Outcome' },
      { heading: 'Hash' },
    ],
    view.timeline.map(({ sequence, occurredAt, type, step, actor, summary, outcome, hash }) => ({
      id: `event-${sequence}`,
      cells: [
        sequence,
        html`<time datetime="${occurredAt}">${occurredAt.slice(0, 10)} ${occurredAt.slice(11, 23)}</time>`,
        type,
        step,
        actor.id,
        summary,
        verdict(outcome, outcome),
        html`<code>${hash.slice(0, 8)}</code>`,
      ],
    })),
  );
}
