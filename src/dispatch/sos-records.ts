import { ok, type Result, refused } from '../lib/result.ts';
import { type Exports, openExports, type Tracks } from './exports.ts';
import { type Histories, type HistoryParts, openHistories } from './histories.ts';
import { isRequester, type SosState } from './machine/state.ts';
import type { SlotRule } from './rule.ts';
import type { Dispatch } from './service.ts';
import { openTimeline, type Timeline, type TimelineParts } from './timeline.ts';
import type { Viewer } from './view.ts';

export interface SosRecordsParts extends HistoryParts, Pick<TimelineParts, 'readAfter'> {
  readonly dispatch: Pick<Dispatch, 'roster' | 'policy' | 'prepare' | 'known'>;
  readonly tracks: Tracks;
}

/** What SOS are looked back at by: lists, one SOS at any instant, its timeline, reports and files. */
export interface SosRecords {
  readonly histories: Histories;
  readonly timeline: Pick<Timeline, 'view' | 'page'>;
  readonly exports: Exports;
  /** In which role everybody who ever held a place was in it; for its requester. */
  rolesIn(
    viewer: Viewer,
    sosId: string,
  ): Promise<Result<ReadonlyMap<string, SlotRule['role']>, 'sos_not_found'>>;
}

export function openSosRecords(parts: SosRecordsParts): SosRecords {
  const timeline = openTimeline(parts);
  return {
    histories: openHistories(parts),
    timeline,
    exports: openExports({ ...parts, timeline }),
    async rolesIn(viewer, sosId) {
      const state: SosState | null = await timeline.entitled({ ...viewer, isDispatcher: false }, sosId);
      if (!state || !isRequester(state, viewer.userId)) return refused('sos_not_found');
      const holdings = await parts.lists.holdings([sosId]);
      // Whoever was the primary for a while was the primary.
      const primary = new Set(holdings.filter((h) => h.primaryAtMs !== null).map((h) => h.responderId));
      return ok(
        new Map(
          holdings.map(({ responderId, role }) => [responderId, primary.has(responderId) ? 'PRIMARY' : role]),
        ),
      );
    },
  };
}
