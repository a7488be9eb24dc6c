import type { TimelineEntry, TimelineEvent } from './timeline-event.ts';

/** The append-only account of an incident: the one source of truth for status, metrics and report. */
export interface Timeline {
  /**
   * Adds an entry behind the last one. An entry whose key is already there is not added again: the recorded event is given back.
   * @throws the store's errors; the entry is then not recorded.
   */
  append(entry: TimelineEntry): Promise<{ event: TimelineEvent; added: boolean }>;
  /** All events in order; empty for an unknown incident. */
  read(incidentId: string): Promise<TimelineEvent[]>;
}
