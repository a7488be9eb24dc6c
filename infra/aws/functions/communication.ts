import type { NotifyEmergencyContactsEnv } from '../../../functions/communication/notify-emergency-contacts.ts';
import type { SendUserNoticeEnv } from '../../../functions/communication/send-user-notice.ts';
import { defineFunction, type FunctionDefinition } from '../function-definition.ts';
import { pageVariables } from '../page-variables.ts';
import { permissionsOn } from '../permissions.ts';
import type { Resources } from '../resources.ts';

/** Telling people and users. */
export function communicationFunctions(resources: Resources): FunctionDefinition[] {
  const { configuration, timelineTable, userNoticeTopic } = resources;
  const may = permissionsOn(resources);
  return [
    defineFunction<NotifyEmergencyContactsEnv>('communication/notify-emergency-contacts', {
      environment: { TIMELINE_TABLE: timelineTable.tableName, ...pageVariables(resources) },
      permissions: [may.appendTimeline, ...may.page],
    }),
    defineFunction<SendUserNoticeEnv>('communication/send-user-notice', {
      environment: {
        TIMELINE_TABLE: timelineTable.tableName,
        USER_NOTICE_TOPIC: userNoticeTopic.topicArn,
        STATUS_PAGE_URL: configuration.statusPageUrl,
        SUPPORT_ADDRESS: configuration.supportAddress,
      },
      permissions: [may.appendTimeline, ...may.publish(userNoticeTopic)],
    }),
  ];
}
