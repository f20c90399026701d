import { ActionError } from '../shared/action-error.ts';

const PREFIX = 'B2C_1A_';
/** The service documents no limit; names in the field are far shorter, URLs far longer. */
const MAX_LENGTH = 128;

/** B2C keeps a deleted keyset under its ID with this ending. */
export const isBackup = (id: string): boolean => /\.bak$/i.test(id);

/**
 * The full ID of a keyset.
 *
 * @param text - as the user wrote it, with the prefix `B2C_1A_` (in any case) or without
 * @returns the ID with the prefix exactly once; the name keeps its case, since the service keeps it
 * @throws ActionError when it cannot be the name of a keyset: only letters, digits, `_`, `-` and single dots are allowed
 * @see https://learn.microsoft.com/graph/api/trustframework-post-keysets the service adds the same prefix
 */
export function parseKeysetId(text: string): string {
  const name = text.slice(0, PREFIX.length).toUpperCase() === PREFIX ? text.slice(PREFIX.length) : text;
  const reject = (reason: string): never => {
    throw new ActionError(`it ${reason}; expected the name of a policy key such as ${PREFIX}SigningCertificate`, {
      anchor: 'input',
    });
  };
  if (name === '') reject(`is empty after the prefix ${PREFIX}`);
  if (name.length > MAX_LENGTH) reject(`is ${name.length} characters long, more than ${MAX_LENGTH}`);
  const invalidCharacter = /[^A-Za-z0-9_.-]/u.exec(name);
  if (invalidCharacter)
    reject(`contains ${JSON.stringify(invalidCharacter[0])}, which this action does not accept in a keyset ID`);
  if (/^\.|\.\.|\.$/.test(name)) reject('begins or ends with a dot, or contains two in a row');
  if (isBackup(name)) reject('names the backup that B2C keeps of a deleted keyset');
  return PREFIX + name;
}
