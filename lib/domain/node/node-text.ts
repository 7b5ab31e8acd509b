import { z } from 'zod';
import { plainText } from '../messages/plain-text';

/**
 * A string that a node wrote, for the schemas of what nodes print: cleaned where it is read, so that no message, report or terminal
 * behind it has to. A node may be compromised.
 * @param maxLength characters; default as {@link plainText}
 */
export const nodeText = (maxLength?: number) => z.string().transform((text) => plainText(text, maxLength));
