import type pg from 'pg';

/** As much of a connection of `pg` as a copy needs. */
interface CopyConnection {
  query(text: string): void;
  sendCopyFromChunk(chunk: Uint8Array): void;
  endCopyFrom(): void;
}

/**
 * One `COPY … FROM STDIN` whose data is all at hand, as something that `client.query` takes. A stream over the same
 * messages would keep state between chunks that have to be told when the server refuses half-way; here there is none.
 */
export class CopyIn implements pg.Submittable {
  /** Called once, by this or by the deadline that `pg` puts around it. */
  callback: (error: Error | null) => void;
  /** Of `pg`: how long it may take, in ms. */
  readonly query_timeout: number;
  readonly #text: string;
  readonly #data: Uint8Array;

  constructor(text: string, data: Uint8Array, withinMs: number, done: (error: Error | null) => void) {
    this.query_timeout = withinMs;
    this.#text = text;
    this.#data = data;
    this.callback = done;
  }

  submit(connection: unknown): void {
    (connection as CopyConnection).query(this.#text);
  }

  handleCopyInResponse(connection: CopyConnection): void {
    connection.sendCopyFromChunk(this.#data);
    connection.endCopyFrom();
  }

  handleError(error: Error): void {
    this.callback(error);
  }

  handleReadyForQuery(): void {
    this.callback(null);
  }

  handleCommandComplete(): void {}
}
