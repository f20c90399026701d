/**
 * Replaces the package `open` in the bundle (tsconfig `paths`). `@azure/identity` loads it only for interactive sign-in, which an
 * action never does; the real one would add an executable, `xdg-open`, to `dist`.
 */
export default function open(): never {
  throw new Error('A GitHub runner has no browser.');
}
