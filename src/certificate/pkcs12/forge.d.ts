/** `@types/node-forge` describes the package's index alone; these two files of it are all that the product needs. */
declare module 'node-forge/lib/rc2.js' {
  import type { util } from 'node-forge';

  interface Cipher {
    start(iv: string): void;
    update(input: util.ByteStringBuffer): void;
    output: util.ByteStringBuffer;
  }
  const rc2: { createDecryptionCipher(key: string, bits: number): Cipher };
  export default rc2;
}

declare module 'node-forge/lib/util.js' {
  import type { util } from 'node-forge';

  const forgeUtil: { createBuffer(bytes: string): util.ByteStringBuffer };
  export default forgeUtil;
}
