import * as z from 'zod';
import {
  CopyConfiguration,
  type CopyMove,
  nextMove,
  planPass,
} from '../../shared/database/copy-configuration.ts';
import { dynamodbCutOverJournal } from '../../shared/database/dynamodb-cut-over-journal.ts';
import { dynamodbRecoveryLease } from '../../shared/database/dynamodb-recovery-lease.ts';
import { getInstance, modifyInstance, restartInstance } from '../../shared/database/rds.ts';
import { asBeforeCutOver } from '../../shared/database/rds-cut-over.ts';
import { StepEnv, StepInput, step } from '../../shared/incident/step.ts';
import type { StepEvent } from '../../shared/incident/step-event.ts';

export const ConfigureRestoredDatabaseEnv = StepEnv.extend({ CONTROL_TABLE: z.string() });
export type ConfigureRestoredDatabaseEnv = z.infer<typeof ConfigureRestoredDatabaseEnv>;

/**
 * Makes one move a pass towards a copy that is set up as its source is: what RDS does not take with the restore call, and whatever else
 * differs, is set; then a copy whose parameter group waits for a restart is restarted. `move` says whether another pass is needed.
 */
export const handler = step({
  name: 'ConfigureRestoredDatabase',
  sopStep: 'PITR 5',
  input: StepInput.extend({
    sourceIdentifier: z.string().min(1),
    identifier: z.string().min(1),
    /** What the pass before this one came to. */
    previous: CopyConfiguration,
  }),
  output: CopyConfiguration,
  env: ConfigureRestoredDatabaseEnv,
  run: async ({ incidentId, executionId, sourceIdentifier, identifier, previous }, { env, clock }) => {
    await dynamodbRecoveryLease(env.CONTROL_TABLE, clock).requireHeld({ incidentId, executionId });
    const journal = dynamodbCutOverJournal(env.CONTROL_TABLE, incidentId, clock);
    const source = asBeforeCutOver(await getInstance(sourceIdentifier), await journal.read());
    const move = nextMove(source, await getInstance(identifier));
    const pass = planPass(identifier, previous, move);
    if (pass.move === move.kind) await carryOut(identifier, move);
    return pass;
  },
  events: (pass, { identifier }) => eventsOf(pass, identifier),
});

async function carryOut(identifier: string, move: CopyMove): Promise<void> {
  if (move.kind === 'modify') await modifyInstance({ ...move.settings, DBInstanceIdentifier: identifier });
  if (move.kind === 'restart') await restartInstance(identifier);
}

function eventsOf(
  { pass, move, asked, changed, restarts }: CopyConfiguration,
  identifier: string,
): StepEvent[] {
  const detail = { identifier, pass, move };
  switch (move) {
    case 'modify':
      return [
        {
          type: 'restore.copy-adjusted',
          discriminator: String(pass),
          summary: `${identifier} gets what a restore leaves out: ${asked.join(', ')}`,
          detail: { ...detail, changed: asked },
        },
      ];
    case 'restart':
      return [
        {
          type: 'restore.copy-adjusted',
          discriminator: String(pass),
          summary: `${identifier} is restarted: until then its server runs without its parameter group`,
          detail,
        },
      ];
    case 'none':
      return [
        {
          type: 'restore.configured',
          summary: `${identifier} has all settings of its source${adjustments(changed, restarts)}`,
          detail: { identifier, changed, restarts, passes: pass },
        },
      ];
    default:
      return [];
  }
}

function adjustments(changed: readonly string[], restarts: number): string {
  const done = [
    ...(changed.length > 0 ? [`set were ${changed.join(', ')}`] : []),
    ...(restarts > 0 ? [`restarts: ${restarts}`] : []),
  ];
  return done.length > 0 ? ` (${done.join('; ')})` : '';
}
