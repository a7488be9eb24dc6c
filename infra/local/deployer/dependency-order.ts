import { referencesIn } from './intrinsics.ts';
import type { Template, TemplateResource } from './template.ts';

/** Resources wait for each other in a circle. */
class DependencyCycle extends Error {
  override readonly name = 'DependencyCycle';
}

/**
 * Logical ids in an order in which each comes after everything that it refers to or depends on.
 * @throws DependencyCycle naming the circle.
 */
export function dependencyOrder(template: Template): readonly string[] {
  const done = new Set<string>();
  const path: string[] = [];

  function visit(logicalId: string): void {
    const resource = template.Resources[logicalId];
    if (!resource || done.has(logicalId)) {
      return;
    }
    if (path.includes(logicalId)) {
      throw new DependencyCycle([...path.slice(path.indexOf(logicalId)), logicalId].join(' -> '));
    }
    path.push(logicalId);
    for (const dependency of dependenciesOf(resource)) {
      visit(dependency);
    }
    path.pop();
    done.add(logicalId);
  }

  for (const logicalId of Object.keys(template.Resources)) {
    visit(logicalId);
  }
  return [...done];
}

function dependenciesOf(resource: TemplateResource): readonly string[] {
  return [...referencesIn(resource.Properties ?? {}), ...[resource.DependsOn ?? []].flat()];
}
