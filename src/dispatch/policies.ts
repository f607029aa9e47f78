import type { Clock } from '../lib/clock.ts';
import { errorFields, type Logger } from '../lib/log.ts';
import { ok, type Result, refused } from '../lib/result.ts';
import { type Policy, policySchema } from './policy.ts';
import type { DispatchStore, PolicyVersion } from './store.ts';

const LOOK_EVERY_MS = 1_000;

export interface PoliciesOptions {
  readonly store: Pick<DispatchStore, 'newestPolicy' | 'addPolicy' | 'policies'>;
  readonly clock: Clock;
  readonly log: Logger;
}

/** The policy in force: what new SOS are decided by. One that was set on another node is in force here within a second. */
export class Policies {
  readonly #options: PoliciesOptions;
  readonly #onSet = new Set<() => void>();
  #current: Policy;
  #cancel = () => {};
  #stopped = false;

  constructor(options: PoliciesOptions, policy: Policy) {
    this.#options = options;
    this.#current = policy;
  }

  get current(): Policy {
    return this.#current;
  }

  /** Checks a policy, keeps it as the next version and goes by it from now on. */
  async set(by: { userId: string }, body: unknown): Promise<Result<{ version: number }, 'bad_request'>> {
    const parsed = policySchema.safeParse(body);
    if (!parsed.success) {
      const issue = parsed.error.issues[0];
      const field = issue?.path.join('.') || 'policy';
      return refused('bad_request', `${field}: ${issue?.message ?? 'does not fit'}`);
    }
    const added = await this.#options.store.addPolicy(parsed.data, by.userId);
    this.#adopt(added);
    for (const listener of this.#onSet) listener();
    return ok({ version: added.version });
  }

  /** Every policy there was, the newest first. */
  history(limit: number): Promise<readonly PolicyVersion[]> {
    return this.#options.store.policies(limit);
  }

  /** Told after one was set here, which the other nodes do not know yet. */
  onSet(listener: () => void): void {
    this.#onSet.add(listener);
  }

  follow(): void {
    this.#cancel = this.#options.clock.after(LOOK_EVERY_MS, async () => {
      await this.look();
      if (!this.#stopped) this.follow();
    });
  }

  /** Reads the newest one now instead of at the next beat. Never rejects. */
  async look(): Promise<void> {
    try {
      this.#adopt(await this.#options.store.newestPolicy());
    } catch (error) {
      this.#options.log.warn(
        errorFields(error),
        'the newest policy could not be read; it is looked for again',
      );
    }
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel();
  }

  #adopt(policy: Policy | null): void {
    if (policy && policy.version > this.#current.version) this.#current = policy;
  }
}
