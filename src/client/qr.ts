import { encode } from 'uqr';
import { type PairingInvitation, pairingUri } from './pairing.ts';

/** White around the code, in modules: four, by ISO/IEC 18004. */
const QUIET_ZONE = 4;

/** A text as a QR code, with error correction M (15 %): an SVG of one path, black on white, that scales to any size. */
export function qrSvg(text: string): string {
  const { data, size } = encode(text, { ecc: 'M', border: QUIET_ZONE });
  const bars = data.flatMap((row, y) => barsOf(row).map(([x, width]) => `M${x} ${y}h${width}v1h-${width}z`));
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size} ${size}" shape-rendering="crispEdges">` +
    `<path fill="#fff" d="M0 0h${size}v${size}h-${size}z"/><path fill="#000" d="${bars.join('')}"/></svg>`
  );
}

/** The QR code that a device scans to be paired. It is made here, so the code travels in no address. */
export const pairingQrSvg = (invitation: PairingInvitation): string => qrSvg(pairingUri(invitation));

/** Runs of dark modules in a row: where each begins and how long it is. */
function barsOf(row: readonly boolean[]): [number, number][] {
  const bars: [number, number][] = [];
  row.forEach((dark, x) => {
    const last = bars.at(-1);
    if (!dark) return;
    if (last && last[0] + last[1] === x) last[1] += 1;
    else bars.push([x, 1]);
  });
  return bars;
}
