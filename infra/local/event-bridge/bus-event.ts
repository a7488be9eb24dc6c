/** An event that an AWS service puts on the default event bus, before the bus gives it an id. */
export interface BusEvent {
  readonly source: string;
  readonly detailType: string;
  readonly time: Date;
  readonly resources: readonly string[];
  readonly detail: Readonly<Record<string, unknown>>;
}
