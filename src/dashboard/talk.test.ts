import { describe, expect, test } from 'vitest';
import type { StreamEvent } from '../protocol/down.ts';
import { readBy, refused, SILENCE, saying, sent, talkAfter, talkFrom, unread } from './talk.ts';

const [ME, HER] = ['me', 'her'];
let seq = 0;
const event = (type: string, data: object): StreamEvent =>
  ({ stream: 'chat:s', seq: ++seq, atMs: seq * 1_000, actorId: null, type, data }) as unknown as StreamEvent;
const says = (senderId: string, messageId: string) =>
  event('chat.message', { messageId, senderId, text: `text of ${messageId}` });

describe('a chat', () => {
  test('shows what is not sent yet until it is in the stream, whichever comes first', () => {
    const waiting = saying(SILENCE, 'command', 'on my way');
    expect(waiting.unsent).toEqual([{ id: 'command', text: 'on my way', problem: null }]);
    const answered = sent(waiting, 'command', 'm1');
    expect(answered.unsent).toHaveLength(1);
    expect(talkAfter(answered, says(ME, 'm1')).unsent).toEqual([]);
    expect(sent(talkAfter(waiting, says(ME, 'm1')), 'command', 'm1').unsent).toEqual([]);
  });

  test('keeps what was refused, with the reason', () => {
    const talk = refused(saying(SILENCE, 'c', 'hello'), 'c', 'Too fast.');
    expect(talk.unsent).toEqual([{ id: 'c', text: 'hello', problem: 'Too fast.' }]);
    expect(saying(talk, 'c', 'hello').unsent[0]?.problem).toBeNull();
  });

  test('counts who has read, and never takes that back', () => {
    let talk = talkAfter(SILENCE, says(ME, 'm1'));
    const [first] = talk.said;
    if (!first) throw new Error('nothing was said');
    expect(readBy(talk, first)).toBe(0);
    talk = talkAfter(talk, event('chat.read', { readerId: HER, upToSeq: first.seq }));
    talk = talkAfter(talk, event('chat.read', { readerId: HER, upToSeq: 0 }));
    talk = talkAfter(talk, event('chat.read', { readerId: ME, upToSeq: first.seq }));
    expect(readBy(talk, first)).toBe(1);
  });

  test('knows what its person has not read', () => {
    let talk = talkAfter(talkAfter(SILENCE, says(ME, 'm1')), says(HER, 'm2'));
    expect(unread(talk, ME)).toEqual({ count: 1, upToSeq: talk.said[1]?.seq });
    talk = talkAfter(talk, event('chat.read', { readerId: ME, upToSeq: talk.said[1]?.seq ?? 0 }));
    expect(unread(talk, ME)).toBeNull();
  });

  test('begins anew with a snapshot and keeps what is not sent and the times that it knew', () => {
    const talk = saying(talkAfter(SILENCE, says(HER, 'm1')), 'c', 'hello');
    const [known] = talk.said;
    const message = { seq: known?.seq ?? 0, messageId: 'm1', senderId: HER, text: 'x' };
    const anew = talkFrom(talk, { messages: [message], reads: [{ readerId: HER, upToSeq: 3 }] });
    expect(anew.said[0]?.atMs).toBe(known?.atMs);
    expect(anew.unsent).toHaveLength(1);
    expect(anew.reads.get(HER)).toBe(3);
  });
});
