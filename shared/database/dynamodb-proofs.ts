import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { dynamodb } from '../lambda/dynamodb.ts';
import { RestoredProof, type ServiceProof } from './proof.ts';

/** The proofs of an incident in the control table; a newer one replaces the older. */
export interface Proofs {
  storeRestored(incidentId: string, proof: RestoredProof): Promise<void>;
  restored(incidentId: string): Promise<RestoredProof | undefined>;
  storeService(incidentId: string, proof: ServiceProof): Promise<void>;
}

/** {@link Proofs} under `proof#<incidentId>`. */
export function dynamodbProofs(tableName: string): Proofs {
  const key = (incidentId: string, sk: 'restored' | 'service') => ({ pk: `proof#${incidentId}`, sk });
  const put = async (incidentId: string, sk: 'restored' | 'service', proof: object) => {
    await dynamodb().send(
      new PutCommand({ TableName: tableName, Item: { ...key(incidentId, sk), ...proof } }),
    );
  };
  return {
    storeRestored: (incidentId, proof) => put(incidentId, 'restored', proof),
    storeService: (incidentId, proof) => put(incidentId, 'service', proof),
    async restored(incidentId) {
      const { Item } = await dynamodb().send(
        new GetCommand({ TableName: tableName, Key: key(incidentId, 'restored'), ConsistentRead: true }),
      );
      return Item === undefined ? undefined : RestoredProof.parse(Item);
    },
  };
}
