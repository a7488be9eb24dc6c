import * as z from 'zod';
import { dynamodbRecoveryLease } from '../../shared/database/dynamodb-recovery-lease.ts';
import { DatabaseInstanceBusy, ReplicaNotRecreated } from '../../shared/database/errors.ts';
import {
  createReplica,
  findInstance,
  findInstanceByResourceId,
  getInstance,
  modifyInstance,
} from '../../shared/database/rds.ts';
import { asideName, nextReplicaMove, type ReplicaMove } from '../../shared/database/replica-recreation.ts';
import { StepEnv, StepInput, step } from '../../shared/incident/step.ts';
import { jsonVariable } from '../../shared/lambda/json-variable.ts';

export const RecreateReplicasEnv = StepEnv.extend({
  CONTROL_TABLE: z.string().min(1),
  DATABASE_IDENTIFIER: z.string().min(1),
  /** Names of the replicas that are made anew, as JSON. */
  REPLICA_IDENTIFIERS: jsonVariable(z.array(z.string().min(1))),
});
export type RecreateReplicasEnv = z.infer<typeof RecreateReplicasEnv>;

/** A pass a minute: trading stands still meanwhile, and does not need replicas. */
const MOST_PASSES = 15;

/** After a cut-over: readers must not go on reading what was replaced. One move of each replica a pass; the cut-over stands either way. */
export const handler = step({
  name: 'RecreateReplicas',
  sopStep: 'PITR 6',
  input: StepInput.extend({
    replacedResourceId: z.string().min(1),
    /** Name that the live database had as a replica; null where it was restored. */
    promoted: z.string().nullable(),
    /** Passes before this one. */
    passes: z.int().nonnegative(),
  }),
  output: z.object({
    /** Every replica follows the live database, or is being made. */
    done: z.boolean(),
    renamed: z.array(z.string()),
    created: z.array(z.string()),
    passes: z.int().positive(),
  }),
  env: RecreateReplicasEnv,
  run: async ({ incidentId, executionId, replacedResourceId, promoted, passes }, { env, clock }) => {
    await dynamodbRecoveryLease(env.CONTROL_TABLE, clock).requireHeld({ incidentId, executionId });
    const counted = { passes: passes + 1 };
    if (env.REPLICA_IDENTIFIERS.length === 0) return { ...counted, done: true, renamed: [], created: [] };
    const [live, replaced] = await Promise.all([
      getInstance(env.DATABASE_IDENTIFIER),
      findInstanceByResourceId(replacedResourceId),
    ]);
    if (replaced === undefined) throw new ReplicaNotRecreated(`${replacedResourceId}: RDS no longer has it`);
    const moves: { name: string; move: ReplicaMove }[] = [];
    for (const name of env.REPLICA_IDENTIFIERS) {
      const [holder, aside] = await Promise.all([
        findInstance(name),
        findInstance(asideName(name, incidentId)),
      ]);
      const facts = { name, holder, aside, live, replaced, promoted: name === promoted, incidentId };
      moves.push({ name, move: await carryOut(nextReplicaMove(facts)) });
    }
    const namesOf = (kind: ReplicaMove['kind']) =>
      moves.filter(({ move }) => move.kind === kind).map(({ name }) => name);
    const open = moves.filter(({ move }) => move.kind === 'wait' || move.kind === 'rename');
    if (open.length > 0 && counted.passes >= MOST_PASSES)
      throw new ReplicaNotRecreated(
        `${open.map(({ name, move }) => (move.kind === 'wait' ? move.reason : `${name} steps aside`)).join('; ')} after ${counted.passes} passes`,
      );
    return {
      ...counted,
      done: open.length === 0,
      renamed: namesOf('rename'),
      created: namesOf('create'),
    };
  },
  events: ({ renamed, created }, { promoted }) =>
    renamed.length + created.length === 0
      ? []
      : [
          {
            type: 'replicas.recreated',
            discriminator: `${renamed.join()}#${created.join()}`,
            summary: [
              ...(renamed.length === 0
                ? []
                : [`Set aside, for it follows what was replaced: ${renamed.join(', ')}`]),
              ...(created.length === 0 ? [] : [`Made anew from the live database: ${created.join(', ')}`]),
            ].join('. '),
            detail: { renamed, created, promoted },
          },
        ],
});

/** @returns the move as it was made: what is busy is waited for like what is not settled. */
async function carryOut(move: ReplicaMove): Promise<ReplicaMove> {
  try {
    if (move.kind === 'create') await createReplica(move.request);
    if (move.kind === 'rename')
      await modifyInstance({
        DBInstanceIdentifier: move.identifier,
        NewDBInstanceIdentifier: move.newIdentifier,
      });
    return move;
  } catch (error) {
    if (error instanceof DatabaseInstanceBusy) return { kind: 'wait', reason: error.message };
    throw error;
  }
}
