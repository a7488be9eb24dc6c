import * as z from 'zod';
import type { ComparedNames, ComparisonRules } from './difference-conditions.ts';
import { differenceOf, type FieldDifference, FieldValue, fieldsOf } from './instance-difference.ts';

/** One difference of source and copy, with the reason why it may be. */
export const ComparedField = z.object({
  field: z.string(),
  source: FieldValue.nullable(),
  copy: FieldValue.nullable(),
  /** Null: nothing explains it. */
  reason: z.string().nullable(),
  /** What a person must do after the cut-over because of it. */
  afterwards: z.string().nullable(),
});
export type ComparedField = z.infer<typeof ComparedField>;

/** How source and copy differ. */
export interface InstanceComparison {
  /** How many fields either of them has. */
  readonly comparedFields: number;
  /** Anything here blocks the cut-over. */
  readonly unexplained: readonly ComparedField[];
  readonly explained: readonly ComparedField[];
}

/** Compares all fields of both pictures, and explains what can be explained. */
export function comparePictures(
  source: object,
  copy: object,
  names: ComparedNames,
  rules: ComparisonRules,
): InstanceComparison {
  const differences = differenceOf(source, copy);
  const compared = [
    ...differences.map((difference) => explained(difference, names, rules)),
    ...unfinished(copy, differences, rules).map(unexplained),
  ];
  return {
    comparedFields: new Set([...fieldsOf(source).keys(), ...fieldsOf(copy).keys()]).size,
    unexplained: compared.filter(({ reason }) => reason === null),
    explained: compared.filter(({ reason }) => reason !== null),
  };
}

function explained(difference: FieldDifference, names: ComparedNames, rules: ComparisonRules): ComparedField {
  const rule = rules.explained.find(
    ({ fields, holds }) => fields.test(difference.field) && holds(difference, names),
  );
  if (rule === undefined) return unexplained(difference);
  return { ...difference, reason: rule.reason, afterwards: rule.afterwards ?? null };
}

function unexplained(difference: FieldDifference): ComparedField {
  return { ...difference, reason: null, afterwards: null };
}

/** Fields of the copy that are not what they must be, and that the difference does not show because the source is no better. */
function unfinished(
  copy: object,
  differences: readonly FieldDifference[],
  rules: ComparisonRules,
): FieldDifference[] {
  const shown = new Set(differences.map(({ field }) => field));
  return [...fieldsOf(copy)]
    .filter(([field]) => !shown.has(field))
    .filter(([field, value]) =>
      rules.finished.some(({ fields, isFinished }) => fields.test(field) && !isFinished(value)),
    )
    .map(([field, value]) => ({ field, source: value, copy: value }));
}
