import * as z from 'zod';
import { listClientSessions } from '../../shared/database/client-sessions.ts';
import { DatabaseActivity, observeActivity } from '../../shared/database/database-activity.ts';
import { DatabaseInstance } from '../../shared/database/database-instance.ts';
import { EndedSession, endSessions } from '../../shared/database/end-sessions.ts';
import { requireEndpoint } from '../../shared/database/endpoint.ts';
import { DatabaseAccessEnv, withDatabase } from '../../shared/database/postgres.ts';
import { chooseStuckSessions } from '../../shared/database/stuck-sessions.ts';
import { StepEnv, StepInput, step } from '../../shared/incident/step.ts';

export const EndStuckSessionsEnv = StepEnv.extend(DatabaseAccessEnv.shape);
export type EndStuckSessionsEnv = z.infer<typeof EndStuckSessionsEnv>;

/** SOP database_connection_restore: ends the sessions that hold slots and do nothing. Gets in by the reserved slots. */
export const handler = step({
  name: 'EndStuckSessions',
  sopStep: '3',
  input: StepInput.extend({ instance: DatabaseInstance }),
  output: z.object({ before: DatabaseActivity, after: DatabaseActivity, ended: z.array(EndedSession) }),
  env: EndStuckSessionsEnv,
  run: ({ instance }, { env }) =>
    withDatabase(requireEndpoint(instance), env, async (session) => {
      const before = await observeActivity(session);
      const stuck = chooseStuckSessions(await listClientSessions(session), before);
      const ended = await endSessions(session, stuck);
      return { before, ended, after: await observeActivity(session) };
    }),
  events: ({ before, after, ended }) => [
    {
      type: 'sessions.ended',
      summary: `${ended.length} sessions that did nothing were ended: ${before.takenSlots} of ${before.ordinarySlots} slots were taken, now ${after.takenSlots}`,
      detail: { before, after, ended: ended.slice(0, 100), endedCount: ended.length },
    },
  ],
});
