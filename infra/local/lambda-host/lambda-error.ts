/** The function does not exist. */
export class ResourceNotFound extends Error {
  override readonly name = 'ResourceNotFoundException';
}

/** More invocations at once than the function reserves. */
export class TooManyRequests extends Error {
  override readonly name = 'TooManyRequestsException';
}

/** The payload is larger than Lambda takes. */
export class RequestTooLarge extends Error {
  override readonly name = 'RequestTooLargeException';
}

/** The payload is not JSON. */
export class InvalidRequestContent extends Error {
  override readonly name = 'InvalidRequestContentException';
}
