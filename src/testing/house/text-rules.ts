import type { Finding } from './source.ts';

const RULES: readonly { readonly pattern: RegExp; readonly sentence: string }[] = [
  {
    // A path of one machine: somebody's home, or the folder that a checkout happens to lie in.
    pattern: /(?<![\w.:/-])\/(?:home|root|Users|work)\/[\w.-]+/,
    sentence: 'a path of one machine: use a path relative to packageRoot, or take it as an argument',
  },
  {
    pattern: /\bregistry\.[a-z0-9-]+\.[a-z]{2,}|https?:\/\/[^\s"']*(?:artifactory|jfrog|verdaccio|nexus)/i,
    sentence:
      'a registry host: packages are named by name and version, the registry is the machine’s setting',
  },
];

/** What no committed text may hold, whatever its language. */
export function checkText(path: string, text: string): Finding[] {
  return text.split('\n').flatMap((line, index) =>
    RULES.filter(({ pattern }) => pattern.test(line)).map(({ pattern, sentence }) => ({
      path,
      line: index + 1,
      sentence: `"${pattern.exec(line)?.[0]}" is ${sentence}`,
    })),
  );
}

/** Migrations: what code may not ask for, a view may not either. */
export function checkSqlFile(path: string, text: string): Finding[] {
  return text
    .split('\n')
    .flatMap((line, index) =>
      /^\s*--/.test(line) || !/\bselect\s+(?:\w+\.)?\*/i.test(line)
        ? []
        : [{ path, line: index + 1, sentence: 'no SELECT of everything: name the columns' }],
    );
}
