import { html, type SafeHtml, trusted } from '../../shared/incident/html-text.ts';
import { LINE_HEIGHT, PADDING, TITLE_HEIGHT } from './state-box.ts';
import type { PlacedMachine, PlacedState, PlacedTransition, Point } from './state-layout.ts';

const MARGIN = 18;
const HEADER = 46;
const CORNER = 9;

const STYLE = trusted(`
:root{--paper:#fff;--ink:#1c2230;--soft:#545b69;--line:#6b7280;--box:#f4f7fc;--edge:#2d4a7c;--machine:#e3f1ef;--machine-edge:#1d6a61;
--person:#f1eafa;--person-edge:#6b3fa0;--choice:#fdf4dd;--choice-edge:#94650a;--plain:#f1f0ec;--plain-edge:#8a8577;
--good:#e2f2e7;--good-edge:#17653a;--bad:#fbe4e4;--bad-edge:#a31621;--group:#fafaf7;--group-edge:#a9a493}
@media (prefers-color-scheme:dark){:root{--paper:#12151b;--ink:#e9e6df;--soft:#a9afbb;--line:#8b93a1;--box:#1b2433;--edge:#7fa3e3;
--machine:#14302d;--machine-edge:#5fb8ac;--person:#2a2038;--person-edge:#b691e6;--choice:#332a12;--choice-edge:#d3a53f;
--plain:#22262e;--plain-edge:#7c828d;--good:#143222;--good-edge:#6cc18b;--bad:#3d181b;--bad-edge:#f0888a;--group:#171b22;--group-edge:#4d5462}}
text{font:12px system-ui,-apple-system,"Segoe UI",Roboto,"Liberation Sans",sans-serif;fill:var(--ink)}
.paper{fill:var(--paper)}.name{font-size:18px;font-weight:680}.title{font-size:13.5px;font-weight:650}.note{fill:var(--bad-edge)}.comment{fill:var(--soft)}
.task{fill:var(--box);stroke:var(--edge)}.machine{fill:var(--machine);stroke:var(--machine-edge)}.person{fill:var(--person);stroke:var(--person-edge)}
.choice{fill:var(--choice);stroke:var(--choice-edge)}.wait,.pass{fill:var(--plain);stroke:var(--plain-edge)}
.good-end{fill:var(--good);stroke:var(--good-edge)}.bad-end{fill:var(--bad);stroke:var(--bad-edge)}
.group{fill:var(--group);stroke:var(--group-edge);stroke-dasharray:6 4}
.box{stroke-width:1.4}.arrow{fill:none;stroke:var(--line);stroke-width:1.4}.arrow.caught{stroke:var(--bad-edge);stroke-dasharray:5 4}
.head{fill:var(--line)}.head.caught{fill:var(--bad-edge)}.dot{fill:var(--ink)}.ring{fill:none;stroke:var(--ink);stroke-width:1.4}
.label{font-size:11px}.label-back{fill:var(--paper);opacity:.9}.label.caught{fill:var(--bad-edge)}
`);

/** A state machine as a picture that follows light and dark. */
export function drawStateMachine(name: string, placed: PlacedMachine): string {
  const width = Math.max(560, Math.ceil(placed.width) + 2 * MARGIN);
  const height = Math.ceil(placed.height) + HEADER + 2 * MARGIN;
  return `${
    html`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="title">
<title id="title">State machine ${name}</title>
<style>${STYLE}</style>
<rect class="paper" width="${width}" height="${height}"/>
<text class="name" x="${MARGIN}" y="${MARGIN + 16}">${name}</text>
${legend(MARGIN, MARGIN + 36)}
<g transform="translate(${Math.round((width - placed.width) / 2)} ${HEADER + MARGIN})">${drawMachine(placed)}</g>
</svg>`.text
  }\n`;
}

const LEGEND = [
  ['task', 'function'],
  ['machine', 'state machine'],
  ['person', 'waits for people'],
  ['choice', 'decision'],
] as const;

function legend(x: number, y: number): SafeHtml[] {
  return LEGEND.map(
    ([kind, word], index) =>
      html`<rect class="box ${kind}" x="${x + index * 124}" y="${y - 10}" width="12" height="12" rx="3"/><text class="comment" x="${x + index * 124 + 18}" y="${y}">${word}</text>`,
  );
}

function drawMachine({ states, transitions, start, end }: PlacedMachine): SafeHtml {
  return html`${transitions.map(drawArrow)}${states.map(drawState)}
<circle class="dot" cx="${round(start.x)}" cy="${round(start.y)}" r="6"/>
${end !== null && html`<circle class="ring" cx="${round(end.x)}" cy="${round(end.y)}" r="7"/><circle class="dot" cx="${round(end.x)}" cy="${round(end.y)}" r="4"/>`}
${transitions.map(drawLabel)}`;
}

function drawState(state: PlacedState): SafeHtml {
  const { kind, title, lines, note, width, branches } = state;
  const group = kind === 'group';
  const x = group ? PADDING : width / 2;
  const anchor = group ? 'start' : 'middle';
  const texts = [
    ...lines.map((line) => ['comment', line] as const),
    ...(note === null ? [] : [['note', note] as const]),
  ];
  return html`<g transform="translate(${round(state.x)} ${round(state.y)})">${outline(state)}
<text class="title" x="${round(x)}" y="${TITLE_HEIGHT}" text-anchor="${anchor}">${title}</text>${texts.map(
    ([className, line], index) =>
      html`<text class="${className}" x="${round(x)}" y="${TITLE_HEIGHT + (index + 1) * LINE_HEIGHT + 1}" text-anchor="${anchor}">${line}</text>`,
  )}
${branches.map((branch) => html`<g transform="translate(${round(branch.x)} ${round(branch.y)})">${drawMachine(branch)}</g>`)}</g>`;
}

function outline({ kind, width, height }: PlacedState): SafeHtml {
  if (kind === 'choice') {
    const middle = round(height / 2);
    return html`<path class="box choice" d="M0 ${middle}L13 0H${round(width - 13)}L${round(width)} ${middle}L${round(width - 13)} ${round(height)}H13Z"/>`;
  }
  const radius = kind === 'good-end' || kind === 'bad-end' ? 16 : 7;
  return html`<rect class="box ${kind}" width="${round(width)}" height="${round(height)}" rx="${radius}"/>`;
}

function drawArrow({ points, caught }: PlacedTransition): SafeHtml {
  const className = caught ? ' caught' : '';
  return html`<path class="arrow${className}" d="${rounded(points)}"/>${head(points, className)}`;
}

/** Drawn last, so that no arrow crosses a word. */
function drawLabel({ labelLines, labelAt, caught }: PlacedTransition): SafeHtml | null {
  if (labelLines.length === 0) return null;
  const width = Math.max(...labelLines.map(({ length }) => length)) * 6 + 6;
  const top = labelAt.y - (labelLines.length * 14) / 2;
  return html`<rect class="label-back" x="${round(labelAt.x - width / 2)}" y="${round(top)}" width="${round(width)}" height="${labelLines.length * 14}" rx="3"/>${labelLines.map(
    (line, index) =>
      html`<text class="label${caught && ' caught'}" x="${round(labelAt.x)}" y="${round(top + 11 + index * 14)}" text-anchor="middle">${line}</text>`,
  )}`;
}

/** A line through the points with round corners. */
function rounded(points: readonly Point[]): string {
  const [first, ...rest] = points;
  if (first === undefined) return '';
  const corners = rest.slice(0, -1).map((corner, index) => {
    const before = towards(corner, index === 0 ? first : (rest[index - 1] ?? first));
    const after = towards(corner, rest[index + 1] ?? corner);
    return `L${place(before)}Q${place(corner)} ${place(after)}`;
  });
  return `M${place(first)}${corners.join('')}L${place(rest.at(-1) ?? first)}`;
}

/** The point a little way from one to another. */
function towards(from: Point, to: Point): Point {
  const distance = Math.hypot(to.x - from.x, to.y - from.y);
  const share = distance === 0 ? 0 : Math.min(0.5, CORNER / distance);
  return { x: from.x + (to.x - from.x) * share, y: from.y + (to.y - from.y) * share };
}

function head(points: readonly Point[], className: string): SafeHtml | null {
  const [before, tip] = points.slice(-2);
  if (before === undefined || tip === undefined) return null;
  const angle = (Math.atan2(tip.y - before.y, tip.x - before.x) * 180) / Math.PI;
  return html`<path class="head${className}" d="M0 0L-8 -4L-8 4Z" transform="translate(${place(tip)}) rotate(${round(angle)})"/>`;
}

function place({ x, y }: Point): string {
  return `${round(x)} ${round(y)}`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
