import { CloudWatchClient, DescribeAlarmHistoryCommand } from '@aws-sdk/client-cloudwatch';
import { once } from '../lambda/once.ts';

const cloudwatch = once(() => new CloudWatchClient({ maxAttempts: 3 }));

/** One change of an alarm. */
export interface AlarmChange {
  readonly alarmName: string;
  readonly at: string | null;
  readonly summary: string;
}

/** State changes of an alarm since a moment (RFC 3339), newest first, a hundred at most. Throws the SDK's errors. */
export async function alarmHistory(alarmName: string, since: string): Promise<AlarmChange[]> {
  const { AlarmHistoryItems } = await cloudwatch().send(
    new DescribeAlarmHistoryCommand({
      AlarmName: alarmName,
      HistoryItemType: 'StateUpdate',
      StartDate: new Date(since),
      MaxRecords: 100,
      ScanBy: 'TimestampDescending',
    }),
  );
  return (AlarmHistoryItems ?? []).map(({ AlarmName, Timestamp, HistorySummary }) => ({
    alarmName: AlarmName ?? alarmName,
    at: Timestamp?.toISOString() ?? null,
    summary: HistorySummary ?? '',
  }));
}
