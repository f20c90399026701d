/**
 * Stands in for the package `open` in the bundle (tsconfig `paths`). `@azure/identity` loads it for interactive sign-in
 * alone, which an action never does; the real one would add an executable, `xdg-open`, to `dist`.
 */
export default function open(): never {
  throw new Error('A GitHub runner has no browser.');
}
