import { type Authorizer, createAuthorizer } from '../../../infra/local/front-door/authorizer.ts';
import { type CredentialStore, createCredentialStore } from '../../../infra/local/front-door/credentials.ts';
import { type FrontDoor, startFrontDoor } from '../../../infra/local/front-door/front-door.ts';
import type { AccountScope } from '../../../infra/local/front-door/services/service.ts';

/** A front door with its IAM, and a way to make callers with exactly the policy that a test gives them. */
export interface FrontDoorRig {
  readonly frontDoor: FrontDoor;
  readonly authorizer: Authorizer;
  readonly credentials: CredentialStore;
  /** Configuration of an SDK client that signs as `name`, whose role has these statements. */
  clientOf(name: string, statements: readonly object[]): RigClientConfig;
  close(): Promise<void>;
}

export interface RigClientConfig {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly maxAttempts: number;
}

export const rigScope = { accountId: '000000000000', region: 'eu-central-1' };

export async function startFrontDoorRig(
  routes: Readonly<Record<string, string>>,
  scope: AccountScope = rigScope,
): Promise<FrontDoorRig> {
  const authorizer = createAuthorizer(rigScope);
  const credentials = createCredentialStore();
  const frontDoor = await startFrontDoor({ scope, authorizer, credentials, routes });
  return {
    frontDoor,
    authorizer,
    credentials,
    clientOf(name, statements) {
      const roleArn = `arn:aws:iam::${rigScope.accountId}:role/${name}`;
      authorizer.attachPolicy(roleArn, `${name}Policy`, { Statement: statements });
      const { accessKeyId, secretAccessKey } = credentials.issue(name, roleArn);
      return {
        endpoint: frontDoor.address,
        region: rigScope.region,
        credentials: { accessKeyId, secretAccessKey },
        maxAttempts: 1,
      };
    },
    close: () => frontDoor.close(),
  };
}
