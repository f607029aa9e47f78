/** A mistake that somebody could make, and the promise that it would break. */
export interface PlantedBug {
  readonly name: string;
  /** What the code would do then. */
  readonly what: string;
  readonly edits: readonly Edit[];
  /** Of a file of tests the one test that notices. */
  readonly caughtBy: { readonly file: string; readonly test: string };
}

export interface Edit {
  readonly file: string;
  /** Stands in the file once. */
  readonly find: string;
  readonly replace: string;
}

/** Mistakes that have cost others an emergency, by the names they have in the field. */
export const PLANTED_BUGS: readonly PlantedBug[] = [
  {
    name: 'acknowledge-before-fsync',
    what: 'the local journal says that something is kept before the disk has it',
    edits: [
      {
        file: 'src/journal/local/local-journal.ts',
        find: 'const segment = await this.#within(this.#append(encodeFrame(',
        replace:
          'this.#settle(group, ok(undefined));\n      const segment = await this.#within(this.#append(encodeFrame(',
      },
    ],
    caughtBy: {
      file: 'src/journal/local/local-journal.test.ts',
      test: 'acknowledges nothing before the disk has it, and everything that waited with one sync',
    },
  },
  {
    name: 'redis-only-claim',
    what: 'what a node was told by others is believed, and the database is not asked who has the slot',
    edits: [
      {
        file: 'src/dispatch/pg.ts',
        find: 'if (state?.seq !== locked.head) {',
        replace: 'if (!state) {',
      },
    ],
    caughtBy: {
      file: 'src/dispatch/races.pg.test.ts',
      test: 'whatever races and gets lost, the log, the rows, the memories and the answers agree',
    },
  },
  {
    name: 'no-fence',
    what: 'two nodes decide on one SOS at the same moment',
    edits: [
      {
        file: 'src/journal/event-log.ts',
        find: 's.stream_id = $2 for update of s`',
        replace: 's.stream_id = $2`',
      },
    ],
    caughtBy: {
      file: 'src/dispatch/races.pg.test.ts',
      test: 'whatever races and gets lost, the log, the rows, the memories and the answers agree',
    },
  },
  {
    name: 'publish-for-sos',
    what: 'whoever reads slowly loses frames and is told nothing, as with the topics of uWebSockets.js',
    edits: [
      {
        file: 'src/gateway/outbox.ts',
        find: '    if (this.#isOverBudget()) {\n      this.#parts.onOverflow();',
        replace: '    if (this.#isOverBudget()) {\n      this.#queue.clear();\n      this.#queuedBytes = 0;',
      },
    ],
    caughtBy: {
      file: 'src/gateway/outbox.test.ts',
      test: 'calls for the end when more waits than the budget allows',
    },
  },
  {
    name: 'window-deduplication',
    what: 'samples are known by the last few numbers and not by the stored cursor: older ones are stored again',
    edits: [
      {
        file: 'src/telemetry/lanes/plan.ts',
        find: 'entry.rows.filter(({ seq }) => seq > cursor)',
        replace: 'entry.rows.filter(({ seq }) => seq > cursor || seq <= cursor - 4)',
      },
      {
        file: 'src/telemetry/lanes/judge-frame.ts',
        find: 'if (seq <= before.judgedSeq) return;',
        replace: 'if (seq <= before.judgedSeq && seq > before.judgedSeq - 4) return;',
      },
    ],
    caughtBy: {
      file: 'src/telemetry/lanes/lane.property.test.ts',
      test: 'whatever is sent again, reordered, raced, wiped or crashed: each acknowledged fix is stored exactly once',
    },
  },
  {
    name: 'missing-timeouts',
    what: 'a command to a Redis that hangs is waited for without an end',
    edits: [
      {
        file: 'src/fanout/redis/links.ts',
        find: '    commandTimeout: COMMAND_TIMEOUT_MS,\n    socketTimeout: SOCKET_TIMEOUT_MS,\n',
        replace: '',
      },
    ],
    caughtBy: {
      file: 'src/fanout/redis/redis-bus.redis.test.ts',
      test: 'a Redis that hangs counts as away, within three seconds for who speaks, and carries again when it answers',
    },
  },
  {
    name: 'partial-recovery',
    what: 'a node that starts looks after the SOS that are looked for, and forgets those whom somebody is on the way to',
    edits: [
      {
        file: 'src/dispatch/pg-reads.ts',
        find: "where status in ('PENDING', 'ACCEPTED', 'IN_PROGRESS', 'ESCALATED')",
        replace: "where status in ('PENDING')",
      },
    ],
    caughtBy: {
      file: 'src/dispatch/dispatch.pg.test.ts',
      test: 'a node that starts knows every SOS that is open, whatever is done about it, and none that is closed',
    },
  },
  {
    name: 'ordering-by-device-time',
    what: 'of two devices of a person the one whose clock is ahead says where they are',
    edits: [
      {
        file: 'src/telemetry/positions/newest.ts',
        find: 'known.receivedAtMs <= row.receivedAtMs',
        replace: 'known.value.atMs <= row.value.atMs',
      },
    ],
    caughtBy: {
      file: 'src/telemetry/positions.pg.test.ts',
      test: 'say where everybody was last; a fix received earlier does not take a person back',
    },
  },
  {
    name: 'no-origin-check',
    what: 'any page that somebody visits may open a socket in their name',
    edits: [
      {
        file: 'src/gateway/socket.ts',
        find: 'return origins.length === 1 && !!origin && originAllowed(origin, host, listed);',
        replace: 'return !!origin || listed.length >= 0;',
      },
    ],
    caughtBy: { file: 'src/gateway/door.test.ts', test: 'may be nothing else, however alike' },
  },
  {
    name: 'statement-timeout-only',
    what: 'the server is asked to end what takes too long, and a server that is frozen ends nothing',
    edits: [
      {
        file: 'src/store/pg-db.ts',
        find: 'query_timeout: options.queryTimeoutMs,',
        replace: 'statement_timeout: options.queryTimeoutMs,',
      },
      { file: 'src/store/pg-db.ts', find: 'values, query_timeout: left(untilMs) }', replace: 'values }' },
    ],
    caughtBy: {
      file: 'src/store/frozen.pg.test.ts',
      test: 'what a hanging server was sent and was given up is not carried out when it goes on, behind what is newer',
    },
  },
  {
    name: 'late-write',
    what: 'a frozen server that goes on carries out what was given up, behind what is newer',
    edits: [
      {
        file: 'src/store/pg-db.ts',
        find: 'if (options.prepare && WRITES.test(statement.text))',
        replace: 'if (statement.text === "")',
      },
    ],
    caughtBy: {
      file: 'src/store/frozen.pg.test.ts',
      test: 'what a hanging server was sent and was given up is not carried out when it goes on, behind what is newer',
    },
  },
];
