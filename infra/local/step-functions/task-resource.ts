/** What a Task state does, as its `Resource` says. */
export type TaskResource =
  | { readonly kind: 'function'; readonly functionArn: string }
  | { readonly kind: 'invoke'; readonly waitsForToken: boolean }
  | { readonly kind: 'startExecution'; readonly wait: 'none' | 'token' | 'child' };

const byService: Readonly<Record<string, TaskResource>> = {
  'lambda:invoke': { kind: 'invoke', waitsForToken: false },
  'lambda:invoke.waitForTaskToken': { kind: 'invoke', waitsForToken: true },
  'states:startExecution': { kind: 'startExecution', wait: 'none' },
  'states:startExecution.waitForTaskToken': { kind: 'startExecution', wait: 'token' },
  'states:startExecution.sync:2': { kind: 'startExecution', wait: 'child' },
};

/** Reads the `Resource` of a Task state; undefined for an integration that the laptop does not have. */
export function parseTaskResource(resource: string): TaskResource | undefined {
  if (/^arn:aws:lambda:[^:]+:\d{12}:function:[^:]+(:[^:]+)?$/.test(resource)) {
    return { kind: 'function', functionArn: resource };
  }
  const service = /^arn:aws:states:[^:]*:[^:]*:(.+)$/.exec(resource)?.[1];
  return service === undefined ? undefined : byService[service];
}

/** Whether the task stays open until somebody sends its token back. */
export function waitsForToken(resource: TaskResource): boolean {
  return (
    (resource.kind === 'invoke' && resource.waitsForToken) ||
    (resource.kind === 'startExecution' && resource.wait === 'token')
  );
}

/** `resourceType` and `resource` of history events, as the API splits them. */
export function historyResource(resource: string): {
  readonly resourceType: string;
  readonly resource: string;
} {
  const [, , , , , resourceType = '', ...rest] = resource.split(':');
  return { resourceType, resource: rest.join(':') };
}
