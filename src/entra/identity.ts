/** All that is taken from the library, in a module of its own: so the bundler can leave the rest out and load it late. */
export { ClientAssertionCredential, ClientSecretCredential } from '@azure/identity';
