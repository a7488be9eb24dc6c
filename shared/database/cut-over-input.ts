import * as z from 'zod';
import { StepInput } from '../incident/step.ts';
import { jsonVariable } from '../lambda/json-variable.ts';
import { CutOverProxy } from './cut-over.ts';

/** Input of the steps that swap two instances. */
export const CutOverInput = StepInput.extend({
  /** The name that clients know. */
  sourceIdentifier: z.string().min(1),
  sourceResourceId: z.string().min(1),
  restoredIdentifier: z.string().min(1),
  restoredResourceId: z.string().min(1),
});

/** Environment of the steps that must know whether clients go through a proxy; absent where they go by the name of the database. */
export const CutOverProxyEnv = z.object({ CUT_OVER_PROXY: jsonVariable(CutOverProxy).optional() });
export type CutOverProxyEnv = z.infer<typeof CutOverProxyEnv>;
