import type { ResourceProperties } from './registrars.ts';

/** A resource as the template has it, intrinsic functions and all. */
export interface TemplateResource {
  readonly Type: string;
  readonly Properties?: ResourceProperties;
  readonly DependsOn?: string | readonly string[];
  readonly Condition?: string;
}

/** The parts of a CloudFormation template that are read here. */
export interface Template {
  readonly Resources: Readonly<Record<string, TemplateResource>>;
  readonly Parameters?: Readonly<Record<string, { readonly Type: string; readonly Default?: string }>>;
  readonly Outputs?: Readonly<Record<string, { readonly Value: unknown }>>;
}

/** The template uses something that is not deployed here. */
class UnsupportedTemplate extends Error {
  override readonly name = 'UnsupportedTemplate';
}

const knownSections = new Set([
  'AWSTemplateFormatVersion',
  'Description',
  'Metadata',
  'Resources',
  'Parameters',
  'Outputs',
]);

/** What CDK adds of itself to a template and what has no effect on the resources that are deployed. */
const cdkAdditions: Readonly<Record<string, string>> = {
  Rules: 'CheckBootstrapVersion',
  Conditions: 'CDKMetadataAvailable',
};

/** @throws UnsupportedTemplate for a section, or a resource with a condition, that is not understood. */
export function parseTemplate(source: unknown): Template {
  const template = source as Readonly<Record<string, unknown>>;
  if (typeof template?.Resources !== 'object') {
    throw new UnsupportedTemplate('the template has no Resources');
  }
  for (const [section, content] of Object.entries(template)) {
    if (!knownSections.has(section)) {
      const entry = Object.keys(content as object).find((key) => key !== cdkAdditions[section]);
      if (entry !== undefined) {
        throw new UnsupportedTemplate(
          `${section}.${entry}: the section ${section} is not deployed on the laptop`,
        );
      }
    }
  }
  const parsed = template as unknown as Template;
  for (const [logicalId, resource] of Object.entries(parsed.Resources)) {
    if (resource.Condition !== undefined && resource.Type !== 'AWS::CDK::Metadata') {
      throw new UnsupportedTemplate(
        `${logicalId} (${resource.Type}): conditions are not deployed on the laptop`,
      );
    }
  }
  return parsed;
}
