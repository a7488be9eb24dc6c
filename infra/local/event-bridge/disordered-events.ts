import type { BusEvent } from './bus-event.ts';

/**
 * Events that arrive late, twice and in the wrong order: each second one overtakes the one before it, and both come again. The last of
 * an odd number is held back until there is another.
 */
export class DisorderedEvents {
  #held: BusEvent | undefined;
  #heldBack = 0;

  /** How many were held back so far. */
  get heldBack(): number {
    return this.#heldBack;
  }

  /** What arrives now that this event has happened, in this order. */
  after(event: BusEvent): readonly BusEvent[] {
    const earlier = this.#held;
    if (earlier === undefined) {
      this.#held = event;
      this.#heldBack += 1;
      return [];
    }
    this.#held = undefined;
    return [event, earlier, event, earlier];
  }

  /** What is still held back; nothing is afterwards. */
  release(): readonly BusEvent[] {
    const held = this.#held;
    this.#held = undefined;
    return held === undefined ? [] : [held];
  }
}
