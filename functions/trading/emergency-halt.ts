import * as z from 'zod';
import type { Actor } from '../../shared/incident/actor.ts';
import { api } from '../../shared/lambda/api.ts';
import { logger } from '../../shared/lambda/logger.ts';
import { parseRequest } from '../../shared/lambda/problem.ts';
import { EmergencyHaltRequest, type HaltAccepted } from '../../shared/trading/api-contract.ts';
import { dynamodbTradingControl } from '../../shared/trading/dynamodb-trading-control.ts';
import { authorizeByToken } from '../../shared/trading/emergency-token-secret.ts';

export const EmergencyHaltEnv = z.object({
  CONTROL_TABLE: z.string(),
  TRADING_STATE_TOPIC: z.string(),
  EMERGENCY_TOKEN_SECRET: z.string(),
  INCIDENT_RESPONSE: z.string(),
});
export type EmergencyHaltEnv = z.infer<typeof EmergencyHaltEnv>;

/** SOP step 1.1, `POST /emergency/halt-trading`: stops trading, then starts the response. A response that cannot start never undoes the halt. */
export const handler = api({
  name: 'EmergencyHalt',
  env: EmergencyHaltEnv,
  run: async (request, { env, clock }) => {
    const tokenId = await authorizeByToken(request.headers, env.EMERGENCY_TOKEN_SECRET, clock);
    const { reason, reference } = parseRequest(EmergencyHaltRequest, request.body ?? {}, 'body');
    const actor: Actor = { kind: 'token', id: tokenId };
    const control = dynamodbTradingControl(env.CONTROL_TABLE, env.TRADING_STATE_TOPIC, clock);
    const receipt = await control.halt({ actor, reason, incidentId: null });
    const incident = await startResponse(env.INCIDENT_RESPONSE, request.requestId, {
      trigger: 'emergency-endpoint',
      severity: 'P0',
      summary: reason,
      ...(reference !== undefined && { reference }),
      requestId: request.requestId,
      actor,
      detectedAt: receipt.changed ? receipt.changedAt : clock.now().toISOString(),
    });
    return {
      status: 202,
      body: {
        tradingState: receipt.state,
        epoch: receipt.epoch,
        changedAt: receipt.changedAt,
        changed: receipt.changed,
        incident,
      } satisfies HaltAccepted,
    };
  },
});

/** Step Functions is loaded only after trading stands still: it would lengthen the cold start of the halt. */
async function startResponse(
  stateMachineArn: string,
  requestId: string,
  input: object,
): Promise<HaltAccepted['incident']> {
  try {
    const { startExecution } = await import('../../shared/lambda/step-functions.ts');
    return { started: true, executionArn: await startExecution(stateMachineArn, `halt-${requestId}`, input) };
  } catch (error) {
    logger().error('IncidentResponseNotStarted', { error: error as Error });
    return {
      started: false,
      problem: `Trading is halted, but the response did not start: ${(error as Error).name}`,
    };
  }
}
