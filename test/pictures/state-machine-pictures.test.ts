import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { drawStateMachine } from './state-drawing.ts';
import { conditionText, leadNote, type Machine, transitionsOf } from './state-graph.ts';
import { hiddenArrows, layoutMachine } from './state-layout.ts';
import { PICTURES, readStateMachines } from './state-machine-files.ts';

const machines = await readStateMachines();

describe.each([...machines])('the picture of %s', (name, machine) => {
  const layout = layoutMachine(machine);

  test('is the one that `npm run pictures` draws now', async () => {
    expect(await readFile(new URL(`${name}.svg`, PICTURES), 'utf8')).toBe(drawStateMachine(name, layout));
  });

  test('shows every state once, those inside branches too', () => {
    const picture = drawStateMachine(name, layout);
    const titles = [...picture.matchAll(/class="title"[^>]*>([^<]+)</g)].map(([, title]) => title);
    expect(titles.toSorted()).toEqual(statesOf(machine).toSorted());
  });

  test('says of every way out of a state where it leads', () => {
    const drawn = transitionsOf(machine);
    for (const [from, state] of Object.entries(machine.States)) {
      const ways = [state.Next, state.Default, ...(state.Choices ?? []).map(({ Next }) => Next)];
      for (const to of [...ways, ...(state.Catch ?? []).map(({ Next }) => Next)]) {
        if (to === undefined) continue;
        const arrow = drawn.some((transition) => transition.from === from && transition.to === to);
        const note = leadNote(machine, from, state) ?? '';
        const named = note.split(/: | or /).includes(String(to));
        expect(arrow || named || note.startsWith('goes on'), `${from} to ${to}`).toBe(true);
      }
    }
  });

  test('has no arrow behind a state that it does not concern, and no state on another', () => {
    expect(hiddenArrows(layout)).toBe(0);
    layout.states.forEach((one, index) => {
      for (const other of layout.states.slice(index + 1)) {
        const apart =
          one.x + one.width <= other.x ||
          other.x + other.width <= one.x ||
          one.y + one.height <= other.y ||
          other.y + other.height <= one.y;
        expect(apart, `${one.title} and ${other.title}`).toBe(true);
      }
    });
  });
});

function statesOf({ States }: Machine): string[] {
  return Object.entries(States).flatMap(([name, { Branches = [], ItemProcessor }]) => [
    name,
    ...[...Branches, ...(ItemProcessor ? [ItemProcessor] : [])].flatMap(statesOf),
  ]);
}

test.each([
  [{ Variable: '$.incident.severity', StringEquals: 'P0' }, 'incident.severity = P0'],
  [{ Variable: '$.incident.lead', BooleanEquals: false }, 'incident.lead is false'],
  [{ Variable: '$.halt', IsPresent: true }, 'halt is there'],
  [{ Not: { Variable: '$.halt', IsPresent: true } }, 'halt is not there'],
  [
    {
      And: [
        { Variable: '$.a', StringEquals: 'b' },
        { Variable: '$.c', NumericGreaterThan: 3 },
      ],
    },
    'a = b, and c > 3',
  ],
])('a condition reads as a person says it: %j', (condition, text) => {
  expect(conditionText(condition)).toBe(text);
});
