import type { ResourceProperties } from '../deployer/registrars.ts';
import type { Method } from './routes.ts';

/** Rate and burst of a method of a stage. */
interface Limits {
  readonly ratePerSecond: number;
  readonly burst: number;
}

interface Bucket {
  tokens: number;
  filledMillis: number;
}

interface MethodSetting {
  readonly ResourcePath?: string;
  readonly HttpMethod?: string;
  readonly ThrottlingRateLimit?: number;
  readonly ThrottlingBurstLimit?: number;
}

/** The throttling of a stage (its MethodSettings): a token bucket for each method, in real time. */
export class Throttle {
  readonly #settings: readonly MethodSetting[];
  readonly #buckets = new Map<Method, Bucket>();

  constructor(stage: ResourceProperties) {
    this.#settings = (stage.MethodSettings ?? []) as MethodSetting[];
  }

  /** Whether the method takes one more request at this time. */
  admits(method: Method, nowMillis: number): boolean {
    const limits = this.#limitsOf(method);
    if (limits === undefined) return true;
    const bucket = this.#buckets.get(method) ?? { tokens: limits.burst, filledMillis: nowMillis };
    const refill = ((nowMillis - bucket.filledMillis) / 1000) * limits.ratePerSecond;
    const tokens = Math.min(limits.burst, bucket.tokens + refill);
    const isAdmitted = tokens >= 1;
    this.#buckets.set(method, { tokens: isAdmitted ? tokens - 1 : tokens, filledMillis: nowMillis });
    return isAdmitted;
  }

  #limitsOf(method: Method): Limits | undefined {
    const own = this.#settings.find((setting) => matches(setting, method));
    const { ThrottlingRateLimit, ThrottlingBurstLimit } = own ?? this.#settings.find(isForAll) ?? {};
    if (ThrottlingRateLimit === undefined || ThrottlingBurstLimit === undefined) return undefined;
    // -1 switches throttling off.
    if (ThrottlingRateLimit < 0) return undefined;
    return { ratePerSecond: ThrottlingRateLimit, burst: ThrottlingBurstLimit };
  }
}

function isForAll({ ResourcePath, HttpMethod }: MethodSetting): boolean {
  return ResourcePath === '/*' && HttpMethod === '*';
}

function matches({ ResourcePath = '', HttpMethod }: MethodSetting, method: Method): boolean {
  // Slashes within the path of a resource may be written as ~1, after a leading slash.
  const path = ResourcePath.includes('~1') ? ResourcePath.slice(1).replaceAll('~1', '/') : ResourcePath;
  return path === method.resourcePath && (HttpMethod === '*' || HttpMethod === method.httpMethod);
}
