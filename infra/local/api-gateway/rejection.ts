/** The kinds of answers that API Gateway gives by itself, as AWS::ApiGateway::GatewayResponse names them. */
export type RejectionType =
  | 'ACCESS_DENIED'
  | 'API_CONFIGURATION_ERROR'
  | 'BAD_REQUEST_BODY'
  | 'BAD_REQUEST_PARAMETERS'
  | 'DEFAULT_5XX'
  | 'INTEGRATION_TIMEOUT'
  | 'INVALID_SIGNATURE'
  | 'MISSING_AUTHENTICATION_TOKEN'
  | 'REQUEST_TOO_LARGE'
  | 'THROTTLED'
  | 'WAF_FILTERED';

interface Usual {
  readonly status: number;
  /** Of the `x-amzn-ErrorType` header. */
  readonly errorType: string;
}

/** Status and error type without a gateway response of one's own. */
export const usualAnswers: Readonly<Record<RejectionType, Usual>> = {
  ACCESS_DENIED: { status: 403, errorType: 'AccessDeniedException' },
  API_CONFIGURATION_ERROR: { status: 500, errorType: 'InternalServerErrorException' },
  BAD_REQUEST_BODY: { status: 400, errorType: 'BadRequestException' },
  BAD_REQUEST_PARAMETERS: { status: 400, errorType: 'BadRequestException' },
  DEFAULT_5XX: { status: 502, errorType: 'InternalServerErrorException' },
  INTEGRATION_TIMEOUT: { status: 504, errorType: 'InternalServerErrorException' },
  INVALID_SIGNATURE: { status: 403, errorType: 'InvalidSignatureException' },
  MISSING_AUTHENTICATION_TOKEN: { status: 403, errorType: 'MissingAuthenticationTokenException' },
  REQUEST_TOO_LARGE: { status: 413, errorType: 'RequestTooLargeException' },
  THROTTLED: { status: 429, errorType: 'TooManyRequestsException' },
  WAF_FILTERED: { status: 403, errorType: 'ForbiddenException' },
};

/** A request that API Gateway answers by itself. */
export class Rejection extends Error {
  override readonly name = 'Rejection';
  readonly type: RejectionType;
  /** What the schema says against the body, for `$context.error.validationErrorString`. */
  readonly validationError: string | undefined;

  constructor(type: RejectionType, message: string, validationError?: string) {
    super(message);
    this.type = type;
    this.validationError = validationError;
  }
}
