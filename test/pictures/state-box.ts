import type { State } from './state-graph.ts';

/** What kind of thing a state is, for its looks. */
type StateKind =
  | 'task'
  | 'machine'
  | 'person'
  | 'choice'
  | 'wait'
  | 'pass'
  | 'good-end'
  | 'bad-end'
  | 'group';

/** The text of a state, broken into lines, and the room that it takes. */
export interface StateBox {
  readonly kind: StateKind;
  readonly title: string;
  readonly lines: readonly string[];
  readonly note: string | null;
  readonly width: number;
  readonly height: number;
}

export const TITLE_HEIGHT = 20;
export const LINE_HEIGHT = 15;
export const PADDING = 12;
const TITLE_CHARACTER = 8.5;
const LINE_CHARACTER = 6.7;
const LINE_LENGTH = 40;
const GROUP_LINE_LENGTH = 90;

/** Lays out the text of a state. Comments lose what the whole picture says already. */
export function stateBox(name: string, state: State, note: string | null): StateBox {
  const kind = kindOf(state);
  const lines = wrap(textOf(state), kind === 'group' ? GROUP_LINE_LENGTH : LINE_LENGTH);
  const texts = note === null ? lines : [...lines, note];
  const width = Math.max(name.length * TITLE_CHARACTER, ...texts.map((line) => line.length * LINE_CHARACTER));
  const slant = kind === 'choice' ? 26 : 0;
  return {
    kind,
    title: name,
    lines,
    note,
    width: Math.ceil(width + 2 * PADDING + slant),
    height: TITLE_HEIGHT + texts.length * LINE_HEIGHT + PADDING,
  };
}

function textOf({ Type, Comment, Seconds, Resource }: State): string {
  const wait = Type === 'Wait' && Seconds !== undefined ? `${Seconds} s. ` : '';
  const machine = Resource?.includes('startExecution') ? 'State machine. ' : '';
  return `${wait}${machine}${Comment ?? ''}`;
}

function kindOf({ Type, Resource, Branches, ItemProcessor }: State): StateKind {
  if (Branches !== undefined || ItemProcessor !== undefined) return 'group';
  if (Type === 'Task') {
    if (Resource?.includes('startExecution')) return 'machine';
    return Resource?.includes('waitForTaskToken') ? 'person' : 'task';
  }
  if (Type === 'Choice') return 'choice';
  if (Type === 'Wait') return 'wait';
  if (Type === 'Succeed') return 'good-end';
  return Type === 'Fail' ? 'bad-end' : 'pass';
}

/** Breaks text between words into lines of at most `length` characters. */
export function wrap(text: string, length: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ').filter((part) => part !== '')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length < length) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
