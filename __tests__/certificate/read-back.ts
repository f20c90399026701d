import { createPrivateKey, type KeyObject } from 'node:crypto';
import forge from 'node-forge';

/** What a PFX consists of, read by a library that is no part of the product's code. */
export interface ReadBack {
  /** Algorithm and iterations: of the safe of certificates, of the key's bag, of the MAC. */
  readonly certificateBag: Protection;
  readonly keyBag: Protection;
  readonly mac: Protection;
  /** DER, in the order of the file. */
  readonly certificates: Buffer[];
  readonly key: KeyObject;
  /** Hex: of the first certificate and of the key. */
  readonly localKeyIds: (string | undefined)[];
  readonly friendlyNames: (string | undefined)[];
}

interface Protection {
  readonly oid: string;
  readonly iterations: number;
}

type Node = forge.asn1.Asn1;

/** The member at the end of a path of indices. */
function at(node: Node, ...path: number[]): Node {
  return path.reduce((one, index) => {
    const child = Array.isArray(one.value) ? one.value[index] : undefined;
    if (child === undefined) throw new Error(`The PFX has nothing at ${path.join('.')}.`);
    return child;
  }, node);
}

function bytesOf(node: Node): string {
  if (typeof node.value !== 'string') throw new Error('The PFX has members where bytes should be.');
  return node.value;
}

const number = (node: Node): number => parseInt(forge.util.bytesToHex(bytesOf(node)), 16);

/** SEQUENCE { OID, SEQUENCE { salt, iterations } } */
const protection = (algorithm: Node): Protection => ({
  oid: forge.asn1.derToOid(bytesOf(at(algorithm, 0))),
  iterations: number(at(algorithm, 1, 1)),
});

/** Opens a PFX of two safes, the first encrypted, the second with the key, as openssl writes it. */
export function readBack(pfx: Buffer, password: string): ReadBack {
  const outer = forge.asn1.fromDer(pfx.toString('latin1'));
  const safes = forge.asn1.fromDer(bytesOf(at(outer, 1, 1, 0)));
  const keys = forge.asn1.fromDer(bytesOf(at(safes, 1, 1, 0)));
  const opened = forge.pkcs12.pkcs12FromAsn1(outer, true, password);
  const bags = opened.safeContents.flatMap(({ safeBags }) => safeBags);
  const certificates = bags.filter(({ cert }) => cert);
  const [key, another] = bags.filter(({ key }) => key);
  if (!key?.key || another) throw new Error('The PFX does not hold one key.');
  const attributed = [...certificates.slice(0, 1), key].map(({ attributes }: { attributes: unknown }) => attributes);
  return {
    certificateBag: protection(at(safes, 0, 1, 0, 1, 1)),
    keyBag: protection(at(keys, 0, 1, 0, 0)),
    mac: {
      oid: forge.asn1.derToOid(bytesOf(at(outer, 2, 0, 0, 0))),
      iterations: number(at(outer, 2, 2)),
    },
    certificates: certificates.flatMap(({ cert }) =>
      cert ? [Buffer.from(forge.asn1.toDer(forge.pki.certificateToAsn1(cert)).getBytes(), 'latin1')] : [],
    ),
    key: createPrivateKey(forge.pki.privateKeyToPem(key.key)),
    localKeyIds: attributed.map((attributes) => attribute(attributes, 'localKeyId', forge.util.bytesToHex)),
    friendlyNames: attributed.map((attributes) => attribute(attributes, 'friendlyName', String)),
  };
}

function attribute(attributes: unknown, name: string, show: (value: string) => string): string | undefined {
  const values: unknown = attributes instanceof Object ? Reflect.get(attributes, name) : undefined;
  const value: unknown = Array.isArray(values) ? values[0] : undefined;
  return typeof value === 'string' ? show(value) : undefined;
}
