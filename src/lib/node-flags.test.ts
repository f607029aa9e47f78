import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { NODE_FLAGS } from './node-flags.ts';
import { packageRoot } from './package-root.ts';

test('an engine has the same flags from npm and in the image', () => {
  const read = (name: string) => readFileSync(new URL(name, packageRoot), 'utf8');
  const { scripts } = JSON.parse(read('package.json'));
  expect(scripts.start).toBe(`exec node ${NODE_FLAGS.join(' ')} dist/src/main.js serve`);
  const command = JSON.stringify(['node', ...NODE_FLAGS, 'dist/src/main.js', 'serve']);
  expect(read('deploy/Dockerfile')).toContain(`CMD ${command.replaceAll(',', ', ')}`);
});
