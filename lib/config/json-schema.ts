import { z } from 'zod';
import { environmentSchema } from './schema';

/** The JSON Schema that editors hold environment files against, as the text of its file. */
export const environmentJsonSchema = (): string => {
  const schema = z.toJSONSchema(environmentSchema, { io: 'input', target: 'draft-7' });
  return `${JSON.stringify({ title: 'Headroom environment', ...schema }, null, 2)}\n`;
};
