import type { Caller } from '../front-door/credentials.ts';
import type { FunctionDefinition } from './function-definition.ts';

/** The template sets a variable that Lambda keeps for itself. */
class ReservedEnvironmentVariable extends Error {
  override readonly name = 'ReservedEnvironmentVariable';
}

/** Lambda developer guide, "Defined runtime environment variables": reserved keys. */
const reserved =
  /^(_HANDLER|_X_AMZN_TRACE_ID|AWS_DEFAULT_REGION|AWS_REGION|AWS_EXECUTION_ENV|AWS_LAMBDA_(FUNCTION_|LOG_|INITIALIZATION_|RUNTIME_).*|AWS_ACCESS_KEY(_ID)?|AWS_SECRET_ACCESS_KEY|AWS_SESSION_TOKEN|LAMBDA_TASK_ROOT|LAMBDA_RUNTIME_DIR)$/;

/**
 * The variables of a function: those of the template, those that Lambda sets, and where the laptop listens.
 * @throws ReservedEnvironmentVariable as Lambda does at deployment.
 */
export function functionEnvironment(
  definition: FunctionDefinition,
  caller: Caller,
  laptop: { readonly region: string; readonly endpointUrl: string },
): Readonly<Record<string, string>> {
  const taken = Object.keys(definition.environment).find((name) => reserved.test(name));
  if (taken) {
    throw new ReservedEnvironmentVariable(
      `${definition.name}: Environment.Variables.${taken} is reserved by Lambda`,
    );
  }
  return {
    TZ: ':UTC',
    LANG: 'en_US.UTF-8',
    AWS_REGION: laptop.region,
    AWS_DEFAULT_REGION: laptop.region,
    AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
    AWS_LAMBDA_FUNCTION_NAME: definition.name,
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(definition.memoryMegabytes),
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_FORMAT: definition.logFormat,
    AWS_LAMBDA_LOG_GROUP_NAME: definition.logGroupName,
    AWS_LAMBDA_LOG_STREAM_NAME: `laptop/[$LATEST]${caller.accessKeyId.toLowerCase()}`,
    LAMBDA_TASK_ROOT: definition.codeDirectory,
    _HANDLER: definition.handler,
    AWS_ACCESS_KEY_ID: caller.accessKeyId,
    AWS_SECRET_ACCESS_KEY: caller.secretAccessKey,
    AWS_ENDPOINT_URL: laptop.endpointUrl,
    // The developer's own profile must not reach into a function.
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    ...definition.environment,
  };
}
