import { logger } from '../lambda/logger.ts';
import type { Timeline } from './timeline.ts';
import type { TimelineEntry } from './timeline-event.ts';

/**
 * Writes an entry where doing comes before writing (SOP step 1): one that cannot be written is logged as `TimelineEventUnwritten`,
 * which can be alarmed on, and shows in the adherence.
 */
export async function appendBestEffort(timeline: Timeline, entry: TimelineEntry): Promise<void> {
  try {
    await timeline.append(entry);
  } catch (error) {
    logger().error('TimelineEventUnwritten', { key: entry.key, error: error as Error });
  }
}
