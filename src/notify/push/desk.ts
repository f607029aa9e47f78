import { ok, type Result, refused } from '../../lib/result.ts';
import type { BrowserView, Subscriptions } from './pg-subscriptions.ts';
import type { PushReceipt, PushReceipts } from './receipts.ts';
import { areKeys } from './seal.ts';
import type { Browser } from './web-push.ts';

/** What people ask of Web Push. */
export interface PushDesk {
  list(userId: string): Promise<readonly BrowserView[]>;
  register(
    userId: string,
    browser: Browser & { readonly name: string | null },
  ): Promise<Result<BrowserView, 'channel_off' | 'bad_request'>>;
  /** False: it is none of theirs. */
  remove(userId: string, id: string): Promise<boolean>;
  /** A browser has an offer. False: the receipt is none of ours. */
  received(receipt: string): boolean;
}

interface DeskOptions {
  readonly subscriptions: Subscriptions;
  /** Null: nothing is set up that could send. What was registered before can still be seen and removed. */
  readonly sending: {
    readonly receipts: PushReceipts;
    readonly mayGoTo: (endpoint: string) => boolean;
    readonly received: (receipt: PushReceipt) => void;
  } | null;
  readonly newId: () => string;
}

export function pushDesk({ subscriptions, sending, newId }: DeskOptions): PushDesk {
  return {
    list: (userId) => subscriptions.of(userId),
    async register(userId, browser) {
      if (!sending) return refused('channel_off');
      if (!sending.mayGoTo(browser.endpoint)) return refused('bad_request', 'endpoint: is no push service');
      if (!areKeys(browser)) return refused('bad_request', 'keys: are none of a browser');
      return ok(await subscriptions.put({ id: newId(), userId, ...browser }));
    },
    remove: (userId, id) => subscriptions.remove(userId, id),
    received(text) {
      const receipt = sending?.receipts.read(text) ?? null;
      if (receipt) sending?.received(receipt);
      return receipt !== null;
    },
  };
}
