import type { DispatchStore } from '../store.ts';
import type { ProvisionalOptions } from './options.ts';
import { ProvisionalStore } from './provisional-store.ts';

/** The store as a node uses it: through what goes on while it is away. What is only read is missed at once meanwhile. */
export function provisionalDispatchStore(options: ProvisionalOptions): {
  readonly store: DispatchStore;
  readonly provisional: ProvisionalStore;
} {
  const provisional = new ProvisionalStore(options);
  const store: DispatchStore = {
    ...options.inner,
    create: (...args) => provisional.create(...args),
    change: (...args) => provisional.change(...args),
    areCurrent: (refusals) => provisional.areCurrent(refusals),
    // Asking costs seconds when nobody answers.
    changeTwo: (key, sosIds, decide) => provisional.changeTwo(key, sosIds, decide),
    chat: (...args) => provisional.chat(...args),
    readChat: (...args) => provisional.ask(() => options.inner.readChat(...args)),
    load: (sosId) => provisional.ask(() => options.inner.load(sosId)),
    inbox: (userId) => provisional.ask(() => options.inner.inbox(userId)),
    chatLog: (sosId, limit) => provisional.ask(() => options.inner.chatLog(sosId, limit)),
    claimDue: async (nodeId, limit) =>
      provisional.hasStore ? provisional.ask(() => options.inner.claimDue(nodeId, limit)) : [],
  };
  return { store, provisional };
}
