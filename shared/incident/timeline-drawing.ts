import { secondsBetween } from '../lambda/clock.ts';
import { durationText } from './duration-text.ts';
import { html, type SafeHtml } from './html-text.ts';
import type { IncidentReport } from './incident-report.ts';
import { stack, type TimeAxis, timeAxis } from './time-axis.ts';
import { type TimeSpan, timeSpans } from './time-spans.ts';
import type { TimelineEvent } from './timeline-event.ts';
import { LANES, type Lane, laneOf } from './timeline-lanes.ts';
import { tradingHistory } from './trading-history.ts';

const WIDTH = 1160;
const LEFT = 138;
const RIGHT = WIDTH - 14;
const MARK_RADIUS = 9.5;
const ROW_HEIGHT = 22;
const LANE_PADDING = 8;
const TRADING_HEIGHT = 30;
const LABEL_ROW_HEIGHT = 19;
/** Of the bold label font, on the wide side. */
const CHARACTER_WIDTH = 7;
const AXIS_HEIGHT = 48;

const LANE_TITLES: Record<Lane, string> = {
  response: 'Response',
  assessment: 'Assessment',
  recovery: 'Recovery',
  approval: 'Approval',
  communication: 'Communication',
};

/** A deadline of the SOP on the drawing. */
interface Deadline {
  readonly seconds: number;
  readonly label: string;
  readonly kept: boolean;
}

/** The timeline against the SOP's deadlines, as inline SVG: a lane per kind of work, a numbered mark per event. */
export function timelineDrawing(report: IncidentReport): SafeHtml {
  const offset = (moment: string) => secondsBetween(report.detectedAt, moment);
  const events = report.view.timeline;
  const last = Math.max(0, ...events.map(({ occurredAt }) => offset(occurredAt)));
  const deadlines = deadlinesOf(report, offset);
  const axis = timeAxis(
    last,
    deadlines.map(({ seconds }) => seconds),
    LEFT,
    RIGHT,
  );
  const labels = deadlineLabels(deadlines, axis);
  const top = labels.height + 14;
  const lanes = laneLayout(events, axis, offset, top + TRADING_HEIGHT);
  const height = lanes.bottom + AXIS_HEIGHT;
  return html`<svg viewBox="0 0 ${WIDTH} ${height}" class="drawing" role="group" aria-labelledby="drawing-title">
<title id="drawing-title">Events by kind of work over the time since detection, with the SOP's deadlines</title>
${lanes.backgrounds}
${labels.lines(lanes.bottom)}
${tradingBand(report, axis, offset, top, last)}
${axisLine(axis, lanes.bottom, deadlines)}
${lanes.marks}
</svg>`;
}

/** One deadline line for all steps that share it, named after the first. */
function deadlinesOf({ adherence }: IncidentReport, offset: (moment: string) => number): Deadline[] {
  return [...Map.groupBy(adherence, ({ dueAt }) => dueAt)].map(([dueAt, steps]) => ({
    seconds: offset(dueAt),
    label: deadlineName(steps[0]?.sopStep ?? ''),
    kept: steps.every(({ verdict }) => verdict === 'in-time' || verdict === 'pending'),
  }));
}

function deadlineName(sopStep: string): string {
  if (sopStep === 'User Communication') return 'Users told';
  return /^\d/.test(sopStep) ? `Step ${sopStep.slice(0, 1)}` : 'Recovered';
}

function deadlineLabels(deadlines: readonly Deadline[], axis: TimeAxis) {
  const texts = deadlines.map(({ seconds, label }) => `${label} · ${durationText(seconds)}`);
  const places = deadlines.map(({ seconds }, index) => {
    const half = ((texts[index]?.length ?? 0) * CHARACTER_WIDTH) / 2 + 6;
    const center = Math.min(axis.deadlineX(seconds), WIDTH - half - 6);
    return { center, from: center - half, to: center + half };
  });
  const rows = stack(places);
  return {
    height: (Math.max(0, ...rows) + 1) * LABEL_ROW_HEIGHT,
    lines: (bottom: number) =>
      deadlines.map(({ seconds, kept }, index) => {
        const x = axis.deadlineX(seconds).toFixed(1);
        const y = (rows[index] ?? 0) * LABEL_ROW_HEIGHT + 19;
        return html`<g class="deadline ${kept ? 'kept' : 'broken'}"><line x1="${x}" x2="${x}" y1="${y + 4}" y2="${bottom}"/>
<rect x="${(places[index]?.from ?? 0).toFixed(1)}" y="${y - 12}" width="${((places[index]?.to ?? 0) - (places[index]?.from ?? 0)).toFixed(1)}" height="16" rx="3"/>
<text x="${(places[index]?.center ?? 0).toFixed(1)}" y="${y}" text-anchor="middle">${texts[index] ?? ''}</text></g>`;
      }),
  };
}

function laneLayout(
  events: readonly TimelineEvent[],
  axis: TimeAxis,
  offset: (moment: string) => number,
  top: number,
) {
  const backgrounds: SafeHtml[] = [];
  const marks: SafeHtml[] = [];
  let y = top;
  LANES.forEach((lane, index) => {
    const members = events
      .filter((event) => laneOf(event) === lane)
      .map((event) => ({ event, x: axis.x(offset(event.occurredAt)) }))
      .toSorted((left, right) => left.x - right.x);
    const rows = stack(members.map(({ x }) => ({ from: x - MARK_RADIUS, to: x + MARK_RADIUS + 1 })));
    const height = (Math.max(0, ...rows) + 1) * ROW_HEIGHT + 2 * LANE_PADDING;
    backgrounds.push(
      html`<rect class="lane ${index % 2 === 0 ? 'even' : 'odd'}" x="0" y="${y}" width="${WIDTH}" height="${height}"/>
<text class="lane-title" x="12" y="${y + height / 2 + 4}">${LANE_TITLES[lane]}</text>`,
    );
    backgrounds.push(
      ...timeSpans(events)
        .filter((span) => span.lane === lane)
        .map((span) => spanBar(span, axis, offset, y, height)),
    );
    members.forEach(({ event, x }, member) => {
      marks.push(mark(event, x, y + LANE_PADDING + ((rows[member] ?? 0) + 0.5) * ROW_HEIGHT, offset));
    });
    y += height;
  });
  return { backgrounds, marks, bottom: y };
}

/** What took long, behind the marks that begin and end it. */
function spanBar(
  { label, from, to }: TimeSpan,
  axis: TimeAxis,
  offset: (moment: string) => number,
  y: number,
  height: number,
): SafeHtml {
  const left = axis.x(offset(from));
  const right = axis.x(offset(to));
  return html`<rect class="span" x="${left.toFixed(1)}" y="${y}" width="${(right - left).toFixed(1)}" height="${height}"/>${
    right - left > label.length * CHARACTER_WIDTH + 4 * MARK_RADIUS &&
    html`<text class="span-word" x="${((left + right) / 2).toFixed(1)}" y="${y + LANE_PADDING + ROW_HEIGHT / 2 + 4}" text-anchor="middle">${label}</text>`
  }`;
}

function mark(event: TimelineEvent, x: number, y: number, offset: (moment: string) => number): SafeHtml {
  const said = `${event.sequence}. ${event.type}, ${durationText(Math.abs(offset(event.occurredAt)))} ${
    offset(event.occurredAt) < 0 ? 'before' : 'after'
  } detection: ${event.summary}`;
  const byPerson = event.actor.kind === 'person' || event.actor.kind === 'claimed-person';
  return html`<a href="#event-${event.sequence}" class="mark ${event.outcome}${byPerson ? ' person' : ''}" aria-label="${said}"><title>${said}</title>
<circle cx="${x.toFixed(1)}" cy="${y}" r="${MARK_RADIUS}"/><text x="${x.toFixed(1)}" y="${y + 3.6}" text-anchor="middle">${event.sequence}</text></a>`;
}

/** When trading stood still: the one thing that users feel. */
function tradingBand(
  { view }: IncidentReport,
  axis: TimeAxis,
  offset: (moment: string) => number,
  top: number,
  last: number,
): SafeHtml {
  const changes = tradingHistory(view.timeline).map(({ state, at }) => ({ state, seconds: offset(at) }));
  const states = [{ state: 'ACTIVE', seconds: 0 }, ...changes];
  const bands = states.map(({ state, seconds }, index) => {
    const from = axis.x(seconds);
    const to = Math.max(from, axis.x(states[index + 1]?.seconds ?? last));
    const word = state === 'HALTED' ? 'trading halted' : 'active';
    return html`<rect class="trading ${state.toLowerCase()}" x="${from.toFixed(1)}" y="${top + 6}" width="${(to - from).toFixed(1)}" height="${TRADING_HEIGHT - 12}"/>${
      to - from > word.length * 7 &&
      html`<text class="trading-word ${state.toLowerCase()}" x="${((from + to) / 2).toFixed(1)}" y="${top + TRADING_HEIGHT / 2 + 4}" text-anchor="middle">${word}</text>`
    }`;
  });
  return html`<text class="lane-title" x="12" y="${top + TRADING_HEIGHT / 2 + 4}">Trading</text>${bands}`;
}

function axisLine(axis: TimeAxis, bottom: number, deadlines: readonly Deadline[]): SafeHtml {
  const broken = deadlines.some(({ seconds }) => axis.isBeyond(seconds));
  const ticks = axis.ticks.map(
    ({ x, label }) =>
      html`<line class="tick" x1="${x.toFixed(1)}" x2="${x.toFixed(1)}" y1="${bottom}" y2="${bottom + 6}"/><text class="tick-label" x="${x.toFixed(1)}" y="${bottom + 20}" text-anchor="middle">${label}</text>`,
  );
  return html`<line class="axis" x1="${LEFT}" x2="${axis.plotRight.toFixed(1)}" y1="${bottom}" y2="${bottom}"/>${ticks}
<text class="axis-title" x="12" y="${bottom + 20}">since detection</text>${
    broken &&
    html`<path class="break" d="M${axis.plotRight - 4} ${bottom + 6}l6 -12m2 12l6 -12"/>
<text class="axis-title" x="${RIGHT}" y="${bottom + 38}" text-anchor="end">later deadlines, not to scale</text>`
  }`;
}
