import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseTemplate, type Template } from './template.ts';

/** What `cdk synth` wrote: the template of the one stack, and where its assets are. */
export interface CloudAssembly {
  readonly stackName: string;
  readonly template: Template;
  /** Directory of an asset by its key in the bucket of assets. @throws AssetNotFound */
  assetDirectory(objectKey: string): string;
}

/** The directory does not hold exactly one synthesized stack. */
class InvalidAssembly extends Error {
  override readonly name = 'InvalidAssembly';
}

/** A function's code is not among the synthesized assets. */
class AssetNotFound extends Error {
  override readonly name = 'AssetNotFound';
}

interface AssetManifest {
  readonly files?: Readonly<
    Record<
      string,
      {
        readonly source: { readonly path: string };
        readonly destinations: Readonly<Record<string, { readonly objectKey: string }>>;
      }
    >
  >;
}

/** @throws InvalidAssembly naming the directory. */
export function readCloudAssembly(directory: string): CloudAssembly {
  const files = listFiles(directory);
  const templates = files.filter((file) => file.endsWith('.template.json'));
  const [templateFile] = templates;
  if (templateFile === undefined || templates.length > 1) {
    throw new InvalidAssembly(
      `${directory}: expected one *.template.json, found ${templates.length}; run "npm run synth"`,
    );
  }
  const assets = new Map(
    files
      .filter((file) => file.endsWith('.assets.json'))
      .flatMap((file) => Object.values((readJson(directory, file) as AssetManifest).files ?? {}))
      .flatMap(({ source, destinations }) =>
        Object.values(destinations).map(
          ({ objectKey }) => [objectKey, join(directory, source.path)] as const,
        ),
      ),
  );
  return {
    stackName: templateFile.replace(/\.template\.json$/, ''),
    template: parseTemplate(readJson(directory, templateFile)),
    assetDirectory(objectKey) {
      const path = assets.get(objectKey);
      if (!path) {
        throw new AssetNotFound(`${directory}: no asset with the key "${objectKey}"`);
      }
      return path;
    },
  };
}

function listFiles(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch (cause) {
    throw new InvalidAssembly(`${directory}: cannot be read; run "npm run synth"`, { cause });
  }
}

function readJson(directory: string, file: string): unknown {
  return JSON.parse(readFileSync(join(directory, file), 'utf8'));
}
