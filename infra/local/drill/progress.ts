import { Listr } from 'listr2';

/** The parts of a drill, in order. */
const drillPhases = ['Start the laptop', 'Trade', 'Break', 'Detect', 'Recover', 'Judge'] as const;
type DrillPhase = (typeof drillPhases)[number];

/** How a drill tells what it is doing. */
export interface Progress {
  /** A part of the drill begins; the one before it is over. */
  phase(title: DrillPhase): void;
  /** Something happened within the part. */
  note(text: string): void;
  /** The drill is over, or given up. */
  end(): Promise<void>;
}

/** Plain lines with the seconds since the start, for logs and pipes. */
export function plainProgress(write: (line: string) => void, elapsedSeconds: () => number): Progress {
  const stamp = () => `${elapsedSeconds().toFixed(1).padStart(6)} s`;
  return {
    phase: (title) => write(`${stamp()}  ${title}`),
    note: (text) => write(`${stamp()}    ${text}`),
    end: async () => undefined,
  };
}

/** How many of the last notes a terminal shows below the part that is under way. */
const SHOWN_NOTES = 6;

/** A live list for a terminal: the parts, and the latest notes of the one that is under way. */
export function listedProgress(elapsedSeconds: () => number): Progress {
  const parts = drillPhases.map((title) => ({ title, begun: false, over: Promise.withResolvers<void>() }));
  let note: (text: string) => void = () => undefined;
  let isOver = false;
  const list = new Listr<unknown>(
    parts.map((part) => ({
      title: part.title,
      skip: () => isOver && !part.begun,
      rendererOptions: { outputBar: SHOWN_NOTES },
      task: async (_context, task) => {
        note = (text) => {
          task.output = text;
        };
        await part.over.promise;
        task.title = `${part.title} (${elapsedSeconds().toFixed(1)} s)`;
      },
    })),
    { rendererOptions: { showSkipMessage: false } },
  );
  let rendering: Promise<unknown> | undefined;

  return {
    phase(title) {
      rendering ??= list.run();
      const at = drillPhases.indexOf(title);
      for (const part of parts.slice(0, at)) part.over.resolve();
      for (const part of parts.slice(0, at + 1)) part.begun = true;
    },
    note: (text) => note(`${elapsedSeconds().toFixed(1).padStart(6)} s  ${text}`),
    async end() {
      isOver = true;
      for (const part of parts) part.over.resolve();
      await rendering;
    },
  };
}
