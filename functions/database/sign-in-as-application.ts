import type * as z from 'zod';
import { SignInRequest, SignInResult } from '../../shared/database/application-sign-in.ts';
import { adoptPassword, trySignIn } from '../../shared/database/password-sign-in.ts';
import { DatabaseAccessEnv } from '../../shared/database/postgres.ts';
import { task } from '../../shared/lambda/task.ts';

export const SignInAsApplicationEnv = DatabaseAccessEnv;
export type SignInAsApplicationEnv = z.infer<typeof SignInAsApplicationEnv>;

/** SQLSTATE: the password is wrong. */
const INVALID_PASSWORD = '28P01';

/** Signs in as an application. A database that has the password of another day is given the present one, and asked again. */
export const handler = task({
  name: 'SignInAsApplication',
  input: SignInRequest,
  output: SignInResult,
  env: SignInAsApplicationEnv,
  run: async ({ host, port, user, password }, { env }) => {
    const endpoint = { host, port };
    const refusal = await trySignIn(endpoint, env, { user, password });
    if (refusal !== INVALID_PASSWORD) return { adopted: false, refusal };
    await adoptPassword(endpoint, env, { user, password });
    return { adopted: true, refusal: await trySignIn(endpoint, env, { user, password }) };
  },
});
