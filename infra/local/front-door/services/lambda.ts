import { arn, arnOf, type RestService } from './service.ts';

/** Lambda, for Invoke. Resource: Service Authorization Reference, "AWS Lambda". */
export const lambda: RestService = {
  signingName: 'lambda',
  eventSource: 'lambda.amazonaws.com',
  protocol: 'rest-json',
  operationOf: ({ method, segments }) =>
    method === 'POST' && segments[1] === 'functions' && segments[3] === 'invocations' ? 'Invoke' : undefined,
  operations: {
    Invoke: ({ segments }, scope) => [
      {
        action: 'lambda:InvokeFunction',
        resource: arnOf(segments[2] ?? '', (name) => arn(scope, 'lambda', `function:${name}`)),
      },
    ],
  },
};
