import * as z from 'zod';
import { listClientSessions } from '../../shared/database/client-sessions.ts';
import { DatabaseInstance } from '../../shared/database/database-instance.ts';
import { dynamodbCutOverJournal } from '../../shared/database/dynamodb-cut-over-journal.ts';
import { dynamodbRecoveryLease } from '../../shared/database/dynamodb-recovery-lease.ts';
import { EndedSession, endSessions } from '../../shared/database/end-sessions.ts';
import { requireEndpoint } from '../../shared/database/endpoint.ts';
import { SourceSessionsRemain } from '../../shared/database/errors.ts';
import { DatabaseAccessEnv, type DatabaseSession, withDatabase } from '../../shared/database/postgres.ts';
import { closeDatabase, isServerDown } from '../../shared/database/source-fence.ts';
import { StepEnv, StepInput, step } from '../../shared/incident/step.ts';

export const EndSourceSessionsEnv = StepEnv.extend({
  CONTROL_TABLE: z.string().min(1),
  ...DatabaseAccessEnv.shape,
});
export type EndSourceSessionsEnv = z.infer<typeof EndSourceSessionsEnv>;

/** A closed database lets nobody in again; who was signing in at that very moment comes once more. */
const ROUNDS = 20;
/** SOP Full Database Restore step 1: closes the old database to all but the recovery, then stops all application connections. */
export const handler = step({
  name: 'EndSourceSessions',
  sopStep: 'Restore 1',
  input: StepInput.extend({ instance: DatabaseInstance }),
  output: z.object({ ended: z.array(EndedSession), serverDown: z.boolean() }),
  env: EndSourceSessionsEnv,
  run: async ({ incidentId, executionId, instance }, { env, clock }) => {
    // After another recovery's cut-over the same name leads to the new database, whose sessions are not this one's to end.
    await dynamodbRecoveryLease(env.CONTROL_TABLE, clock).requireHeld({ incidentId, executionId });
    const journal = dynamodbCutOverJournal(env.CONTROL_TABLE, incidentId, clock);
    await journal.noteClosing('closing');
    try {
      const ended = await withDatabase(requireEndpoint(instance), env, closeAndEndAll, { readOnly: false });
      await journal.noteClosing('closed');
      return { ended, serverDown: false };
    } catch (error) {
      // A damaged server that does not run has no sessions, and the fence and the restart of the renaming let none in.
      if (!isServerDown(error)) throw error;
      await journal.noteClosing('left-open');
      return { ended: [], serverDown: true };
    }
  },
  events: ({ ended, serverDown }) => [
    {
      type: 'cut-over.source-sessions-ended',
      summary: serverDown
        ? 'The old database does not run: it has no sessions'
        : `${ended.length} sessions on the old database were ended; none is left`,
      detail: { ended: ended.slice(0, 100), endedCount: ended.length, serverDown },
    },
  ],
});

/** @throws {SourceSessionsRemain} when sessions come back as fast as they are ended. */
async function closeAndEndAll(session: DatabaseSession): Promise<EndedSession[]> {
  await closeDatabase(session);
  const ended: EndedSession[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const sessions = await listClientSessions(session);
    if (sessions.length === 0) return ended;
    ended.push(...(await endSessions(session, sessions)));
  }
  const remaining = await listClientSessions(session);
  if (remaining.length === 0) return ended;
  const names = [...new Set(remaining.map(({ user, application }) => `${user} (${application})`))];
  throw new SourceSessionsRemain(
    `${remaining.length} sessions come back as fast as they are ended: ${names.join(', ')}`,
  );
}
