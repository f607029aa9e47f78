import { parentPort, workerData } from 'node:worker_threads';
import { must } from '../lib/assert.ts';
import { gazetteer } from './gazetteer.ts';
import type { Asked, Told } from './gazetteer-messages.ts';
import { GazetteerError, readGazetteer } from './read-gazetteer.ts';

const port = must(parentPort, 'a thread of its own');
const say = (told: Told) => port.postMessage(told);

/** Reads the list, says how that went, and answers what is asked of it. */
async function work(file: string): Promise<void> {
  const { places, skipped } = await readGazetteer(file);
  say({ kind: 'read', places: places.length, skipped });
  const search = gazetteer(places);
  port.on('message', async ({ id, words, limit }: Asked) => {
    const found = await search.search(words, limit);
    say({ kind: 'found', id, places: found.ok ? found.value : [] });
  });
}

work(workerData.file).catch((error: unknown) => {
  if (!(error instanceof GazetteerError)) throw error;
  say({ kind: 'problem', sentence: error.message });
});
