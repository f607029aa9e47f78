import type { DeviceView, MusterHttp } from '../../client/index.ts';
import { HEALTH_COLUMNS, healthCells, healthWords } from '../apps.ts';
import type { AsMe } from './app-pairing.ts';
import { byId, setText } from './dom.ts';
import { LiveTable } from './table.ts';

/** What came of one device in the last days, and what went wrong. */
export class DeviceHealthView {
  readonly #http: MusterHttp;
  readonly #asMe: AsMe;
  readonly #section = byId('health', HTMLElement);
  readonly #table = new LiveTable(byId('health-days', HTMLTableElement), [...HEALTH_COLUMNS]);
  #shown: string | null = null;

  constructor(http: MusterHttp, asMe: AsMe) {
    this.#http = http;
    this.#asMe = asMe;
  }

  async open({ id, name }: Pick<DeviceView, 'id' | 'name'>): Promise<void> {
    this.#shown = id;
    setText(byId('health-title', HTMLElement), `How “${name}” does`);
    await this.refresh();
    this.#section.hidden = false;
    byId('health-title', HTMLElement).focus();
  }

  hide(): void {
    this.#shown = null;
    this.#section.hidden = true;
  }

  async refresh(): Promise<void> {
    const id = this.#shown;
    if (id === null) return;
    const health = await this.#asMe((token) => this.#http.apps.health(token, id));
    if (!health || this.#shown !== id) return;
    setText(byId('health-words', HTMLElement), healthWords(health, Date.now()));
    this.#table.show(health.days.map((day) => ({ id: day.day, cells: healthCells(day) })));
  }
}
