import type { JsonService } from './service.ts';

/** CloudTrail: LookupEvents has no resource. */
export const cloudTrail: JsonService = {
  signingName: 'cloudtrail',
  eventSource: 'cloudtrail.amazonaws.com',
  protocol: 'json',
  operations: { LookupEvents: () => [{ action: 'cloudtrail:LookupEvents', resource: '*' }] },
};
