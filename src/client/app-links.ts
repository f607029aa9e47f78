/** How often a phone should say where it is: apps that were not made for this are content with every five minutes. */
const EVERY_S = 60;
/** And after how many metres. */
const EVERY_M = 50;
const MOVE_MODE = 2;
const HTTP_MODE = 3;

export const ownTracksUrl = (serverUrl: string): string => new URL('/v1/apps/owntracks', serverUrl).href;
export const osmAndUrl = (serverUrl: string): string => new URL('/v1/apps/osmand', serverUrl).href;

/**
 * A link that sets OwnTracks up when it is opened on the phone (OwnTracks booklet, features/remoteconfig: the configuration
 * as JSON in standard base64); no more than it needs, so that the QR code stays coarse. The secret is in it: it belongs on a screen or in a QR code, never in an address of ours.
 */
export function ownTracksLink(to: {
  readonly serverUrl: string;
  readonly deviceId: string;
  readonly secret: string;
}): string {
  const configuration = {
    _type: 'configuration',
    mode: HTTP_MODE,
    url: ownTracksUrl(to.serverUrl),
    auth: true,
    username: to.deviceId,
    password: to.secret,
    tid: 'me',
    encryptionKey: '',
    monitoring: MOVE_MODE,
    locatorInterval: EVERY_S,
    moveModeLocatorInterval: EVERY_S,
    locatorDisplacement: EVERY_M,
  };
  return `owntracks:///config?inline=${encodeURIComponent(btoa(JSON.stringify(configuration)))}`;
}

/** The same for Traccar Client, which can do no more than call itself by an id. */
export function traccarLink(to: { readonly serverUrl: string; readonly trackerId: string }): string {
  const settings = new URLSearchParams({
    url: osmAndUrl(to.serverUrl),
    id: to.trackerId,
    interval: String(EVERY_S),
    distance: String(EVERY_M),
    buffer: 'true',
  });
  return `org.traccar.client://config?${settings}`;
}
