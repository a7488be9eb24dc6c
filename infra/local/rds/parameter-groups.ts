import { RdsRequestRefused } from './rds-errors.ts';

/** A DB parameter group: what its name stands for. */
export interface ParameterGroup {
  name: string;
  description: string;
  /** Parameter names as RDS knows them, `rds.` ones included, and their values. */
  parameters: Readonly<Record<string, string>>;
}

/** The engine that every instance here runs. */
export const PARAMETER_GROUP_FAMILY = 'postgres18';

/** The group that an instance has when none is named. */
export const DEFAULT_PARAMETER_GROUP: ParameterGroup = {
  name: `default.${PARAMETER_GROUP_FAMILY}`,
  description: `Default parameter group for ${PARAMETER_GROUP_FAMILY}`,
  parameters: { 'rds.force_ssl': '1' },
};

/** The parameter groups of the account. */
export class ParameterGroups {
  readonly #groups = new Map<string, ParameterGroup>();

  constructor() {
    this.add(DEFAULT_PARAMETER_GROUP);
  }

  /** Creates a group, or replaces the one of the same name. */
  add(group: ParameterGroup): void {
    this.#groups.set(group.name, group);
  }

  /**
   * @throws {RdsRequestRefused} `DBParameterGroupNotFound`.
   */
  get(name: string): ParameterGroup {
    const group = this.#groups.get(name.toLowerCase());
    if (!group)
      throw new RdsRequestRefused('DBParameterGroupNotFound', `DBParameterGroup not found: ${name}`);
    return group;
  }

  /** All groups, by name. */
  list(): ParameterGroup[] {
    return [...this.#groups.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }
}

/** The parameters of a group that PostgreSQL itself knows; RDS handles those that begin with `rds.`. */
export function postgresParameters(group: ParameterGroup): Record<string, string> {
  const own = Object.entries(group.parameters).filter(([name]) => !name.startsWith('rds.'));
  const isLogical = group.parameters['rds.logical_replication'] === '1';
  return { ...Object.fromEntries(own), ...(isLogical && { wal_level: 'logical' }) };
}

/** Whether the group lets clients in only over TLS (`rds.force_ssl`, on unless it is switched off). */
export function requiresTls(group: ParameterGroup): boolean {
  return group.parameters['rds.force_ssl'] !== '0';
}
