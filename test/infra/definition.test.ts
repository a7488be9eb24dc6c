import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readDefinition, UnknownPlaceholder } from '../../infra/aws/definition.ts';
import { temporaryDirectory } from './synthesized.ts';

function fileWith(text: string): string {
  const file = join(temporaryDirectory(), 'machine.asl.yaml');
  writeFileSync(file, text);
  return file;
}

test('a placeholder becomes text, number or list where it stands alone', () => {
  const definition = readDefinition(
    fileWith(
      `{ Resource: "\${HaltTrading}", TimeoutSeconds: "\${Window}", exchanges: "\${Exchanges}", a: "$.x" }`,
    ),
  );
  const values: Record<string, string | number | string[]> = {
    HaltTrading: 'arn:halt',
    Window: 300,
    Exchanges: ['kraken'],
  };
  expect(JSON.parse(definition.render((name) => values[name]))).toEqual({
    Resource: 'arn:halt',
    TimeoutSeconds: 300,
    exchanges: ['kraken'],
    a: '$.x',
  });
  expect(definition.placeholders).toEqual(['HaltTrading', 'Window', 'Exchanges']);
});

test('anchors of YAML are written out, and comments are kept', () => {
  const definition = readDefinition(
    fileWith('Comment: why\nA: &retry [{ MaxAttempts: 3 }]\nB: { Comment: SOP step 1.1, Retry: *retry }\n'),
  );
  expect(JSON.parse(definition.render(() => undefined))).toEqual({
    Comment: 'why',
    A: [{ MaxAttempts: 3 }],
    B: { Comment: 'SOP step 1.1', Retry: [{ MaxAttempts: 3 }] },
  });
});

test('a placeholder that nothing knows is an error that names file and placeholder', () => {
  const file = fileWith(`{ Resource: "\${Typo}" }`);
  expect(() => readDefinition(file).render(() => undefined)).toThrow(UnknownPlaceholder);
  expect(() => readDefinition(file).render(() => undefined)).toThrow(`${file}: \${Typo} is not known`);
});
