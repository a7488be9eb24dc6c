import dagre from '@dagrejs/dagre';
import { type StateBox, stateBox, wrap } from './state-box.ts';
import { END, leadNote, type Machine, START, type Transition, transitionsOf } from './state-graph.ts';

/** A place on the picture. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** A state where it stands; `x` and `y` are its upper left corner. */
export interface PlacedState extends Point, StateBox {
  readonly branches: readonly PlacedMachine[];
}

/** An arrow with the points that it passes. */
export interface PlacedTransition extends Transition {
  readonly points: readonly Point[];
  readonly labelLines: readonly string[];
  readonly labelAt: Point;
}

/** A machine or branch, with its upper left corner. */
export interface PlacedMachine extends Point {
  readonly width: number;
  readonly height: number;
  readonly states: readonly PlacedState[];
  readonly transitions: readonly PlacedTransition[];
  readonly start: Point;
  readonly end: Point | null;
}

const DOT = 14;
const GROUP_PADDING = 16;
const BRANCH_GAP = 14;
const LABEL_LENGTH = 24;
const LABEL_CHARACTER = 6;
const LABEL_LINE = 14;
/** Branches of a group that stand side by side; more stand below the shortest of them. */
const COLUMNS = 3;

/** What an arrow behind a state and what two crossing arrows cost, in pixels of arrow. */
const HIDDEN_ARROW_COST = 4000;
const CROSSING_COST = 300;

/**
 * Places every state of a machine; branches are laid out first and then stand inside their group. The library's answer depends on the
 * order in which it gets the states: of all orders tried, the layout with the shortest arrows that disturb the least is taken.
 */
export function layoutMachine(machine: Machine): PlacedMachine {
  const states = Object.entries(machine.States).map(([name, state]) => {
    const branches = [...(state.Branches ?? []), ...(state.ItemProcessor ? [state.ItemProcessor] : [])];
    return grouped(stateBox(name, state, leadNote(machine, name, state)), branches.map(layoutMachine));
  });
  const orders = states.flatMap((_, first) => {
    const turned = [...states.slice(first), ...states.slice(0, first)];
    return [turned, turned.toReversed()];
  });
  const rated = orders.map((order) => {
    const layout = place(order, transitionsOf(machine));
    return { layout, cost: costOf(layout) };
  });
  return rated.reduce((left, right) => (right.cost < left.cost ? right : left)).layout;
}

function costOf(layout: PlacedMachine): number {
  return arrowLength(layout) + hiddenArrows(layout) * HIDDEN_ARROW_COST + crossings(layout) * CROSSING_COST;
}

/** How many pairs of arrows cross each other. */
function crossings({ transitions }: PlacedMachine): number {
  const segments = transitions.flatMap(({ points }, arrow) =>
    points.slice(1).map((to, index) => ({ arrow, from: points[index] ?? to, to })),
  );
  return segments.flatMap((one, index) =>
    segments.slice(index + 1).filter((other) => other.arrow !== one.arrow && cross(one, other)),
  ).length;
}

interface Segment {
  readonly from: Point;
  readonly to: Point;
}

function cross(one: Segment, other: Segment): boolean {
  const side = ({ from, to }: Segment, { x, y }: Point) =>
    Math.sign((to.x - from.x) * (y - from.y) - (to.y - from.y) * (x - from.x));
  return side(one, other.from) * side(one, other.to) < 0 && side(other, one.from) * side(other, one.to) < 0;
}

function arrowLength({ transitions }: PlacedMachine): number {
  return transitions
    .flatMap(({ points }) =>
      points.slice(1).map((point, index) => {
        const before = points[index] ?? point;
        return Math.hypot(point.x - before.x, point.y - before.y);
      }),
    )
    .reduce((sum, length) => sum + length, 0);
}

function place(states: readonly PlacedState[], transitions: readonly Transition[]): PlacedMachine {
  const graph = new dagre.graphlib.Graph({ multigraph: true });
  graph.setGraph({
    rankdir: 'TB',
    rankalign: 'top',
    nodesep: 34,
    ranksep: 34,
    edgesep: 18,
    marginx: 10,
    marginy: 10,
  });
  for (const { title, width, height } of states) graph.setNode(title, { width, height });
  graph.setNode(START, { width: DOT, height: DOT });
  const ends = transitions.some(({ to }) => to === END);
  if (ends) graph.setNode(END, { width: DOT, height: DOT });
  transitions.forEach(({ from, to, label }, index) => {
    const lines = wrap(label, LABEL_LENGTH);
    const width = Math.max(0, ...lines.map((line) => line.length * LABEL_CHARACTER));
    graph.setEdge(from, to, { width, height: lines.length * LABEL_LINE, labelpos: 'c' }, String(index));
  });
  dagre.layout(graph);
  const at = (name: string): Point => {
    const { x = 0, y = 0 } = graph.node(name) as Partial<Point>;
    return { x, y };
  };
  const { width = 0, height = 0 } = graph.graph() as { width?: number; height?: number };
  return {
    x: 0,
    y: 0,
    width,
    height,
    states: states.map((state) => ({
      ...state,
      x: at(state.title).x - state.width / 2,
      y: at(state.title).y - state.height / 2,
    })),
    transitions: transitions.map((transition, index) => {
      const {
        points,
        x = 0,
        y = 0,
      } = graph.edge(transition.from, transition.to, String(index)) as {
        points: Point[];
        x?: number;
        y?: number;
      };
      return { ...transition, points, labelAt: { x, y }, labelLines: wrap(transition.label, LABEL_LENGTH) };
    }),
    start: at(START),
    end: ends ? at(END) : null,
  };
}

/** How many arrows pass behind a state that is neither their beginning nor their end. */
export function hiddenArrows({ states, transitions }: PlacedMachine): number {
  return transitions.filter(({ from, to, points }) =>
    states.some(
      (state) =>
        state.title !== from &&
        state.title !== to &&
        points.some((point, index) => {
          const next = points[index + 1];
          return next !== undefined && passesBehind(point, next, state);
        }),
    ),
  ).length;
}

const SAMPLES = 24;

function passesBehind(from: Point, to: Point, { x, y, width, height }: PlacedState): boolean {
  return Array.from({ length: SAMPLES + 1 }, (_, sample) => sample / SAMPLES).some((share) => {
    const at = { x: from.x + (to.x - from.x) * share, y: from.y + (to.y - from.y) * share };
    return at.x > x && at.x < x + width && at.y > y && at.y < y + height;
  });
}

/** A group is as large as its branches, which stand in columns below its text. */
function grouped(box: StateBox, branches: readonly PlacedMachine[]): PlacedState {
  if (branches.length === 0) return { ...box, x: 0, y: 0, branches: [] };
  const columnOf = columnsOf(branches);
  const widths = [...new Set(columnOf)].map((column) =>
    Math.max(...branches.filter((_, index) => columnOf[index] === column).map(({ width }) => width)),
  );
  const bottoms = widths.map(() => box.height + 4);
  const placed = branches.map((branch, index) => {
    const column = columnOf[index] ?? 0;
    const left = widths.slice(0, column).reduce((sum, width) => sum + width + BRANCH_GAP, GROUP_PADDING);
    const y = bottoms[column] ?? 0;
    bottoms[column] = y + branch.height + BRANCH_GAP;
    return { ...branch, x: left + ((widths[column] ?? 0) - branch.width) / 2, y };
  });
  const inner = widths.reduce((sum, width) => sum + width + BRANCH_GAP, -BRANCH_GAP);
  return {
    ...box,
    x: 0,
    y: 0,
    branches: placed,
    width: Math.max(box.width, inner + 2 * GROUP_PADDING),
    height: Math.max(...bottoms),
  };
}

/** The column of each branch: the first ones side by side, the next where there is most room. */
function columnsOf(branches: readonly PlacedMachine[]): number[] {
  const heights: number[] = Array.from({ length: Math.min(COLUMNS, branches.length) }, () => 0);
  return branches.map(({ height }, index) => {
    const column = index < heights.length ? index : heights.indexOf(Math.min(...heights));
    heights[column] = (heights[column] ?? 0) + height;
    return column;
  });
}
