import * as z from 'zod';
import { CopyConfiguration, planPass } from '../../shared/database/copy-configuration.ts';
import { DatabaseServiceEnv } from '../../shared/database/database-kind.ts';
import { dynamodbCutOverJournal } from '../../shared/database/dynamodb-cut-over-journal.ts';
import { dynamodbRecoveryLease } from '../../shared/database/dynamodb-recovery-lease.ts';
import { asBeforeCutOver } from '../../shared/database/rds-cut-over.ts';
import { databaseService } from '../../shared/database/rds-database.ts';
import { requireDatabase } from '../../shared/database/restorable-database.ts';
import { StepEnv, StepInput, step } from '../../shared/incident/step.ts';
import type { StepEvent } from '../../shared/incident/step-event.ts';

export const ConfigureRestoredDatabaseEnv = StepEnv.extend({
  CONTROL_TABLE: z.string(),
  ...DatabaseServiceEnv.shape,
});
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
    const databases = databaseService(env);
    const found = await requireDatabase(databases, sourceIdentifier);
    const source = asBeforeCutOver(found, await journal.read());
    const { move, carryOut } = await databases.nextMove(source, identifier);
    const pass = planPass(identifier, previous, move);
    if (pass.move === move.kind) await carryOut();
    return pass;
  },
  events: (pass, { identifier }) => eventsOf(pass, identifier),
});

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
