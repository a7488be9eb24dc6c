import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { SynthesisFailed, synthesize } from '../../../infra/local/laptop/synthesize.ts';

/** Notes that it ran, and writes its context where the template would be. */
const APP = `
  import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
  appendFileSync('runs', 'x');
  const { CDK_OUTDIR, CDK_CONTEXT_JSON } = process.env;
  if (JSON.parse(CDK_CONTEXT_JSON).refuse) { console.error('cdk.json: refuse: must not be'); process.exit(1); }
  mkdirSync(CDK_OUTDIR);
  writeFileSync(CDK_OUTDIR + '/context.json', CDK_CONTEXT_JSON);
`;

describe('the synthesis', () => {
  let root = '';
  const run = (overrides: Record<string, unknown> = {}) =>
    synthesize({
      root,
      cacheDirectory: join(root, 'cache'),
      environment: 'laptop',
      overrides,
      furtherInputs: [join(root, 'ca.pem')],
    });
  const runs = () => (existsSync(join(root, 'runs')) ? readFileSync(join(root, 'runs'), 'utf8').length : 0);

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'synthesis-'));
    mkdirSync(join(root, 'functions'));
    writeFileSync(join(root, 'functions', 'a.ts'), '1');
    writeFileSync(join(root, 'app.mjs'), APP);
    writeFileSync(
      join(root, 'cdk.json'),
      JSON.stringify({ app: 'node app.mjs', context: { flag: true, environments: { laptop: { size: 1 } } } }),
    );
  });

  test('gives the app the context of cdk.json and the environment', async () => {
    const { directory, cached } = await run();
    expect(JSON.parse(readFileSync(join(directory, 'context.json'), 'utf8'))).toEqual({
      flag: true,
      environments: { laptop: { size: 1 } },
      environment: 'laptop',
    });
    expect(cached).toBe(false);
  });

  test('gives the app other settings where they are asked for, and never for those that are not', async () => {
    const { directory } = await run({ restorePoint: { windowSeconds: 60 } });
    expect(JSON.parse(readFileSync(join(directory, 'context.json'), 'utf8'))).toMatchObject({
      environments: { laptop: { size: 1, restorePoint: { windowSeconds: 60 } } },
    });
    expect((await run()).directory).not.toBe(directory);
  });

  test('is done once for the same sources, however many ask at once', async () => {
    const all = await Promise.all([run(), run(), run()]);
    expect(new Set(all.map(({ directory }) => directory)).size).toBe(1);
    expect(await run()).toMatchObject({ cached: true });
    expect(runs()).toBe(1);
  });

  test.each(['functions/a.ts', 'cdk.json', 'ca.pem'])('is done again when %s changes', async (file) => {
    const before = await run();
    appendFileSync(join(root, file), ' ');
    const after = await run();
    expect(after.directory).not.toBe(before.directory);
    expect(runs()).toBe(2);
  });

  test('that fails says what the app said, and is tried again', async () => {
    writeFileSync(join(root, 'cdk.json'), JSON.stringify({ app: 'node app.mjs', context: { refuse: true } }));
    await expect(run()).rejects.toThrow(SynthesisFailed);
    await expect(run()).rejects.toThrow('cdk.json: refuse: must not be');
    expect(runs()).toBe(2);
  });
});
