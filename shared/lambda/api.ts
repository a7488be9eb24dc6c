import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import type * as z from 'zod';
import { type Clock, systemClock } from './clock.ts';
import { environment } from './environment.ts';
import { logger } from './logger.ts';
import { ApiProblem, asProblem } from './problem.ts';
import type { Problem } from './problem-details.ts';

/** What a route gets to see of a request. */
export interface ApiRequest {
  readonly requestId: string;
  readonly pathParameters: Readonly<Record<string, string | undefined>>;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** The parsed JSON body; undefined when there is none. */
  readonly body: unknown;
  /** ARN that signed the request (SigV4); null on routes without IAM. */
  readonly callerArn: string | null;
  readonly sourceIp: string;
}

/** One route of the REST API. */
export interface ApiDefinition<Env extends z.ZodType> {
  readonly name: string;
  readonly env: Env;
  readonly run: (
    request: ApiRequest,
    tools: { readonly env: z.infer<Env>; readonly clock: Clock },
  ) => Promise<{ readonly status: number; readonly body: unknown }>;
}

/** Wraps a route: JSON in and out, every failure as RFC 9457 problem details, never a stack trace. */
export function api<Env extends z.ZodType>(definition: ApiDefinition<Env>, clock: Clock = systemClock) {
  return async (event: APIGatewayProxyEvent): Promise<APIGatewayProxyResult> => {
    const { requestId } = event.requestContext;
    try {
      const { status, body } = await definition.run(requestOf(event), {
        env: environment(definition.env),
        clock,
      });
      return respond(status, 'application/json', body);
    } catch (error) {
      const problem = asProblem(error, requestId);
      const log = problem.status >= 500 ? 'error' : 'warn';
      logger()[log](`${definition.name} refused`, {
        requestId,
        problem,
        ...(log === 'error' && { error: error as Error }),
      });
      return respond(problem.status, 'application/problem+json', problem satisfies Problem);
    }
  };
}

function requestOf(event: APIGatewayProxyEvent): ApiRequest {
  return {
    requestId: event.requestContext.requestId,
    pathParameters: event.pathParameters ?? {},
    headers: Object.fromEntries(
      Object.entries(event.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]),
    ),
    body: parseBody(event),
    callerArn: event.requestContext.identity.userArn ?? null,
    sourceIp: event.requestContext.identity.sourceIp,
  };
}

function parseBody(event: APIGatewayProxyEvent): unknown {
  if (event.body === null || event.body === undefined || event.body === '') return undefined;
  const text = event.isBase64Encoded ? Buffer.from(event.body, 'base64').toString('utf8') : event.body;
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ApiProblem(400, 'InvalidInput', 'The body is not JSON', [
      { field: 'body', detail: (error as Error).message },
    ]);
  }
}

function respond(statusCode: number, contentType: string, body: unknown): APIGatewayProxyResult {
  return {
    statusCode,
    headers: {
      'Content-Type': contentType,
      'Cache-Control': 'no-store',
      'X-Content-Type-Options': 'nosniff',
    },
    body: JSON.stringify(body),
  };
}
