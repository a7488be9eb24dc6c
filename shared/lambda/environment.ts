import type * as z from 'zod';
import { describeIssues, InvalidEnvironment } from './errors.ts';

const parsed = new WeakMap<z.ZodType, unknown>();

/**
 * The environment of this function, validated once on first use.
 * @throws {InvalidEnvironment} naming each variable that is missing or wrong.
 */
export function environment<Schema extends z.ZodType>(schema: Schema): z.infer<Schema> {
  const known = parsed.get(schema);
  if (known !== undefined) return known as z.infer<Schema>;
  const result = schema.safeParse(process.env);
  if (!result.success) throw new InvalidEnvironment(describeIssues(result.error), { cause: result.error });
  parsed.set(schema, result.data);
  return result.data as z.infer<Schema>;
}
