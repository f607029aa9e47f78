import type { Actor } from '../machine/commands.ts';
import type { PersonCommand } from '../person-command.ts';
import type { Outcome } from '../store.ts';
import type { Chance } from './chance.ts';
import type { Judge } from './judge.ts';
import type { MemoryDb } from './memory-db.ts';
import { keyOf } from './memory-store.ts';
import type { SimNode } from './node.ts';
import type { Weather } from './node-line.ts';
import type { App, Session } from './session.ts';
import type { Frame } from './subscriber.ts';
import type { Timeline } from './timeline.ts';

export interface ClientParts {
  readonly timeline: Timeline;
  readonly chance: Chance;
  readonly weather: Weather;
  readonly judge: Judge;
  readonly db: MemoryDb;
  /** Any node that is up, as an HTTP call finds it. */
  readonly anyNode: () => SimNode | undefined;
  /** Something came in over the socket. */
  readonly onFrame: (client: Client, frame: Frame) => void;
}

const ANSWER_WITHIN_MS = 4_000;
const NETWORK_MS = 15;
const AGAIN_AFTER_MS = 400;

/** The app of one person: it keeps what it has not heard answered, and knows how far it has each stream. */
export class Client implements App {
  readonly actor: Actor;
  session: Session | null = null;
  readonly #parts: ClientParts;
  readonly streams = new Map<string, number | null>();
  readonly #unanswered = new Set<string>();

  constructor(actor: Actor, parts: ClientParts) {
    this.actor = actor;
    this.#parts = parts;
    this.streams.set(`inbox:${actor.userId}`, null);
  }

  get unanswered(): number {
    return this.#unanswered.size;
  }

  want(stream: string): void {
    if (this.streams.has(stream)) return;
    this.streams.set(stream, null);
    this.session?.subscribe(stream, null);
  }

  /** A frame, in the order in which the node sent it: each number once and in order, or a snapshot (invariant 5). */
  received(frame: Frame): void {
    const { judge, timeline } = this.#parts;
    const { stream } = frame;
    const lastSeq = this.streams.get(stream);
    if (lastSeq === undefined) return;
    if (frame.kind === 'event') {
      if (lastSeq === null || frame.seq !== lastSeq + 1)
        judge.fault('5', `${this.actor.userId} has ${stream} to ${lastSeq} and gets ${frame.seq}`);
      this.streams.set(stream, frame.seq);
    } else if (frame.kind === 'snapshot') {
      if (lastSeq !== null && frame.seq < lastSeq)
        judge.fault(
          '5',
          `${this.actor.userId} has ${stream} to ${lastSeq} and gets a snapshot of ${frame.seq}`,
        );
      this.streams.set(stream, frame.seq);
    } else if (frame.kind === 'ended') this.streams.delete(stream);
    else {
      const { session } = this;
      timeline.after(AGAIN_AFTER_MS, () => {
        const from = this.streams.get(stream);
        if (session === this.session && from !== undefined) session?.subscribe(stream, from);
      });
    }
    this.#parts.onFrame(this, frame);
  }

  /** Sends a command until its answer is known, always with the same id. */
  send(command: PersonCommand, onAnswer: (outcome: Outcome | null) => void = () => {}): void {
    const { id } = command[1];
    if (this.#unanswered.has(id)) return;
    this.#unanswered.add(id);
    const settle = (outcome: Outcome | null) => {
      if (this.#unanswered.delete(id)) onAnswer(outcome);
    };
    this.#attempt(command, settle);
  }

  /** The same, first over whichever node is found, as from another device of theirs. */
  sendAnywhere(command: PersonCommand): void {
    const node = this.#parts.anyNode();
    this.send(command);
    if (node)
      this.#over(
        node,
        command,
        () => this.#unanswered.delete(command[1].id),
        () => true,
      );
  }

  #attempt(command: PersonCommand, settle: (outcome: Outcome | null) => void): void {
    const { timeline, chance, weather, anyNode } = this.#parts;
    if (!this.#unanswered.has(command[1].id)) return;
    const { session } = this;
    if (session) this.#over(session.node, command, settle, () => session === this.session);
    if (chance.hits(0.1)) {
      weather.count('duplicate');
      const other = anyNode();
      if (other) this.#over(other, command, settle, () => true);
    }
    timeline.after(ANSWER_WITHIN_MS + chance.between(0, 500), () => this.#attempt(command, settle));
  }

  #over(
    node: SimNode,
    command: PersonCommand,
    settle: (outcome: Outcome | null) => void,
    isThere: () => boolean,
  ): void {
    const { timeline, chance, weather } = this.#parts;
    timeline.after(chance.delayMs(NETWORK_MS), () => {
      if (!node.isUp) return;
      this.#execute(node, command).then(
        (outcome) => {
          if (node.isDead) return;
          timeline.after(chance.delayMs(NETWORK_MS), () => {
            if (isThere()) settle(outcome);
          });
        },
        () => weather.count('unknown'),
      );
    });
  }

  /** The answer, as the judge sees it too: what is acknowledged is stored, what is refused is not (S7). */
  async #execute(node: SimNode, command: PersonCommand): Promise<Outcome | null> {
    const { judge, db } = this.#parts;
    const key = keyOf({ actorId: this.actor.userId, commandId: command[1].id });
    const wasStored = db.commands.has(key);
    // Somebody may write between the decision and its answer here.
    const hadRead = command[0] === 'chat.read' && this.#hasRead(command[1]);
    const answer = await node.dispatch?.execute(this.actor, command, node.clock.nowMs());
    if (!answer) return null;
    const stored = db.commands.get(key);
    if (!answer.ok) {
      if (wasStored) judge.fault('S7', `${command[0]} was carried out, and then refused as ${answer.code}`);
      return null;
    }
    // What tells nothing new of reading keeps no answer: asked again it is the same.
    if (!stored && command[0] === 'chat.read' && (hadRead || this.#hasRead(command[1]))) return answer.value;
    if (!stored) judge.fault('S7', `${command[0]} was acknowledged and is not stored`);
    else if (!isAnswer(answer.value, stored)) judge.fault('S7', `${command[0]} was answered in two ways`);
    return answer.value;
  }

  #hasRead({ sosId, upToSeq }: { readonly sosId: string; readonly upToSeq: number }): boolean {
    const { db } = this.#parts;
    const { userId } = this.actor;
    const unread = db.streams.get(`chat:${sosId}`)?.slice(db.chatReads.get(sosId)?.get(userId) ?? 0, upToSeq);
    return !unread?.some(({ type, actorId }) => type === 'chat.message' && actorId !== userId);
  }
}

const isAnswer = (a: Outcome, b: Outcome) =>
  a.sosId === b.sosId && a.status === b.status && a.as === b.as && a.messageId === b.messageId;
