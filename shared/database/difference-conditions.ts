import type { FieldDifference, FieldValue } from './instance-difference.ts';

/** What RDS calls one of the two databases. */
export interface DatabaseNames {
  readonly identifier: string;
  /** Stays with the data. */
  readonly resourceId: string;
}

/** The two databases that are compared. */
export interface ComparedNames {
  readonly source: DatabaseNames;
  readonly copy: DatabaseNames;
  /** The proxy whose target the cut-over swaps; absent where it swaps none. */
  readonly proxyName?: string | undefined;
}

/** A difference that may be, and why. What no rule explains blocks the cut-over, fields included that nobody has heard of yet. */
export interface DifferenceRule {
  /** Paths of the fields that the rule speaks of. */
  readonly fields: RegExp;
  /** Whether these two values are the difference that the rule means. */
  readonly holds: (difference: FieldDifference, names: ComparedNames) => boolean;
  readonly reason: string;
  /** What a person must do after the cut-over because of it. */
  readonly afterwards?: string;
}

/** What a field of the copy must say even where the source says the same: a copy that is not finished may still change. */
interface FinishedField {
  readonly fields: RegExp;
  readonly isFinished: (value: FieldValue) => boolean;
}

/** What decides about the differences of one kind of database. */
export interface ComparisonRules {
  readonly explained: readonly DifferenceRule[];
  readonly finished: readonly FinishedField[];
}

/** Both have the field. */
export const onBoth = ({ source, copy }: FieldDifference) => source !== null && copy !== null;
/** The copy does not have it. */
export const onlySource = ({ copy }: FieldDifference) => copy === null;
/** The source does not have it. */
export const onlyCopy = ({ source }: FieldDifference) => source === null;
/** Whether a value is text that begins so. */
export const startsWith = (value: FieldValue | null, start: string) => String(value).startsWith(start);
/** Both have it, and the copy says one of these. */
export const copyIs =
  (...values: FieldValue[]) =>
  (difference: FieldDifference) =>
    onBoth(difference) && values.includes(difference.copy ?? '');
/** The same text with the name of the copy at the place of the source's; elsewhere a name may be part of another word. */
const namesTheCopy =
  (text: (names: DatabaseNames, rest: string) => string, rest: RegExp) =>
  ({ source, copy }: FieldDifference, names: ComparedNames) => {
    const shared = rest.exec(String(source))?.[0] ?? '';
    return source === text(names.source, shared) && copy === text(names.copy, shared);
  };
/** Each says its own identifier. */
export const isIdentifier = namesTheCopy(({ identifier }) => identifier, /^/);
/** Each says its own resource id. */
export const isResourceId = namesTheCopy(({ resourceId }) => resourceId, /^/);
/** The same ARN but for the identifier at its end. */
export const isArn = namesTheCopy(({ identifier }, rest) => `${rest}${identifier}`, /^.*:/);
/** The same address but for the identifier at its beginning. */
export const isAddress = namesTheCopy(({ identifier }, rest) => `${identifier}${rest}`, /\..*$/);
/** The same log stream but for the resource id. */
export const isLogStream = namesTheCopy(({ resourceId }, rest) => `${rest}${resourceId}`, /^.*:/);
/** Both are times, and that of the copy is later. */
export const copyIsLater = (difference: FieldDifference) =>
  onBoth(difference) && Date.parse(String(difference.copy)) > Date.parse(String(difference.source));
