import * as z from 'zod';

/**
 * Who did something. `person`: proven by AWS (the ARN that signed the request). `claimed-person`: a name that somebody
 * typed and nothing proves. `token`: whoever holds the emergency token. `machine`: an alarm or a step of the procedure.
 */
export const Actor = z.object({
  kind: z.enum(['person', 'claimed-person', 'token', 'machine']),
  id: z.string().min(1).max(256),
});
export type Actor = z.infer<typeof Actor>;

/** A step of the procedure as an actor. */
export function machine(id: string): Actor {
  return { kind: 'machine', id };
}
