import { createWriteStream, mkdirSync, type WriteStream } from 'node:fs';
import { join } from 'node:path';

/** A line that a function wrote. */
export interface FunctionLogLine {
  readonly functionName: string;
  readonly line: string;
  /** RFC 3339 UTC, when the line arrived. */
  readonly at: string;
}

export type FunctionLogListener = (line: FunctionLogLine) => void;

/** What the functions print: a file each, and listeners. */
export interface FunctionLogs {
  /** Takes output as it comes; it need not end at a line's end. */
  append(functionName: string, chunk: string): void;
  /** @returns a function that removes the listener. */
  onLog(listener: FunctionLogListener): () => void;
  close(): Promise<void>;
}

/** @param directory is made when it does not exist; `<function>.log` in it is appended to. */
export function createFunctionLogs(directory: string): FunctionLogs {
  mkdirSync(directory, { recursive: true });
  const files = new Map<string, WriteStream>();
  const unfinished = new Map<string, string>();
  const listeners = new Set<FunctionLogListener>();
  let closed = false;

  function fileOf(functionName: string): WriteStream {
    const file =
      files.get(functionName) ?? createWriteStream(join(directory, `${functionName}.log`), { flags: 'a' });
    files.set(functionName, file);
    return file;
  }

  return {
    append(functionName, chunk) {
      if (closed) {
        return; // a thread that is being stopped may still have output on its way
      }
      fileOf(functionName).write(chunk);
      const lines = ((unfinished.get(functionName) ?? '') + chunk).split('\n');
      unfinished.set(functionName, lines.pop() ?? '');
      const at = new Date().toISOString();
      for (const line of lines) {
        for (const listener of listeners) {
          listener({ functionName, line, at });
        }
      }
    },
    onLog(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async close() {
      closed = true;
      await Promise.all(
        [...files.values()].map((file) => new Promise<void>((resolve) => file.end(() => resolve()))),
      );
    },
  };
}
