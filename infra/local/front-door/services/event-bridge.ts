import { arn, arnOf, type JsonObject, type JsonService, text } from './service.ts';

/** EventBridge. */
export const eventBridge: JsonService = {
  signingName: 'events',
  eventSource: 'events.amazonaws.com',
  protocol: 'json',
  operations: {
    PutEvents: (input, scope) =>
      (Array.isArray(input.Entries) ? (input.Entries as JsonObject[]) : []).map((entry) => ({
        action: 'events:PutEvents',
        resource: arnOf(text(entry, 'EventBusName') || 'default', (bus) =>
          arn(scope, 'events', `event-bus/${bus}`),
        ),
      })),
  },
};
