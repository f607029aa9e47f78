import type { Result } from '../lib/result.ts';

export interface NewFeedback {
  readonly volunteerId: string;
  /** 1 to 5. */
  readonly rating: number;
  readonly comment?: string | undefined;
}

export interface Given {
  readonly rating: number;
  readonly comment: string | null;
  readonly atMs: number;
}

/** Somebody who helped in an SOS; null: nobody has said anything of it yet. */
export interface Helper {
  readonly volunteerId: string;
  readonly feedback: Given | null;
}

/** What was said of somebody's help, without who said it. */
export interface Rating extends Given {
  readonly id: string;
  readonly sosId: string;
  readonly isDrill: boolean;
}

/** Who said no to an SOS, and who gave it back. Each person once among the rejections. */
export interface Refusals {
  readonly rejections: readonly { readonly volunteerId: string; readonly atMs: number }[];
  readonly cancellations: readonly {
    readonly volunteerId: string;
    readonly reason: string | null;
    readonly atMs: number;
  }[];
}

interface Asking {
  readonly userId: string;
  readonly grants: readonly string[];
}

/** What is said after an SOS. */
export interface Feedback {
  /**
   * Once for each SOS and person who helped, by one of those who were helped, after it was resolved. The same again is
   * answered the same. The rating counts among the person's figures a moment later, unless it was a drill.
   */
  give(
    by: Asking,
    sosId: string,
    feedback: NewFeedback,
  ): Promise<
    Result<Given, 'forbidden' | 'sos_not_found' | 'sos_wrong_state' | 'bad_request' | 'feedback_given'>
  >;
  helpersOf(by: Asking, sosId: string): Promise<Result<readonly Helper[], 'forbidden' | 'sos_not_found'>>;
  /** Newest first, below the id `before`. */
  ratingsOf(
    userId: string,
    page: { readonly before?: string | undefined; readonly limit: number },
  ): Promise<readonly Rating[]>;
  /** For dispatchers. */
  refusalsOf(sosId: string): Promise<Result<Refusals, 'sos_not_found'>>;
}
