import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { environmentJsonSchema } from '../lib/config/json-schema';

/** `npm run schema`: writes the JSON Schema that editors hold the environment files against. */
writeFileSync(join(__dirname, '..', 'environments', 'environment.schema.json'), environmentJsonSchema());
