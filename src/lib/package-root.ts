/**
 * The folder of this package, whether the code runs from `src/` or from `dist/src/`. Only a path: nothing is read.
 */
export const packageRoot: URL = new URL(
  new URL(import.meta.url).pathname.includes('/dist/src/') ? '../../../' : '../../',
  import.meta.url,
);
