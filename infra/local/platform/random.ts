/** Numbers that look random and are the same for the same seed (mulberry32). */
export interface Random {
  /** At least 0, less than 1. */
  fraction(): number;
  /** A whole number from 0 to `below` - 1. */
  whole(below: number): number;
}

/** @param seed any whole number. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  const fraction = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
  return { fraction, whole: (below) => Math.floor(fraction() * below) };
}
