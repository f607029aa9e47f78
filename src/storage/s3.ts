import { AwsClient } from 'aws4fetch';
import { checkedKey, type ObjectStore, StorageUnavailable } from './object-store.ts';

export interface S3Options {
  /** With the bucket, such as `https://s3.example.org/muster-documents`. */
  readonly url: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly region: string;
  readonly timeoutMs: number;
}

/** Any store that speaks the S3 protocol, addressed by path. */
export function s3(options: S3Options): ObjectStore {
  const { url, accessKeyId, secretAccessKey, region, timeoutMs } = options;
  // Deadlines and repeats are the caller's: a document is sent again by whoever uploads it.
  const client = new AwsClient({ accessKeyId, secretAccessKey, region, service: 's3', retries: 0 });
  const base = url.replace(/\/+$/, '');

  const ask = async (key: string, init: RequestInit): Promise<Response> => {
    const address = `${base}/${checkedKey(key)}`;
    try {
      return await client.fetch(address, { ...init, signal: AbortSignal.timeout(timeoutMs) });
    } catch (error) {
      throw new StorageUnavailable('the object store does not answer', { cause: error });
    }
  };

  const refused = async (answer: Response): Promise<StorageUnavailable> => {
    await answer.body?.cancel();
    return new StorageUnavailable(`the object store answered ${answer.status}`);
  };

  return {
    async put(key, content) {
      const answer = await ask(key, { method: 'PUT', body: new Uint8Array(content) });
      if (!answer.ok) throw await refused(answer);
      await answer.body?.cancel();
    },

    async remove(key) {
      const answer = await ask(key, { method: 'DELETE' });
      if (!answer.ok && answer.status !== 404) throw await refused(answer);
      await answer.body?.cancel();
    },

    async get(key) {
      const answer = await ask(key, { method: 'GET' });
      if (answer.status === 404) {
        await answer.body?.cancel();
        return null;
      }
      if (!answer.ok) throw await refused(answer);
      try {
        return new Uint8Array(await answer.arrayBuffer());
      } catch (error) {
        throw new StorageUnavailable('the object store broke off', { cause: error });
      }
    },
  };
}
