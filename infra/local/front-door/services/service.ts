import type { RequestContext } from '../iam-condition.ts';

/** Something that a call needs to be allowed to do. */
export interface Permission {
  readonly action: string;
  readonly resource: string;
  readonly context?: RequestContext;
}

/** Where ARNs live, and what only a stand-in can know about them. */
export interface AccountScope {
  readonly accountId: string;
  readonly region: string;
  /** The state machine that waits for a task token; `undefined` when no task waits for it. */
  readonly machineOfTaskToken?: (token: string) => string | undefined;
  /** ARN of a secret by its name: policies name secrets by ARN, whose end nobody can guess. */
  readonly secretArn?: (name: string) => string | undefined;
  /** The key under which an instance of RDS stores its data. */
  readonly storageKeyArn?: (instanceIdentifier: string) => string | undefined;
  /** ARNs of an RDS proxy and of its target group, whose ids no request names. */
  readonly dbProxy?: (name: string) => { readonly arn: string; readonly targetGroupArn: string } | undefined;
  /** Whether an address is an identity of SES by itself; otherwise its domain is. */
  readonly isEmailIdentity?: (address: string) => boolean;
}

export type JsonObject = Readonly<Record<string, unknown>>;

/** A REST request, taken apart. */
export interface RestRequest {
  readonly method: string;
  /** Decoded parts of the path. */
  readonly segments: readonly string[];
  readonly query: URLSearchParams;
  /** Parsed body; empty for operations whose body is data. */
  readonly body: JsonObject;
}

/** By operation: what the caller must be allowed to do. An operation that is not listed is refused by name. */
type OperationPermissions<Input> = Readonly<
  Record<string, (input: Input, scope: AccountScope) => readonly Permission[]>
>;

interface ServiceIdentity {
  /** The name in the credential scope of a signature. */
  readonly signingName: string;
  /** As CloudTrail names the service. */
  readonly eventSource: string;
}

/** AWS JSON 1.0 or 1.1: the operation is in `X-Amz-Target`. */
export interface JsonService extends ServiceIdentity {
  readonly protocol: 'json';
  readonly operations: OperationPermissions<JsonObject>;
}

/** AWS Query: the operation is in the form's `Action`, answers are XML. */
export interface QueryService extends ServiceIdentity {
  readonly protocol: 'query';
  readonly operations: OperationPermissions<URLSearchParams>;
}

/** REST with JSON or XML answers: the operation follows from method, path and query. */
export interface RestService extends ServiceIdentity {
  readonly protocol: 'rest-json' | 'rest-xml';
  operationOf(request: RestRequest): string | undefined;
  readonly operations: OperationPermissions<RestRequest>;
}

export type Service = JsonService | QueryService | RestService;

/** `arn:aws:<service>:<region>:<account>:<resource>` */
export function arn(scope: AccountScope, service: string, resource: string): string {
  return `arn:aws:${service}:${scope.region}:${scope.accountId}:${resource}`;
}

/** Takes a name or an ARN and gives the ARN. */
export function arnOf(nameOrArn: string, toArn: (name: string) => string): string {
  return nameOrArn.startsWith('arn:') ? nameOrArn : toArn(nameOrArn);
}

/** The text of a field, or an empty text when it is missing: the stand-in then answers with the service's own error. */
export function text(input: JsonObject, field: string): string {
  const value = input[field];
  return typeof value === 'string' ? value : '';
}
