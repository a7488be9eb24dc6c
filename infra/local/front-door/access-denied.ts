/** IAM does not allow the call. The message is worded as AWS words it. */
export class AccessDenied extends Error {
  override readonly name = 'AccessDenied';
  readonly action: string;
  readonly resource: string;

  constructor(callerArn: string, action: string, resource: string, because: string) {
    super(
      `User: ${callerArn} is not authorized to perform: ${action} on resource: ${resource} because ${because}`,
    );
    this.action = action;
    this.resource = resource;
  }
}
