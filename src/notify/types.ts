/** Sends one kind of message outside. Rejects when it was not taken; then it is tried again later. */
export interface Notifier {
  send(message: OutgoingMessage): Promise<void>;
}

export interface OutgoingMessage {
  /** The same each time this message is tried, so that whoever takes it can tell a repeat. */
  readonly id: string;
  readonly recipient: string;
  readonly subject: string;
  readonly body: string;
}

export const CHANNELS = ['email', 'sms'] as const;
export type Channel = (typeof CHANNELS)[number];

/** Who sends what. A channel without a notifier keeps its messages until there is one, or they are of no use any more. */
export type Notifiers = Readonly<Partial<Record<Channel, Notifier>>>;
