import * as z from 'zod';
import { RiskEngineDamage } from '../../shared/assessment/damage.ts';
import { readHealthRepeatedly } from '../../shared/assessment/health-endpoint.ts';
import { StepEnv, StepInput, step } from '../../shared/incident/step.ts';

export const AssessRiskEngineEnv = StepEnv.extend({ RISK_ENGINE_HEALTH_URL: z.url() });
export type AssessRiskEngineEnv = z.infer<typeof AssessRiskEngineEnv>;

/** SOP step 2: is the risk engine responsive. */
export const handler = step({
  name: 'AssessRiskEngine',
  sopStep: '2',
  input: StepInput,
  output: RiskEngineDamage,
  env: AssessRiskEngineEnv,
  run: async (_input, { env }) => {
    const { healthy, reason, latencyMillis } = await readHealthRepeatedly(env.RISK_ENGINE_HEALTH_URL, {
      timeoutMillis: 5000,
      attempts: 3,
    });
    return { status: healthy ? ('responsive' as const) : ('unresponsive' as const), reason, latencyMillis };
  },
  events: (riskEngine) => [
    {
      type: 'risk-engine.assessed',
      summary: `The risk engine is ${riskEngine.status}: ${riskEngine.reason}`,
      detail: riskEngine,
    },
  ],
});
