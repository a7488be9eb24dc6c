import { CloudWatchClient, SetAlarmStateCommand } from '@aws-sdk/client-cloudwatch';
import { PAST_THE_FRONT_DOOR } from '../laptop/running-system.ts';
import type { Laptop } from '../laptop.ts';
import { ImpossibleFault } from './faults.ts';
import type { Scenario } from './scenario.ts';

/**
 * Puts an alarm into ALARM, as CloudWatch would: from here on everything is the real event.
 * @throws {ImpossibleFault} when there is no such alarm.
 */
export async function setOffAlarm(
  { account, services, system }: Laptop,
  { name, reason }: NonNullable<Scenario['alarm']>,
): Promise<void> {
  if (!system.alarms.includes(name)) {
    throw new ImpossibleFault(`alarm.name: there is no ${name}, only ${system.alarms.join(', ')}`);
  }
  const client = new CloudWatchClient({
    endpoint: services.cloudWatch.address,
    region: account.region,
    credentials: PAST_THE_FRONT_DOOR,
  });
  try {
    await client.send(
      new SetAlarmStateCommand({ AlarmName: name, StateValue: 'ALARM', StateReason: reason }),
    );
  } finally {
    client.destroy();
  }
}
