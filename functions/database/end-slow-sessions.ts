import * as z from 'zod';
import { BusySession } from '../../shared/database/busy-session.ts';
import { listBusySessions } from '../../shared/database/busy-sessions.ts';
import { DatabaseInstance } from '../../shared/database/database-instance.ts';
import { EndedSlowSession, endSlowSessions } from '../../shared/database/end-slow-sessions.ts';
import { requireEndpoint } from '../../shared/database/endpoint.ts';
import { DatabaseAccessEnv, withDatabase } from '../../shared/database/postgres.ts';
import {
  decideSessions,
  LeftSession,
  SessionPolicy,
  sessionText,
} from '../../shared/database/session-policy.ts';
import { StepEnv, StepInput, step } from '../../shared/incident/step.ts';
import { jsonVariable } from '../../shared/lambda/json-variable.ts';

export const EndSlowSessionsEnv = StepEnv.extend(DatabaseAccessEnv.shape).extend({
  SESSION_POLICY: jsonVariable(SessionPolicy),
});
export type EndSlowSessionsEnv = z.infer<typeof EndSlowSessionsEnv>;

const Seen = z.array(BusySession.pick({ pid: true, backendStart: true, transactionStart: true }));

/**
 * SOP database_optimization: ends what holds the others up, as far as the configured policy allows: cancelled first, terminated only when
 * that does not help. Only who was seen before and still is at it: whoever waited behind another, and works now, is not slow.
 */
export const handler = step({
  name: 'EndSlowSessions',
  sopStep: '3',
  input: StepInput.extend({
    instance: DatabaseInstance,
    observation: z.object({
      lockChains: z.array(z.object({ root: Seen.element, waiting: z.int().positive() })),
      longQueries: Seen,
      idleInTransaction: Seen,
    }),
  }),
  output: z.object({ ended: z.array(EndedSlowSession), left: z.array(LeftSession) }),
  env: EndSlowSessionsEnv,
  run: ({ instance, observation }, { env }) =>
    withDatabase(requireEndpoint(instance), env, async (session) => {
      const { lockChains, longQueries, idleInTransaction } = observation;
      const suspects = [
        ...lockChains.map(({ root, waiting }) => ({ ...root, heldUp: waiting })),
        ...[...longQueries, ...idleInTransaction].map((seen) => ({ ...seen, heldUp: 0 })),
      ];
      const { end, leave } = decideSessions(await listBusySessions(session), env.SESSION_POLICY, suspects);
      return { ended: await endSlowSessions(session, end), left: [...leave] };
    }),
  events: ({ ended, left }) => [
    {
      type: 'slow-sessions.ended',
      summary: [
        ended.length === 0
          ? 'No session had to be ended'
          : ended.map((session) => `${session.how}: ${sessionText(session)}`).join('; '),
        ...left.map((session) => `left alone, because ${session.reason}: ${sessionText(session)}`),
      ].join('; '),
      detail: { ended, left },
    },
  ],
});
