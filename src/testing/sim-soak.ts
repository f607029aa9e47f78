import { soak } from './dispatch/soak.ts';

try {
  process.exitCode = await soak(process.argv.slice(2), (text) => process.stdout.write(text));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 2;
}
