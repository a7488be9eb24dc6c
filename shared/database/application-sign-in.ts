import * as z from 'zod';

/** A database user's secret as RDS and the rotation functions of AWS write it; more keys may stand beside these. */
export const ApplicationSecret = z.object({ username: z.string().min(1), password: z.string().min(1) });

/** What the function inside the network of the database is asked. It travels in the call alone: no state and no log has it. */
export const SignInRequest = z.object({
  host: z.string().min(1),
  port: z.int().positive(),
  user: z.string().min(1),
  password: z.string().min(1),
});
export type SignInRequest = z.infer<typeof SignInRequest>;

/** How the sign-in went. */
export const SignInResult = z.object({
  /** The server did not know the password, and was given it. */
  adopted: z.boolean(),
  /** SQLSTATE of the refusal that remains; null when the application gets in. */
  refusal: z.string().nullable(),
});
export type SignInResult = z.infer<typeof SignInResult>;

/** How one application got in. */
export const ApplicationSignIn = SignInResult.extend({ user: z.string() });
export type ApplicationSignIn = z.infer<typeof ApplicationSignIn>;

/** One sentence for people; `applications` may be empty: then nothing was tried, which is said too. */
export function describeSignIns(identifier: string, applications: readonly ApplicationSignIn[]): string {
  if (applications.length === 0)
    return `No application's secret is configured: nobody has tried whether applications can sign in to ${identifier}`;
  const adopted = applications.filter((application) => application.adopted).map(({ user }) => user);
  const names = applications.map(({ user }) => user).join(', ');
  return adopted.length === 0
    ? `Applications sign in to ${identifier} with the passwords that they have now: ${names}`
    : `${identifier} had the password of another day and has the present one now: ${adopted.join(', ')}; applications sign in: ${names}`;
}
