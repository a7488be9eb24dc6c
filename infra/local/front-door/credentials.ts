import { createHash, randomBytes } from 'node:crypto';

/** Someone who signs requests: a function with the role of its own, or a person with a user. */
export interface Caller {
  /** Short name for records and faults: the function or the person. */
  readonly name: string;
  /** ARN of the role or user whose policies decide. */
  readonly principalArn: string;
  /** ARN as AWS words it in messages and records: the session of a role, or the user. */
  readonly arn: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** The access keys of the laptop. Each function has its own, so that the front door knows who calls. */
export interface CredentialStore {
  /** Gives the caller of this name its key; the same name with the same principal keeps its key. */
  issue(name: string, principalArn: string): Caller;
  find(accessKeyId: string): Caller | undefined;
  callers(): readonly Caller[];
}

/** The name is taken by a caller with another principal: records would not tell the two apart. */
class CallerNameTaken extends Error {
  override readonly name = 'CallerNameTaken';
}

export function createCredentialStore(): CredentialStore {
  const byName = new Map<string, Caller>();
  const byKey = new Map<string, Caller>();
  return {
    issue(name, principalArn) {
      const known = byName.get(name);
      if (known && known.principalArn !== principalArn) {
        throw new CallerNameTaken(`caller "${name}" already signs as ${known.principalArn}`);
      }
      const caller = known ?? newCaller(name, principalArn);
      byName.set(name, caller);
      byKey.set(caller.accessKeyId, caller);
      return caller;
    },
    find: (accessKeyId) => byKey.get(accessKeyId),
    callers: () => [...byName.values()],
  };
}

function newCaller(name: string, principalArn: string): Caller {
  const digest = createHash('sha256').update(`${principalArn}/${name}`).digest('hex').toUpperCase();
  return {
    name,
    principalArn,
    arn: sessionArn(principalArn, name),
    accessKeyId: `AKIA${digest.slice(0, 16)}`,
    secretAccessKey: randomBytes(30).toString('base64url'),
  };
}

/** `arn:aws:iam::1:role/R` acts as `arn:aws:sts::1:assumed-role/R/session`; a user acts as itself. */
function sessionArn(principalArn: string, session: string): string {
  const role = /^arn:([^:]+):iam::(\d+):role\/(?:.*\/)?([^/]+)$/.exec(principalArn);
  return role ? `arn:${role[1]}:sts::${role[2]}:assumed-role/${role[3]}/${session}` : principalArn;
}
