import type { EndpointFacts, EndpointFault } from './connection-facts.ts';
import { observeActivity } from './database-activity.ts';
import { DatabaseUnreachable, StatementFailed } from './errors.ts';
import { type DatabaseAccessEnv, type DatabaseEndpoint, withDatabase } from './postgres.ts';
import { identifyServer } from './server-identity.ts';
import { probeTls } from './tls-probe.ts';

/**
 * Tries to become a client, stage by stage: name, packets, encryption, certificate, sign-in, slots. Where it is stopped is the
 * finding; it rejects for no state of the database.
 */
export async function probeEndpoint(
  endpoint: DatabaseEndpoint,
  access: DatabaseAccessEnv,
  now: Date,
): Promise<EndpointFacts> {
  const { fault, certificate } = await probeTls(endpoint, access.DATABASE_CA_PEM, now);
  const found: EndpointFacts = { ...endpoint, fault, certificate, activity: null, inRecovery: null };
  if (fault !== null) return found;
  try {
    return await withDatabase(endpoint, access, async (session) => {
      const { inRecovery } = await identifyServer(session);
      return { ...found, activity: await observeActivity(session), inRecovery };
    });
  } catch (error) {
    return { ...found, fault: signInFault(error) };
  }
}

function signInFault(error: unknown): EndpointFault {
  if (error instanceof DatabaseUnreachable)
    return { stage: 'sign-in', code: error.fault, message: error.message };
  if (error instanceof StatementFailed)
    return { stage: 'sign-in', code: error.sqlState, message: error.message };
  throw error;
}
