import { ActionError } from '../shared/action-error.ts';

const PREFIX = 'B2C_1A_';
/** The service documents no limit; names in the field are far shorter, URLs far longer. */
const MAX_LENGTH = 128;

/**
 * The id of a keyset in full.
 *
 * @param text - as the user wrote it, with the prefix `B2C_1A_` (in any case) or without
 * @returns the id with the prefix exactly once; the name keeps its case, since the service does
 * @throws ActionError when it cannot be a keyset's name: only letters, digits, `_`, `-` and single dots can stand in one
 * @see https://learn.microsoft.com/graph/api/trustframework-post-keysets the service adds the same prefix
 */
export function parseKeysetId(text: string): string {
  const name = text.slice(0, PREFIX.length).toUpperCase() === PREFIX ? text.slice(PREFIX.length) : text;
  const refuse = (reason: string): never => {
    throw new ActionError(`it ${reason}; expected the name of a policy key such as ${PREFIX}SigningCertificate`, {
      anchor: 'input',
    });
  };
  if (name === '') refuse(`holds nothing after the prefix ${PREFIX}`);
  if (name.length > MAX_LENGTH) refuse(`is ${name.length} characters long, more than ${MAX_LENGTH}`);
  const stranger = /[^A-Za-z0-9_.-]/u.exec(name);
  if (stranger) refuse(`holds ${JSON.stringify(stranger[0])}, which no keyset id can`);
  if (/^\.|\.\.|\.$/.test(name)) refuse('begins or ends with a dot, or holds two in a row');
  if (/\.bak$/i.test(name)) refuse('names the backup that B2C keeps of a deleted keyset');
  return PREFIX + name;
}
