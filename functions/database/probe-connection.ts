import type * as z from 'zod';
import { EndpointFacts } from '../../shared/database/connection-facts.ts';
import { DatabaseAccessEnv, DatabaseEndpointEnv } from '../../shared/database/postgres.ts';
import { probeEndpoint } from '../../shared/database/probe-endpoint.ts';
import { StepEnv, StepInput, step } from '../../shared/incident/step.ts';

export const ProbeConnectionEnv = StepEnv.extend({
  ...DatabaseEndpointEnv.shape,
  ...DatabaseAccessEnv.shape,
});
export type ProbeConnectionEnv = z.infer<typeof ProbeConnectionEnv>;

/** SOP database_connection_restore: how far a client inside the network gets at the endpoint that every client knows. */
export const handler = step({
  name: 'ProbeConnection',
  sopStep: '3',
  input: StepInput,
  output: EndpointFacts,
  env: ProbeConnectionEnv,
  run: (_input, { env, clock }) =>
    probeEndpoint({ host: env.DATABASE_HOST, port: env.DATABASE_PORT }, env, clock.now()),
  events: () => [],
});
