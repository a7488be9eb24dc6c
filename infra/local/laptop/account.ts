import type { DeploymentInventory } from '../deployer/resource-type.ts';
import { type Authorizer, createAuthorizer } from '../front-door/authorizer.ts';
import { type CredentialStore, createCredentialStore } from '../front-door/credentials.ts';

/** The AWS account of the laptop: who there is, who may do what, and what the deployment put into it. */
export interface Account {
  readonly accountId: string;
  readonly region: string;
  readonly credentials: CredentialStore;
  readonly authorizer: Authorizer;
  /** Known from the deployment on. */
  inventory: DeploymentInventory | undefined;
}

export function openAccount(location: { readonly accountId: string; readonly region: string }): Account {
  return {
    ...location,
    credentials: createCredentialStore(),
    authorizer: createAuthorizer(location),
    inventory: undefined,
  };
}
