import { z } from 'zod';
import {
  type broadcastOrder,
  broadcastView,
  handedOver,
  type handOver,
  placeView,
  shiftView,
  waitingHandOff,
} from '../../protocol/http/area.ts';
import { path, type Transport } from './transport.ts';

/** `id`: the sender's own for it; the same again when it is sent again. */
export type BroadcastOrder = z.input<typeof broadcastOrder>;
export type BroadcastView = z.infer<typeof broadcastView>;
export type HandOver = z.input<typeof handOver>;
export type HandedOver = z.infer<typeof handedOver>;
export type ShiftView = z.infer<typeof shiftView>;
export type PlaceView = z.infer<typeof placeView>;
export type WaitingHandOff = z.infer<typeof waitingHandOff>;

export interface AreaPage {
  /** The last id of the page before; newest first. */
  readonly before?: string | undefined;
  readonly limit?: number | undefined;
}

const broadcasts = z.object({ broadcasts: z.array(broadcastView) });
const shifts = z.object({ shifts: z.array(shiftView) });
const places = z.object({ places: z.array(placeView) });
const handOffs = z.object({ handOffs: z.array(waitingHandOff) });

/** For dispatchers: areas, shifts, places, and hand-offs that nobody outside has answered. */
export class AreaRoutes {
  readonly #to: Transport;

  constructor(to: Transport) {
    this.#to = to;
  }

  /** Tells everybody who is in an area now. Answered once it is stored; it goes out from then on. */
  broadcast(token: string, body: BroadcastOrder): Promise<BroadcastView> {
    return this.#to.read(broadcastView, 'POST', '/v1/broadcasts', { token, body });
  }

  async broadcasts(token: string, page: AreaPage = {}): Promise<BroadcastView[]> {
    const call = { token, query: { ...page } };
    return (await this.#to.read(broadcasts, 'GET', '/v1/broadcasts', call)).broadcasts;
  }

  /** With how many were told, have it and have looked at it by now. */
  broadcastOf(token: string, id: string): Promise<BroadcastView> {
    return this.#to.read(broadcastView, 'GET', path('/v1/broadcasts/:id', id), { token });
  }

  endBroadcast(token: string, id: string): Promise<BroadcastView> {
    return this.#to.read(broadcastView, 'POST', path('/v1/broadcasts/:id/end', id), { token, body: {} });
  }

  /** Who is on shift; with `open: false` all shifts there were. */
  async shifts(token: string, page: AreaPage & { readonly open?: boolean } = {}): Promise<ShiftView[]> {
    return (await this.#to.read(shifts, 'GET', '/v1/shifts', { token, query: { ...page } })).shifts;
  }

  beginShift(token: string): Promise<ShiftView> {
    return this.#to.read(shiftView, 'POST', '/v1/shifts', { token, body: {} });
  }

  /** Refused with `owns_open_sos` while open SOS are one's own. */
  endShift(token: string): Promise<ShiftView> {
    return this.#to.read(shiftView, 'POST', '/v1/shifts/end', { token, body: {} });
  }

  /** Ends the shift and gives its open SOS to another dispatcher. */
  handOver(token: string, body: HandOver): Promise<HandedOver> {
    return this.#to.read(handedOver, 'POST', '/v1/shifts/hand-over', { token, body });
  }

  /** Where a caller may be. `places_off`: set the point on the map. */
  async places(token: string, words: string, limit?: number): Promise<PlaceView[]> {
    return (await this.#to.read(places, 'GET', '/v1/places', { token, query: { q: words, limit } })).places;
  }

  async waitingHandOffs(token: string): Promise<WaitingHandOff[]> {
    return (await this.#to.read(handOffs, 'GET', '/v1/hand-offs', { token })).handOffs;
  }
}
