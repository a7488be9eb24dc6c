import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describeIssues, InvalidEnvironment } from '../lambda/errors.ts';
import { once } from '../lambda/once.ts';
import { PlatformData } from './platform-data.ts';

/**
 * What the platform declares of its data: `platform-data.json` beside the function's code.
 * @throws {InvalidEnvironment} when the function was deployed without it, or with a wrong one.
 */
export const loadPlatformData = once(async (): Promise<PlatformData> => {
  const file = join(process.env.LAMBDA_TASK_ROOT ?? '.', 'platform-data.json');
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new InvalidEnvironment(`platform-data.json: is not beside the function's code`, { cause });
  });
  const parsed = PlatformData.safeParse(JSON.parse(text));
  if (!parsed.success)
    throw new InvalidEnvironment(`platform-data.json: ${describeIssues(parsed.error)}`, {
      cause: parsed.error,
    });
  return parsed.data;
});
