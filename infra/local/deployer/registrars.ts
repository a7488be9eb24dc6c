/**
 * What the deployer asks of the stand-ins: one small interface for each family of resources whose stand-in
 * keeps them. Every property is resolved (no intrinsic function is left) before it reaches a registrar, and a
 * registrar throws a named error for whatever it does not support: the deployer then fails and names the resource.
 */

/** Properties of a CloudFormation resource, as the template spells them, with every intrinsic function resolved. */
export type ResourceProperties = Readonly<Record<string, unknown>>;

/** A question to IAM: may this principal do this to that? */
export interface AuthorizationRequest {
  /** ARN of a role of the template, or a service such as `events.amazonaws.com` (then resource policies decide). */
  readonly principal: string;
  /** As a policy spells it, e.g. `states:StartExecution`. */
  readonly action: string;
  readonly resource: string;
  /** The resource on whose behalf a service asks (`aws:SourceArn`), e.g. the rule that invokes a function. */
  readonly sourceArn?: string;
}

/** Returns when the request is allowed. @throws AccessDenied, worded as AWS words it. */
export type Authorize = (request: AuthorizationRequest) => void;

/** A synchronous answer of a function, as the Lambda Invoke API gives it. */
export interface FunctionResult {
  /** JSON text: what the handler returned, or `{errorType, errorMessage, trace}` when `functionError` is set. */
  readonly payload: string;
  readonly functionError?: 'Unhandled';
}

/** Invokes functions of the template. Payloads are JSON text. @throws ResourceNotFoundException for an unknown ARN. */
export interface FunctionInvoker {
  /** Waits for the answer (RequestResponse). */
  invoke(functionArn: string, payload: string): Promise<FunctionResult>;
  /**
   * Accepts the event at once (Event): retried twice, then sent to the failure destination of the template. A promise
   * that comes back resolves when the event is processed or given up, so that schedules can see their backlog.
   */
  invokeAsync(functionArn: string, payload: string): void | Promise<void>;
}

/** Delivers to queues and topics, for stand-ins that have them as targets. */
export interface MessageSender {
  sendToQueue(queueArn: string, body: string): Promise<void>;
  publishToTopic(
    topicArn: string,
    message: { readonly subject?: string; readonly body: string },
  ): Promise<void>;
}

/** AWS::StepFunctions::StateMachine */
export interface StateMachineRegistrar {
  registerStateMachine(machine: StateMachineRegistration): void | Promise<void>;
}

export interface StateMachineRegistration {
  readonly name: string;
  readonly arn: string;
  readonly roleArn: string;
  /** Amazon States Language as JSON text, substitutions already made. */
  readonly definition: string;
  readonly type: 'STANDARD' | 'EXPRESS';
}

/** AWS::Events::Rule */
export interface EventRuleRegistrar {
  registerRule(rule: EventRuleRegistration): void | Promise<void>;
}

export interface EventRuleRegistration {
  readonly name: string;
  readonly arn: string;
  readonly enabled: boolean;
  /** The event pattern; absent for a rule that only has a schedule. */
  readonly eventPattern?: ResourceProperties;
  /** `rate(…)` or `cron(…)`; absent for a rule that only has a pattern. */
  readonly scheduleExpression?: string;
  readonly targets: readonly EventTarget[];
}

export interface EventTarget {
  readonly id: string;
  /** ARN of a state machine, function, queue or topic. */
  readonly arn: string;
  /** Role that EventBridge takes to reach the target; absent where a resource policy admits EventBridge. */
  readonly roleArn?: string;
  /** JSON text given to the target instead of the event. */
  readonly input?: string;
  readonly inputPath?: string;
  readonly inputTransformer?: {
    readonly inputPathsMap: Readonly<Record<string, string>>;
    readonly inputTemplate: string;
  };
  readonly retryPolicy?: TargetRetryPolicy;
  readonly deadLetterQueueArn?: string;
}

export interface TargetRetryPolicy {
  readonly maximumRetryAttempts?: number;
  readonly maximumEventAgeSeconds?: number;
}

/** AWS::Scheduler::Schedule */
export interface ScheduleRegistrar {
  registerSchedule(schedule: ScheduleRegistration): void | Promise<void>;
}

export interface ScheduleRegistration {
  readonly name: string;
  readonly arn: string;
  readonly enabled: boolean;
  readonly scheduleExpression: string;
  readonly target: {
    readonly arn: string;
    readonly roleArn: string;
    readonly input?: string;
    readonly retryPolicy?: TargetRetryPolicy;
    readonly deadLetterQueueArn?: string;
  };
}

/** AWS::CloudWatch::Alarm */
export interface AlarmRegistrar {
  /** `properties` are those of the template (`MetricName`, `Namespace`, `Dimensions`, `AlarmActions` …). */
  registerAlarm(alarm: AlarmRegistration): void | Promise<void>;
}

export interface AlarmRegistration {
  readonly name: string;
  readonly arn: string;
  readonly properties: ResourceProperties;
}

/** AWS::SecretsManager::Secret */
export interface SecretRegistrar {
  registerSecret(secret: SecretRegistration): void | Promise<void>;
}

export interface SecretRegistration {
  readonly name: string;
  readonly arn: string;
  /** Of the template: `SecretString` or `GenerateSecretString`. */
  readonly properties: ResourceProperties;
}

/** AWS::ApiGateway::*, handed over as one API when all its parts are resolved. */
export interface RestApiRegistrar {
  registerRestApi(api: RestApiRegistration): void | Promise<void>;
}

/** A part of a REST API: `id` is what `Ref` gives for it. */
export interface RestApiPart {
  readonly id: string;
  readonly properties: ResourceProperties;
}

export interface RestApiRegistration {
  readonly id: string;
  readonly rootResourceId: string;
  readonly properties: ResourceProperties;
  /** `ParentId` is the id of another resource or `rootResourceId`. */
  readonly resources: readonly RestApiPart[];
  /** `ResourceId` is the id of a resource or `rootResourceId`. */
  readonly methods: readonly RestApiPart[];
  readonly models: readonly RestApiPart[];
  readonly requestValidators: readonly RestApiPart[];
  readonly gatewayResponses: readonly RestApiPart[];
  readonly stages: readonly RestApiPart[];
  readonly usagePlans: readonly RestApiPart[];
}

/** The stand-ins that keep what the deployer creates; the laptop composes them. */
export interface Registrars {
  readonly stateMachines: StateMachineRegistrar;
  readonly eventRules: EventRuleRegistrar;
  readonly schedules: ScheduleRegistrar;
  readonly alarms: AlarmRegistrar;
  readonly secrets: SecretRegistrar;
  readonly restApis: RestApiRegistrar;
}
