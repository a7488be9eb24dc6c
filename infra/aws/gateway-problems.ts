import { ResponseType, type RestApi } from 'aws-cdk-lib/aws-apigateway';

/** What API Gateway refuses by itself, told as RFC 9457 problem details like the refusals of the functions. */
const problems: readonly GatewayProblem[] = [
  problem(
    'MISSING_AUTHENTICATION_TOKEN',
    'Forbidden',
    403,
    'There is no such route, or the request is not signed',
  ),
  problem('ACCESS_DENIED', 'Forbidden', 403, 'The caller may not do this'),
  problem('INVALID_SIGNATURE', 'Forbidden', 403, 'The signature of the request is not valid'),
  problem('EXPIRED_TOKEN', 'Forbidden', 403, 'The credentials of the caller have expired'),
  problem('BAD_REQUEST_PARAMETERS', 'InvalidInput', 400, 'A parameter of the request is missing or wrong'),
  problem('BAD_REQUEST_BODY', 'InvalidInput', 400, 'The body of the request does not fit'),
  problem('REQUEST_TOO_LARGE', 'RequestTooLarge', 413, 'The request is larger than ten megabytes'),
  problem('UNSUPPORTED_MEDIA_TYPE', 'UnsupportedMediaType', 415, 'The body must be application/json'),
  problem('THROTTLED', 'TooManyRequests', 429, 'Too many requests at once; try again in a second'),
  problem(
    'WAF_FILTERED',
    'TooManyRequests',
    429,
    'Too many requests of this address; try again in five minutes',
  ),
  problem(
    'INTEGRATION_TIMEOUT',
    'Timeout',
    504,
    'The request took too long; what it asked for may still happen',
  ),
  problem(
    'INTEGRATION_FAILURE',
    'BadGateway',
    502,
    'The function behind the route failed; quote the instance',
  ),
  problem('DEFAULT_4XX', 'BadRequest', 400, 'The request cannot be served'),
  problem('DEFAULT_5XX', 'InternalError', 500, 'The request failed; quote the instance to support'),
];

interface GatewayProblem {
  /** Kind of refusal as API Gateway names it. */
  readonly responseType: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
}

function problem(responseType: string, title: string, status: number, detail: string): GatewayProblem {
  return { responseType, title, status, detail };
}

/** Makes every refusal of API Gateway a problem document. */
export function addProblemResponses(api: RestApi): void {
  for (const { responseType, title, status, detail } of problems) {
    api.addGatewayResponse(responseType, {
      type: ResponseType.of(responseType),
      statusCode: String(status),
      responseHeaders: {
        'Content-Type': "'application/problem+json'",
        'Cache-Control': "'no-store'",
        'X-Content-Type-Options': "'nosniff'",
      },
      templates: { 'application/json': problemTemplate(title, status, detail) },
    });
  }
}

function problemTemplate(title: string, status: number, detail: string): string {
  return JSON.stringify({
    type: `about:blank#${title}`,
    title,
    status,
    detail,
    instance: '$context.requestId',
  });
}
