import * as z from 'zod';
import { StepInput } from '../incident/step.ts';

/** Input of the steps that swap two instances. */
export const CutOverInput = StepInput.extend({
  /** The name that clients know. */
  sourceIdentifier: z.string().min(1),
  sourceResourceId: z.string().min(1),
  restoredIdentifier: z.string().min(1),
  restoredResourceId: z.string().min(1),
});
