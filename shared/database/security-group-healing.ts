import { CutOverStateUnexpected } from './errors.ts';

/**
 * The groups of an instance with the one that lets clients in. Groups that are there stay: who put them there had a reason.
 * @throws {CutOverStateUnexpected} in quarantine: a fenced database is never opened by this way.
 */
export function withConfiguredGroup(
  present: readonly string[],
  configuredGroupId: string,
  quarantineGroupId: string,
): string[] {
  if (present.includes(quarantineGroupId)) {
    throw new CutOverStateUnexpected(
      `securityGroupIds: ${quarantineGroupId} is the quarantine of a cut-over, which alone may end it`,
    );
  }
  return [...new Set([...present, configuredGroupId])];
}
