import { z } from 'zod';
import { type documentAbout, documentView } from '../../protocol/http/people.ts';
import { path, type Transport } from './transport.ts';

export type DocumentView = z.infer<typeof documentView>;
/** For volunteers `ID_PROOF`, `CERTIFICATION`, `BACKGROUND_CHECK`, for professionals `MEDICAL_LICENSE`, `DEGREE`, `HOSPITAL_ID`; or `OTHER`. */
export type DocumentAbout = z.input<typeof documentAbout>;

export interface DocumentContent {
  /** `application/pdf`, `image/png` or `image/jpeg`. */
  readonly mediaType: string;
  readonly content: Uint8Array;
}

const documents = z.object({ documents: z.array(documentView) });

/** Proofs for verification: seen by their owner and administrators only. */
export class DocumentRoutes {
  readonly #to: Transport;

  constructor(to: Transport) {
    this.#to = to;
  }

  /** A PDF, PNG or JPEG of at most 10 MiB, judged by its content. */
  upload(token: string, about: DocumentAbout, content: Uint8Array<ArrayBuffer>): Promise<DocumentView> {
    return this.#to.read(documentView, 'POST', '/v1/me/documents', { token, query: about, content });
  }

  async mine(token: string): Promise<DocumentView[]> {
    return (await this.#to.read(documents, 'GET', '/v1/me/documents', { token })).documents;
  }

  async readMine(token: string, id: string): Promise<DocumentContent> {
    return contentOf(await this.#to.call('GET', path('/v1/me/documents/:id', id), { token }));
  }

  /** For administrators. */
  async of(token: string, userId: string): Promise<DocumentView[]> {
    const route = path('/v1/users/:id/documents', userId);
    return (await this.#to.read(documents, 'GET', route, { token })).documents;
  }

  /** For administrators. */
  async readOf(token: string, userId: string, id: string): Promise<DocumentContent> {
    const route = path('/v1/users/:id/documents/:document', userId, id);
    return contentOf(await this.#to.call('GET', route, { token }));
  }
}

export async function contentOf(answer: Response): Promise<DocumentContent> {
  const content = new Uint8Array(await answer.arrayBuffer());
  return { mediaType: answer.headers.get('content-type') ?? '', content };
}
