/** Everything about PKCS#12 and encrypted keys, behind one door: loaded only when a PFX or a private key is in play. */
export { decryptPkcs8, type Pfx, readPfx } from './read-pfx.ts';
