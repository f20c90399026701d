/** `@types/node-forge` describes only the package's index; the product needs no more than these two files of it. */
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
