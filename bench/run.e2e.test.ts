import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { packageRoot } from '../src/lib/package-root.ts';

const BUILT = fileURLToPath(new URL('dist/bench/run.js', packageRoot));

function run(...args: string[]): { exitCode: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [BUILT, ...args], { encoding: 'utf8' });
  return { exitCode: status, stdout, stderr };
}

test('without a name, or asked for help, it lists the benches', () => {
  for (const { exitCode, stdout } of [run(), run('--help')]) {
    expect(exitCode).toBe(0);
    expect(stdout).toContain('usage: npm run bench');
    expect(stdout).toMatch(/^ {2}spatial +\S/m);
  }
});

test('an unknown bench or option is refused with the usage', () => {
  for (const args of [['nope'], ['toString'], ['spatial', '--fast'], ['spatial', 'spatial']]) {
    const { exitCode, stderr } = run(...args);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('usage: npm run bench');
  }
});
