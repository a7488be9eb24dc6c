import { randomBytes } from 'node:crypto';
import type { Duplex } from 'node:stream';
import type { DbInstance } from './instance.ts';
import { admits, type SecurityGroups } from './network.ts';
import { RdsRequestRefused } from './rds-errors.ts';

/** A proxy that exists before the drill begins, as an operator of the platform would have set it up. */
export interface ProxySpec {
  readonly name: string;
  /** With an identifier that only RDS knows; invented when absent. */
  readonly arn?: string;
  readonly targetGroupArn?: string;
  readonly securityGroupIds: readonly string[];
  /** Its target from the beginning; none when absent. */
  readonly target?: DbInstance;
}

/** A proxy with its one target group, which has one target at most ("DBProxyTargetGroup" in the API reference). */
export interface DbProxy {
  readonly name: string;
  readonly arn: string;
  readonly targetGroupArn: string;
  readonly securityGroupIds: readonly string[];
  /** Follows the instance and not its name: RDS does not say what becomes of the target of a renamed instance. */
  target: { readonly instance: DbInstance; readonly registeredAtMillis: number } | undefined;
  /** Ends of the connections that it holds to its target. */
  readonly connections: Set<Duplex>;
}

/** What DescribeDBProxyTargets says of a target ("TargetHealth" in the API reference). */
export interface TargetHealth {
  readonly State: 'REGISTERING' | 'AVAILABLE' | 'UNAVAILABLE';
  readonly Reason?: 'UNREACHABLE';
  readonly Description?: string;
}

/** The one target group that a proxy has. */
export const TARGET_GROUP = 'default';
/** How long a proxy takes to fill its pool for a new target, by experience. */
const REGISTRATION_MILLIS = 60_000;

/** The proxies of the account. */
export class DbProxies {
  readonly #proxies: DbProxy[] = [];
  readonly #arnPrefix: string;
  readonly #registrationMillis: number;
  readonly #rules: SecurityGroups['rules'];

  constructor(options: {
    readonly region: string;
    readonly accountId: string;
    readonly timeScale: number;
    readonly securityGroups: SecurityGroups;
  }) {
    this.#arnPrefix = `arn:aws:rds:${options.region}:${options.accountId}`;
    this.#registrationMillis = REGISTRATION_MILLIS / options.timeScale;
    this.#rules = options.securityGroups.rules;
  }

  list(): readonly DbProxy[] {
    return this.#proxies;
  }

  find(name: string): DbProxy | undefined {
    return this.#proxies.find((proxy) => proxy.name === name);
  }

  /** @throws {RdsRequestRefused} `DBProxyNotFoundFault`. */
  get(name: string): DbProxy {
    const proxy = this.find(name);
    if (proxy === undefined)
      throw new RdsRequestRefused('DBProxyNotFoundFault', `DBProxy ${name} not found.`);
    return proxy;
  }

  /** Its first target has been there for a while. */
  create({ name, arn, targetGroupArn, securityGroupIds, target }: ProxySpec): DbProxy {
    const proxy: DbProxy = {
      name,
      arn: arn ?? `${this.#arnPrefix}:db-proxy:prx-${newId()}`,
      targetGroupArn: targetGroupArn ?? `${this.#arnPrefix}:target-group:prx-tg-${newId()}`,
      securityGroupIds,
      target: target && { instance: target, registeredAtMillis: 0 },
      connections: new Set(),
    };
    this.#proxies.push(proxy);
    return proxy;
  }

  /** @throws {RdsRequestRefused} `DBProxyTargetAlreadyRegisteredFault`: one group, one target. */
  register(proxy: DbProxy, instance: DbInstance): void {
    if (proxy.target !== undefined) {
      throw new RdsRequestRefused(
        'DBProxyTargetAlreadyRegisteredFault',
        `The proxy ${proxy.name} has the target ${proxy.target.instance.identifier}, and a target group takes one.`,
      );
    }
    if (instance.status !== 'available') {
      throw new RdsRequestRefused(
        'InvalidDBInstanceState',
        `DB instance ${instance.identifier} is ${instance.status}.`,
      );
    }
    proxy.target = { instance, registeredAtMillis: Date.now() };
  }

  /**
   * Ends every connection through the proxy with its target.
   * @throws {RdsRequestRefused} `DBProxyTargetNotFoundFault`.
   */
  deregister(proxy: DbProxy, identifier: string): void {
    if (proxy.target?.instance.identifier !== identifier) {
      throw new RdsRequestRefused(
        'DBProxyTargetNotFoundFault',
        `The proxy ${proxy.name} has no target ${identifier}.`,
      );
    }
    proxy.target = undefined;
    for (const connection of proxy.connections) connection.destroy();
  }

  /** How the way from a proxy to its target is. */
  health({ target, securityGroupIds }: DbProxy): TargetHealth | undefined {
    if (target === undefined) return undefined;
    if (Date.now() < target.registeredAtMillis + this.#registrationMillis) return { State: 'REGISTERING' };
    const { instance } = target;
    if (instance.cluster.running && admits(this.#rules, instance.securityGroupIds, securityGroupIds))
      return { State: 'AVAILABLE' };
    return {
      State: 'UNAVAILABLE',
      Reason: 'UNREACHABLE',
      Description: `The proxy cannot reach ${instance.identifier}.`,
    };
  }

  /** The instance to which a proxy would lead a client now; undefined when it would keep him waiting until he gives up. */
  leadsTo(proxy: DbProxy): DbInstance | undefined {
    return this.health(proxy)?.State === 'AVAILABLE' ? proxy.target?.instance : undefined;
  }
}

function newId(): string {
  return randomBytes(9).toString('hex').slice(0, 17);
}
