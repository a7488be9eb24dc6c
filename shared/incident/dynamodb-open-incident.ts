import { DeleteCommand, GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import { dynamodb, isConditionFailed, putIfAbsent } from '../lambda/dynamodb.ts';
import { ServiceUnavailable } from '../lambda/errors.ts';
import { Incident } from './incident.ts';
import type { Severity } from './severity.ts';

const KEY = { pk: 'incident', sk: 'open' };

/** The open incident: one for the whole platform. */
export const OpenIncidentRecord = z.object({
  incident: Incident,
  severity: Incident.shape.severity,
  /** The execution that opened it. */
  openedBy: z.string(),
  /** The execution that raised it to a graver severity last. */
  raisedBy: z.string().nullable(),
});
export type OpenIncidentRecord = z.infer<typeof OpenIncidentRecord>;

/** The pointer to the open incident in the control table. */
export interface OpenIncidents {
  read(): Promise<OpenIncidentRecord | undefined>;
  /** Opens `incident`, or gives back the one that is open already. A repeated call of the same execution finds its own. */
  openOrFind(incident: Incident, executionId: string): Promise<OpenIncidentRecord>;
  /** Raises the open incident to `severity` for `executionId`; gives false when it is that grave already or another one is open. */
  raise(incidentId: string, from: Severity, to: Severity, executionId: string): Promise<boolean>;
  /** Forgets the open incident if it is this one; a repeated call does nothing. */
  close(incidentId: string): Promise<void>;
}

/** {@link OpenIncidents} on one item of the control table, every write conditional. */
export function dynamodbOpenIncidents(tableName: string): OpenIncidents {
  async function read(): Promise<OpenIncidentRecord | undefined> {
    const { Item } = await dynamodb().send(
      new GetCommand({ TableName: tableName, Key: KEY, ConsistentRead: true }),
    );
    return Item === undefined ? undefined : OpenIncidentRecord.parse(Item);
  }
  return {
    read,
    async openOrFind(incident, executionId) {
      const record: OpenIncidentRecord = {
        incident,
        severity: incident.severity,
        openedBy: executionId,
        raisedBy: null,
      };
      if (await putIfAbsent(tableName, { ...KEY, incidentId: incident.incidentId, ...record })) return record;
      const found = await read();
      if (found === undefined)
        throw new ServiceUnavailable('The open incident was closed this very moment: try again');
      return found;
    },
    async raise(incidentId, from, to, executionId) {
      try {
        await dynamodb().send(
          new UpdateCommand({
            TableName: tableName,
            Key: KEY,
            UpdateExpression: 'SET severity = :to, raisedBy = :by',
            ConditionExpression: 'incidentId = :id AND severity = :from',
            ExpressionAttributeValues: { ':to': to, ':by': executionId, ':id': incidentId, ':from': from },
          }),
        );
        return true;
      } catch (error) {
        if (isConditionFailed(error)) return false;
        throw error;
      }
    },
    async close(incidentId) {
      try {
        await dynamodb().send(
          new DeleteCommand({
            TableName: tableName,
            Key: KEY,
            ConditionExpression: 'attribute_not_exists(pk) OR incidentId = :id',
            ExpressionAttributeValues: { ':id': incidentId },
          }),
        );
      } catch (error) {
        if (!isConditionFailed(error)) throw error;
      }
    },
  };
}
