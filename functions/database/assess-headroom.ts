import * as z from 'zod';
import { readInstanceLoad } from '../../shared/database/cloudwatch-metrics.ts';
import {
  findBoundResources,
  HeadroomFinding,
  InstanceCapacity,
  InstanceLoad,
} from '../../shared/database/headroom.ts';
import { capacityOf } from '../../shared/database/instance-capacity.ts';
import {
  ChangePolicy,
  ChangeProposal,
  changeText,
  proposeChange,
} from '../../shared/database/instance-change.ts';
import { getInstance } from '../../shared/database/rds.ts';
import { StepEnv, StepInput, step } from '../../shared/incident/step.ts';
import { jsonVariable } from '../../shared/lambda/json-variable.ts';

export const AssessHeadroomEnv = StepEnv.extend({
  DATABASE_IDENTIFIER: z.string().min(1),
  CHANGE_POLICY: jsonVariable(ChangePolicy),
});
export type AssessHeadroomEnv = z.infer<typeof AssessHeadroomEnv>;

/** SOP database_optimization: what the instance is at the end of (RDS and CloudWatch), and what would give it room. Changes nothing. */
export const handler = step({
  name: 'AssessHeadroom',
  sopStep: '3',
  input: StepInput,
  output: z.object({
    capacity: InstanceCapacity,
    load: InstanceLoad,
    findings: z.array(HeadroomFinding),
    proposal: ChangeProposal.nullable(),
    proposed: z.boolean(),
    urgent: z.boolean(),
    obstacles: z.array(z.string()),
    /** Findings and obstacles in words, for whoever is told that it is still slow. */
    words: z.array(z.string()),
  }),
  env: AssessHeadroomEnv,
  run: async (_input, { env, clock }) => {
    const capacity = capacityOf(await getInstance(env.DATABASE_IDENTIFIER));
    const load = await readInstanceLoad(env.DATABASE_IDENTIFIER, clock.now());
    const findings = findBoundResources(load, capacity);
    const { proposal, obstacles } = proposeChange(findings, capacity, env.CHANGE_POLICY);
    const words = [...findings.map(({ text }) => text), ...obstacles];
    return {
      capacity,
      load,
      findings,
      proposal,
      proposed: proposal !== null,
      urgent: proposal?.urgent ?? false,
      obstacles: [...obstacles],
      words,
    };
  },
  events: ({ capacity, load, findings, proposal, obstacles, words }) => [
    {
      type: 'headroom.assessed',
      summary: [
        ...(words.length === 0 ? ['The instance has room: nothing is at its limit'] : words),
        ...(proposal === null ? [] : [`would help: ${changeText(proposal)}`]),
      ].join('; '),
      detail: { capacity, load, findings, proposal, obstacles },
    },
  ],
});
