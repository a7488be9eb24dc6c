import { createHash } from 'node:crypto';
import * as z from 'zod';
import { ComparedField, type InstanceComparison } from './instance-comparison.ts';
import type { FieldValue } from './instance-difference.ts';

/** What the timeline keeps of a comparison: as much as a report can show. The whole is in S3. */
export const RecordedComparison = z.object({
  sourceIdentifier: z.string(),
  copyIdentifier: z.string(),
  /** S3 key of the whole comparison, both pictures included. */
  key: z.string(),
  comparedFields: z.int().nonnegative(),
  unexplained: z.array(ComparedField),
  explained: z.array(ComparedField),
  /** Differences that are in S3 alone. */
  omitted: z.int().nonnegative(),
});
export type RecordedComparison = z.infer<typeof RecordedComparison>;

/** Of each kind: a whole parameter group fits, and the event stays far below what one item of DynamoDB holds. */
const MOST_FIELDS = 100;
const LONGEST_VALUE = 200;

/** Cuts a comparison to what the timeline keeps. */
export function recordedComparison(
  { comparedFields, unexplained, explained }: InstanceComparison,
  where: Pick<RecordedComparison, 'sourceIdentifier' | 'copyIdentifier' | 'key'>,
): RecordedComparison {
  const kept = [unexplained, explained].map((fields) => fields.slice(0, MOST_FIELDS).map(shortened));
  const [keptUnexplained = [], keptExplained = []] = kept;
  return {
    ...where,
    comparedFields,
    unexplained: keptUnexplained,
    explained: keptExplained,
    omitted: unexplained.length + explained.length - keptUnexplained.length - keptExplained.length,
  };
}

/** Tells one set of unexplained fields from another, so that the same refusal is said once. */
export function refusalDigest({ unexplained }: RecordedComparison): string {
  const fields = unexplained.map(({ field, source, copy }) => [field, source, copy]);
  return createHash('sha256').update(JSON.stringify(fields)).digest('hex').slice(0, 16);
}

function shortened(field: ComparedField): ComparedField {
  return { ...field, source: cut(field.source), copy: cut(field.copy) };
}

function cut(value: FieldValue | null): FieldValue | null {
  return typeof value === 'string' && value.length > LONGEST_VALUE
    ? `${value.slice(0, LONGEST_VALUE)}…`
    : value;
}
