import { writeFileSync } from 'node:fs';
import { openApiYaml } from './openapi.ts';

writeFileSync(new URL('../../docs/openapi.yaml', import.meta.url), openApiYaml());
