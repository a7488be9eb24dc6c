import type { Reading } from './data-observation.ts';
import type { ProofCheck, ProofLayer } from './proof.ts';

/** One check with its outcome. */
export function proofCheck(
  layer: ProofLayer,
  subject: string,
  passed: boolean,
  expected: string,
  found: string,
): ProofCheck {
  return { layer, subject, passed, expected, found };
}

/** Something that nothing can be said about: it is neither held against the database nor counted for it. */
export function notComparable(
  layer: ProofLayer,
  subject: string,
  expected: string,
  reason: string,
): ProofCheck {
  return { layer, subject, passed: true, compared: false, expected, found: reason };
}

/** How many checks were really made. */
export function countCompared(checks: readonly ProofCheck[]): number {
  return checks.filter(({ compared }) => compared !== false).length;
}

/** Checks that each reading is a number and zero; one that could not be read has failed. */
export function zeroChecks(
  layer: ProofLayer,
  readings: Readonly<Record<string, Reading<number>>>,
  what: string,
): ProofCheck[] {
  return Object.entries(readings).map(([subject, reading]) =>
    reading.state === 'read'
      ? proofCheck(layer, subject, reading.value === 0, `0 ${what}`, `${reading.value} ${what}`)
      : proofCheck(layer, subject, false, `0 ${what}`, reading.reason),
  );
}

/** Every check that failed, in one line for a person; undefined when all passed. */
export function describeFailures(checks: readonly ProofCheck[]): string | undefined {
  const failures = checks.filter(({ passed }) => !passed);
  if (failures.length === 0) return undefined;
  const lines = failures.map(
    ({ layer, subject, expected, found }) => `${layer} ${subject}: expected ${expected}, found ${found}`,
  );
  return `${failures.length} of ${checks.length} checks failed: ${lines.join('; ')}`;
}
