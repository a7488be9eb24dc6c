import { DifferenceUnexplained } from './errors.ts';
import type { ComparedField } from './instance-comparison.ts';
import type { FieldValue } from './instance-difference.ts';
import type { RecordedComparison } from './recorded-comparison.ts';

const MOST_NAMED = 15;
const LONGEST_VALUE = 60;

/**
 * Lets only a comparison pass in which every difference is explained.
 * @throws {DifferenceUnexplained} naming each field that is not, with both values.
 */
export function requireExplained(comparison: RecordedComparison): void {
  const { copyIdentifier, key, unexplained } = comparison;
  if (unexplained.length === 0) return;
  const named = unexplained.slice(0, MOST_NAMED).map(describeField);
  const more = unexplained.length > MOST_NAMED ? `; and more, all of them in ${key}` : '';
  throw new DifferenceUnexplained(`${copyIdentifier}: ${named.join('; ')}${more}`, comparison);
}

function describeField({ field, source, copy }: ComparedField): string {
  return `${field}: source ${valueText(source)}, copy ${valueText(copy)}`;
}

function valueText(value: FieldValue | null): string {
  return value === null ? 'has none' : String(value).slice(0, LONGEST_VALUE);
}
