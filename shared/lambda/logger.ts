import { Logger } from '@aws-lambda-powertools/logger';
import { once } from './once.ts';

/** Structured logs (JSON lines) with the function's name; level from `POWERTOOLS_LOG_LEVEL`. */
export const logger = once(() => new Logger());
