import type { Incident } from '../incident/incident.ts';
import { addSeconds } from '../lambda/clock.ts';

/** Where users look and write. */
export interface NoticeContacts {
  readonly statusPageUrl: string;
  readonly supportAddress: string;
}

/** The next update is promised this long after a notice. */
const NEXT_UPDATE_SECONDS = 30 * 60;

/** SOP "Emergency Incident Communication": what users read when trouble starts. Tells what they can rely on and no cause that is not known yet. */
export function emergencyNotice(
  incident: Incident,
  halted: boolean,
  sentAt: string,
  contacts: NoticeContacts,
): string {
  return [
    'TESTUDO PLATFORM ALERT',
    '',
    'Status: Service Disruption',
    `Severity: ${incident.severity === 'P0' ? 'Critical' : 'High'}`,
    `Started: ${readable(incident.detectedAt)}`,
    '',
    'Current Impact:',
    halted
      ? '- New orders are not accepted until recovery is complete'
      : '- Trading continues; some actions may take longer than usual',
    '- Account access may be slow or unavailable',
    '',
    'Actions Taken:',
    halted
      ? '- Trading was halted to protect your positions'
      : '- The cause is being removed while trading continues',
    '- Our recovery procedure is running',
    '',
    'We are working to resolve this immediately.',
    '',
    `Next Update: ${readable(addSeconds(sentAt, NEXT_UPDATE_SECONDS))}`,
    `Status Page: ${contacts.statusPageUrl}`,
    `Support: ${contacts.supportAddress}`,
    `Reference: ${incident.incidentId}`,
    '',
    '- The Testudo Emergency Response Team',
  ].join('\n');
}

/** What users read when the service is back. */
export function resolvedNotice(incident: Incident, resolvedAt: string, contacts: NoticeContacts): string {
  return [
    'TESTUDO PLATFORM NOTICE',
    '',
    'Status: Service Restored',
    `Started: ${readable(incident.detectedAt)}`,
    `Restored: ${readable(resolvedAt)}`,
    '',
    'Trading is available again. Your data was verified before trading resumed.',
    'Please check your open positions and orders.',
    '',
    `Status Page: ${contacts.statusPageUrl}`,
    `Support: ${contacts.supportAddress}`,
    `Reference: ${incident.incidentId}`,
    '',
    '- The Testudo Team',
  ].join('\n');
}

function readable(timestamp: string): string {
  return `${new Date(timestamp).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
