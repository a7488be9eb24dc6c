import type { PageEnv } from '../../shared/communication/page.ts';
import type { Variables } from './function-definition.ts';
import type { Resources } from './resources.ts';

/** Environment of every function that pages people. */
export function pageVariables({ configuration, incidentTopic }: Resources): Variables<PageEnv> {
  return {
    INCIDENT_TOPIC: incidentTopic.topicArn,
    EMERGENCY_CONTACTS: JSON.stringify(configuration.emergencyContacts),
    NOTICE_FROM_ADDRESS: configuration.notices.fromAddress,
  };
}
