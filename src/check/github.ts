/** All that is taken from the library, in a module of its own: so the bundler can leave the rest out and load it late. */
export { context, getOctokit } from '@actions/github';
