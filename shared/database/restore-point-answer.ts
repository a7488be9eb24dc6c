import * as z from 'zod';

/** What came of asking people about a restore point: somebody's word, or how the asking ended without one, as a Catch gives it. */
export const AnsweredProposal = z.union([
  z.object({ approvedBy: z.array(z.string()).min(1), reason: z.string() }),
  z.object({ Error: z.string() }),
]);
type AnsweredProposal = z.infer<typeof AnsweredProposal>;

/** As a sentence without its stop. */
export function describeAnswer(answer: AnsweredProposal): string {
  if ('approvedBy' in answer) return `${answer.approvedBy.join(', ')} accepted it: ${answer.reason}`;
  return answer.Error === 'States.Timeout'
    ? 'Nobody gave another in time: silence takes the proposed one'
    : `Nobody could be asked (${answer.Error}): the proposed one is taken`;
}
