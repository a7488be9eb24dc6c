import { z } from 'zod';
import { Severity } from '../../../shared/incident/severity.ts';
import { Duration } from './duration.ts';

/** How an operator writes a time: in UTC, without a zone, or as a clock two hours ahead shows it. */
const Zone = z.enum(['Z', 'none', '+02:00']);

/** A restore point by its distance from the first fault, or word for word. */
export const GivenPoint = z
  .strictObject({
    before: Duration.optional(),
    after: Duration.optional(),
    zone: Zone.default('Z'),
    text: z.string().min(1).optional(),
  })
  .refine(
    ({ before, after, text }) => [before, after, text].filter((kind) => kind !== undefined).length === 1,
    {
      message: 'must name exactly one of before, after and text',
    },
  );
type GivenPoint = z.infer<typeof GivenPoint>;

/** An operator starts the response in the console. */
export const Start = z.strictObject({
  /** Counted from the moment at which trading has begun. */
  after: Duration,
  severity: Severity.default('P0'),
  /** The operator gives a restore point; a duration alone lies before the first fault. */
  restorePoint: z
    .union([Duration.transform((before): GivenPoint => ({ before, zone: 'Z' })), GivenPoint])
    .optional(),
  /** The response is refused, and the refusal says this. */
  refused: z.string().min(1).optional(),
});
export type Start = z.infer<typeof Start>;

/** What the operator types. */
export function typedPoint({ before, after, text, zone }: GivenPoint, firstFaultAtMillis: number): string {
  if (text !== undefined) return text;
  const millis = firstFaultAtMillis - (before ?? 0) + (after ?? 0);
  const aheadMillis = zone === '+02:00' ? 7_200_000 : 0;
  const suffix = zone === 'none' ? '' : zone;
  return new Date(millis + aheadMillis).toISOString().replace('Z', suffix);
}
