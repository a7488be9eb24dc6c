import { readdir, readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { Machine } from './state-graph.ts';

const DIRECTORY = new URL('../../statemachines/', import.meta.url);

/** Where the pictures are kept. */
export const PICTURES = new URL('../../docs/pictures/', import.meta.url);

/** The state machines of the procedure, by name. */
export async function readStateMachines(): Promise<Map<string, Machine>> {
  const files = (await readdir(DIRECTORY)).filter((file) => file.endsWith('.asl.yaml')).toSorted();
  const machines = files.map(async (file): Promise<[string, Machine]> => {
    const text = await readFile(new URL(file, DIRECTORY), 'utf8');
    return [file.replace('.asl.yaml', ''), Machine.parse(parse(text, { merge: true }))];
  });
  return new Map(await Promise.all(machines));
}
