import { randomBytes } from 'node:crypto';
import { createSecureContext, type SecureContext } from 'node:tls';
import forge from 'node-forge';
import { AUTHORITY_HOSTS, GRAPH_HOSTS, MANAGEMENT_HOST } from './hosts.ts';
import { once } from './once.ts';
import { rsaKeyPair, type RsaKeyPair } from './rsa.ts';

const DAY_MS = 86_400_000;

/** Hosts that share one leaf certificate; any other name gets its own when it is first asked for. */
const KNOWN_HOSTS = [
  ...AUTHORITY_HOSTS,
  ...GRAPH_HOSTS,
  MANAGEMENT_HOST,
  'token.actions.githubusercontent.com',
  '*.actions.githubusercontent.com',
];

/** When a certificate is valid: for a month from yesterday, for the month before that, or for the one after. */
export type Validity = 'past' | 'present' | 'future';
const MONTHS: Readonly<Record<Validity, number>> = { past: -1, present: 0, future: 1 };
const MONTH_MS = 31 * DAY_MS;

function draft(subject: string, publicKey: forge.pki.PublicKey, validity: Validity): forge.pki.Certificate {
  const certificate = forge.pki.createCertificate();
  certificate.publicKey = publicKey;
  // A leading 01 keeps the serial number positive (RFC 5280, 4.1.2.2).
  certificate.serialNumber = `01${randomBytes(8).toString('hex')}`;
  const from = Date.now() - DAY_MS + MONTHS[validity] * MONTH_MS;
  certificate.validity.notBefore = new Date(from);
  certificate.validity.notAfter = new Date(from + MONTH_MS - 2 * DAY_MS);
  certificate.setSubject([{ name: 'commonName', value: subject }]);
  return certificate;
}

/** A certificate authority for one process, and the TLS certificates that it issues to hosts. */
export class CertificateAuthority {
  /** Its own certificate, PEM: what a client has to trust. */
  readonly pem: string;
  readonly #root: forge.pki.Certificate;
  readonly #rootKey: forge.pki.rsa.PrivateKey;
  readonly #leafKey: RsaKeyPair;
  readonly #known: SecureContext;
  readonly #others = new Map<string, SecureContext>();

  private constructor(root: forge.pki.Certificate, rootKey: forge.pki.rsa.PrivateKey, leafKey: RsaKeyPair) {
    this.#root = root;
    this.#rootKey = rootKey;
    this.#leafKey = leafKey;
    this.pem = forge.pki.certificateToPem(root);
    this.#known = this.#issue(KNOWN_HOSTS, 'present');
  }

  /** Makes a CA with new keys, named `name`. */
  static async create(name: string): Promise<CertificateAuthority> {
    const [rootPair, leafKey] = await Promise.all([rsaKeyPair(), rsaKeyPair()]);
    const root = draft(name, rootPair.publicKey, 'present');
    root.setIssuer(root.subject.attributes);
    root.setExtensions([
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
      { name: 'subjectKeyIdentifier' },
    ]);
    root.sign(rootPair.privateKey, forge.md.sha256.create());
    return new CertificateAuthority(root, rootPair.privateKey, leafKey);
  }

  /** Key, certificate and chain with which `host` identifies itself. */
  identity(host: string, validity: Validity = 'present'): SecureContext {
    if (validity !== 'present') return this.#issue([host], validity);
    const [, ...parents] = host.split('.');
    if (KNOWN_HOSTS.includes(host) || KNOWN_HOSTS.includes(['*', ...parents].join('.'))) return this.#known;
    const identity = this.#others.get(host) ?? this.#issue([host], validity);
    this.#others.set(host, identity);
    return identity;
  }

  #issue(hosts: readonly string[], validity: Validity): SecureContext {
    const leaf = draft(hosts[0] ?? '', this.#leafKey.publicKey, validity);
    leaf.setIssuer(this.#root.subject.attributes);
    leaf.setExtensions([
      { name: 'basicConstraints', cA: false },
      { name: 'keyUsage', digitalSignature: true, keyEncipherment: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      // Type 2 is a DNS name (RFC 5280, 4.2.1.6).
      { name: 'subjectAltName', altNames: hosts.map((value) => ({ type: 2, value })) },
      { name: 'authorityKeyIdentifier', keyIdentifier: this.#root.generateSubjectKeyIdentifier().getBytes() },
    ]);
    leaf.sign(this.#rootKey, forge.md.sha256.create());
    return createSecureContext({ key: this.#leafKey.pem, cert: forge.pki.certificateToPem(leaf) + this.pem });
  }
}

/** The CA that clients of the emulator trust. One for the process: making keys is slow, and scenarios are many. */
export const trustedCa = once(() => CertificateAuthority.create('Emulator CA'));

/** A CA that nobody trusts, for the fault `wrong-certificate`. */
export const untrustedCa = once(() => CertificateAuthority.create('Untrusted CA'));
