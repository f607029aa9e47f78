import { embeddedPowerCut } from './on-embedded.ts';
import { onNodes } from './on-nodes.ts';
import type { Scenario } from './scenario.ts';
import { reconnectStorm, slowConsumers } from './scenarios-crowds.ts';
import { cutStreets, darkStreet, lostAnswers, slowLines, swallowedMessages } from './scenarios-lines.ts';
import { frozenNode, killedNode } from './scenarios-nodes.ts';
import {
  cutFromPostgres,
  darkToPostgres,
  frozenPostgres,
  fullDisk,
  killedPostgres,
  powerCut,
} from './scenarios-postgres.ts';
import { cutFromRedis, flushedRedis, frozenRedis, killedRedis, staleReplica } from './scenarios-redis.ts';

/** In the order in which they are run: the simple ones first. */
export const SCENARIOS: readonly Scenario[] = [
  ...[
    killedNode,
    frozenNode,
    killedRedis,
    frozenRedis,
    flushedRedis,
    staleReplica,
    cutFromRedis,
    killedPostgres,
    frozenPostgres,
    cutFromPostgres,
    darkToPostgres,
    cutStreets,
    darkStreet,
    slowLines,
    swallowedMessages,
    lostAnswers,
    powerCut,
    fullDisk,
    slowConsumers,
    reconnectStorm,
  ].map(onNodes),
  embeddedPowerCut,
];
