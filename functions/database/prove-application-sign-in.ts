import * as z from 'zod';
import {
  ApplicationSecret,
  ApplicationSignIn,
  describeSignIns,
  type SignInRequest,
  SignInResult,
} from '../../shared/database/application-sign-in.ts';
import { DatabaseInstance } from '../../shared/database/database-instance.ts';
import { dynamodbRecoveryLease } from '../../shared/database/dynamodb-recovery-lease.ts';
import { requireEndpoint } from '../../shared/database/endpoint.ts';
import { ApplicationCannotSignIn } from '../../shared/database/errors.ts';
import { StepEnv, StepInput, step } from '../../shared/incident/step.ts';
import { jsonVariable } from '../../shared/lambda/json-variable.ts';
import { invokeFunction } from '../../shared/lambda/lambda.ts';
import { secretText } from '../../shared/lambda/secrets-manager.ts';

export const ProveApplicationSignInEnv = StepEnv.extend({
  CONTROL_TABLE: z.string(),
  /** ARNs of the secrets that the applications sign in with. */
  APPLICATION_SECRETS: jsonVariable(z.array(z.string())),
  SIGN_IN_FUNCTION: z.string().min(1),
});
export type ProveApplicationSignInEnv = z.infer<typeof ProveApplicationSignInEnv>;

/** A restored database has the passwords of the restore moment: the applications must get in with those of today. */
export const handler = step({
  name: 'ProveApplicationSignIn',
  sopStep: 'Restore 5-6',
  input: StepInput.extend({ instance: DatabaseInstance }),
  output: z.object({ applications: z.array(ApplicationSignIn) }),
  env: ProveApplicationSignInEnv,
  run: async ({ incidentId, executionId, instance }, { env, clock }) => {
    await dynamodbRecoveryLease(env.CONTROL_TABLE, clock).requireHeld({ incidentId, executionId });
    const endpoint = requireEndpoint(instance);
    const applications: ApplicationSignIn[] = [];
    for (const secretId of env.APPLICATION_SECRETS) {
      const { username: user, password } = ApplicationSecret.parse(JSON.parse(await secretText(secretId)));
      const request: SignInRequest = { ...endpoint, user, password };
      const result = SignInResult.parse(await invokeFunction(env.SIGN_IN_FUNCTION, request));
      applications.push({ user, ...result });
    }
    const refused = applications.filter(({ refusal }) => refusal !== null);
    if (refused.length > 0) {
      const reasons = refused.map(({ user, refusal }) => `${user} (${refusal})`).join(', ');
      throw new ApplicationCannotSignIn(`${instance.identifier}: refuses ${reasons}`);
    }
    return { applications };
  },
  events: ({ applications }, { instance }) => [
    {
      type: 'application-sign-in.proven',
      summary: describeSignIns(instance.identifier, applications),
      detail: { identifier: instance.identifier, applications },
    },
  ],
});
