import * as z from 'zod';
import { CopyConfigurationUnsettled } from './errors.ts';

/** How often a copy is looked at before it is given up: two settings that RDS shows late, each asked for twice, and a restart need seven. */
const MAX_PASSES = 10;

/** How far the configuration of a copy has come; what one pass hands to the next. */
export const CopyConfiguration = z.object({
  /** Passes so far. */
  pass: z.int().nonnegative(),
  /**
   * What this pass did, or found to be done: `modify` and `restart` were asked of RDS, `await` is for RDS to finish, `wait` for RDS to
   * show what it was asked for. `none`: the copy is as its source is.
   */
  move: z.enum(['modify', 'restart', 'await', 'wait', 'none']),
  /** Names of the settings that this pass asked for, or would ask for again. */
  asked: z.array(z.string()),
  /** Names of all settings that were changed. */
  changed: z.array(z.string()),
  /** How often the copy was restarted for its parameter group. */
  restarts: z.int().nonnegative(),
});
export type CopyConfiguration = z.infer<typeof CopyConfiguration>;

/** What is still to be done to a copy. */
export type CopyMove =
  | {
      readonly kind: 'modify';
      /** Names of the settings, or of the parts, that are missing; sorted. */
      readonly asked: readonly string[];
    }
  | { readonly kind: 'restart' }
  | { readonly kind: 'await' }
  | { readonly kind: 'wait'; readonly for: readonly string[] }
  | { readonly kind: 'none' };

/**
 * What one pass does about a move. RDS shows for some seconds what an instance was before it took a change: the same move twice in a
 * row is therefore waited for once before it is asked for again.
 * @throws {CopyConfigurationUnsettled} when something is left after the last pass.
 */
export function planPass(identifier: string, previous: CopyConfiguration, move: CopyMove): CopyConfiguration {
  const asked = move.kind === 'modify' ? [...move.asked] : [];
  if (move.kind !== 'none' && previous.pass >= MAX_PASSES)
    throw new CopyConfigurationUnsettled(
      `${identifier}: after ${previous.pass} passes there is still to ${move.kind}: ${leftOver(move, asked)}`,
    );
  const repeated = move.kind === previous.move && String(asked) === String(previous.asked);
  const asksRds = move.kind === 'modify' || move.kind === 'restart';
  const kind = repeated && asksRds ? 'wait' : move.kind;
  return {
    pass: previous.pass + 1,
    move: kind,
    asked,
    changed: [...new Set([...previous.changed, ...(kind === 'modify' ? asked : [])])].sort(),
    restarts: previous.restarts + (kind === 'restart' ? 1 : 0),
  };
}

function leftOver(move: CopyMove, asked: readonly string[]): string {
  if (move.kind === 'modify') return asked.join(', ');
  if (move.kind === 'wait') return move.for.join(', ');
  return move.kind === 'restart' ? 'its parameter group waits for a restart' : 'it is not ready';
}
