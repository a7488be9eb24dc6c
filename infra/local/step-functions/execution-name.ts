import { randomUUID } from 'node:crypto';
import { ServiceError } from '../json-protocol/service-error.ts';

/** Characters that the StartExecution API refuses in a name: space, brackets, wildcards, others, control. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what the API refuses.
const refused = /[\s<>{}[\]?*"#%\\^|~`$&,;:/\u0000-\u001f\u007f-\u009f]/u;

/** The name of a new execution: the caller's, or a random one. @throws ServiceError `InvalidName` */
export function executionName(name: string | undefined): string {
  if (name === undefined) return randomUUID();
  if (name.length < 1 || name.length > 80 || refused.test(name)) {
    throw new ServiceError('InvalidName', `Invalid Name: '${name}'`);
  }
  return name;
}
