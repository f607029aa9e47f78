import { effect, type Signal, signal } from '@preact/signals';
import { type MusterClient, sosAfter, sosCreated } from '../../../client/index.ts';
import type { SosView, StreamEvent } from '../../../protocol/down.ts';
import { refused, SILENCE, saying, sent, type Talk, talkAfter, talkFrom, talkOf } from '../../talk.ts';
import { problemWords } from '../session.ts';

/** One SOS that somebody is in, with its chat, live. */
export interface Incident {
  readonly sosId: string;
  readonly sos: Signal<SosView | null>;
  readonly talk: Signal<Talk>;
  say(text: string): void;
  again(id: string, text: string): void;
  read(upToSeq: number): void;
  stop(): void;
}

interface Options {
  readonly client: MusterClient;
  readonly sosId: string;
  /** The server shows it no longer: it is over for this person. */
  readonly onEnd?: () => void;
}

/**
 * Follows it from what this tab knew, so that a reload without a connection still shows where to go; that goes with the
 * tab, or when this person is in it no longer.
 */
export function followIncident({ client, sosId, onEnd }: Options): Incident {
  const known = readKept(sosId);
  const sos = signal<SosView | null>(known?.sos ?? null);
  const talk = signal<Talk>(known ? talkOf(known.said, known.unsent) : SILENCE);
  const stopKeeping = effect(() => {
    const { said, unsent } = talk.value;
    sessionStorage.setItem(KEPT, JSON.stringify({ sosId, sos: sos.value, said, unsent }));
  });
  const happened = (event: StreamEvent) => {
    if (sos.value) sos.value = withNames(sos.value, sosAfter(sos.value, event));
    else if (event.type === 'sos.created') sos.value = sosCreated(sosId, event);
  };
  const said = (event: StreamEvent) => {
    talk.value = talkAfter(talk.value, event);
  };
  const following = client.subscribe(`sos:${sosId}`, {
    onSnapshot: ({ view }) => {
      if ('slots' in view) sos.value = view;
    },
    onEvent: happened,
    onProvisional: happened,
    onEnd: () => onEnd?.(),
  });
  const listening = client.subscribe(`chat:${sosId}`, {
    onSnapshot: ({ view }) => {
      if ('messages' in view) talk.value = talkFrom(talk.value, view);
    },
    onEvent: said,
    onProvisional: said,
  });
  let last: Promise<void> = Promise.resolve();
  const send = (id: string, text: string) => {
    talk.value = saying(talk.value, id, text);
    // One after the other: what was said first arrives first, also when a lost connection is back.
    last = last
      .then(() => client.command('chat.send', { sosId, text }, { id, timeoutMs: 600_000 }))
      .then(
        ({ messageId }) => {
          talk.value = sent(talk.value, id, messageId ?? id);
        },
        (error: unknown) => {
          talk.value = refused(talk.value, id, problemWords(error));
        },
      );
  };
  for (const { id, text, problem } of talk.value.unsent) if (problem === null) send(id, text);
  let readUpTo = 0;
  return {
    sosId,
    sos,
    talk,
    say: (text) => send(crypto.randomUUID(), text),
    again: send,
    read: (upToSeq) => {
      if (upToSeq <= readUpTo) return;
      readUpTo = upToSeq;
      // What fails is said again with the next message.
      client.command('chat.read', { sosId, upToSeq }).catch(() => {});
    },
    stop: () => {
      stopKeeping();
      sessionStorage.removeItem(KEPT);
      following.unsubscribe();
      listening.unsubscribe();
    },
  };
}

const KEPT = 'muster.incident';

type Kept = Pick<Talk, 'said' | 'unsent'> & { readonly sosId: string; readonly sos: SosView | null };

/** What this tab knew of it before it was loaded again. */
function readKept(sosId: string): Kept | null {
  try {
    const kept = JSON.parse(sessionStorage.getItem(KEPT) ?? 'null') as Kept | null;
    return kept?.sosId === sosId ? kept : null;
  } catch {
    return null;
  }
}

/** Names come with a snapshot only; whoever is known stays known by name. */
function withNames(was: SosView, is: SosView): SosView {
  const names = new Map(was.slots.map(({ holderId, holderName }) => [holderId, holderName]));
  const slots = is.slots.map((slot) => ({
    ...slot,
    holderName: slot.holderName ?? (slot.holderId === null ? null : (names.get(slot.holderId) ?? null)),
  }));
  return { ...is, slots };
}
