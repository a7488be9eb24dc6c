/** An error that a stand-in answers over the wire, under the code that the AWS service gives it. */
export class ServiceError extends Error {
  override readonly name = 'ServiceError';
  /** The shape name of the service's model, e.g. `ExecutionAlreadyExists`. */
  readonly code: string;
  readonly status: number;

  constructor(code: string, message: string, status = 400) {
    super(message);
    this.code = code;
    this.status = status;
  }
}
