import { takeScreenshots } from './dashboard/screenshots.ts';

try {
  process.exitCode = await takeScreenshots(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}
