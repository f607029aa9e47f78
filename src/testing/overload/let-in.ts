import { Line } from '../line.ts';

const AGAIN_AFTER_MS = 1_000;
const TRIES = 60;

/** A socket that is signed in; comes again while the node has too much to do to let it in. */
export async function letIn(url: string, token: string, deviceId?: string): Promise<Line> {
  for (let n = 1; ; n++) {
    try {
      return await Line.open(url, token, deviceId);
    } catch (error) {
      if (n === TRIES || !String(error).includes('busy')) throw error;
      await new Promise((resolve) => setTimeout(resolve, AGAIN_AFTER_MS));
    }
  }
}
