import { epochMillis } from '../lambda/clock.ts';
import { isDone } from './event-search.ts';
import type { TimelineEvent } from './timeline-event.ts';

/** One moment at which trading was stopped or started. */
export interface TradingChange {
  readonly state: 'ACTIVE' | 'HALTED';
  readonly at: string;
}

/**
 * The changes of the trading state that the timeline knows, in the order in which they happened. That is not the order in which
 * they were recorded: a second alarm records again, later, a halt that it found in place.
 */
export function tradingHistory(events: readonly TimelineEvent[]): TradingChange[] {
  return events
    .filter((event) => isDone(event) && (event.type === 'trading.halted' || event.type === 'trading.resumed'))
    .map(
      ({ type, occurredAt }): TradingChange => ({
        state: type === 'trading.resumed' ? 'ACTIVE' : 'HALTED',
        at: occurredAt,
      }),
    )
    .toSorted((left, right) => epochMillis(left.at) - epochMillis(right.at));
}

/** When trading started again for good; undefined while it is halted or when it never stopped. */
export function resumedForGoodAt(events: readonly TimelineEvent[]): string | undefined {
  const last = tradingHistory(events).at(-1);
  return last?.state === 'ACTIVE' ? last.at : undefined;
}
