/** `ws(s)://host:port/v1/socket` of a node at `http(s)://host:port`. Throws a TypeError for anything else. */
export function socketUrl(url: string): string {
  const at = nodeUrl(url);
  at.protocol = at.protocol === 'https:' ? 'wss:' : 'ws:';
  at.pathname = `${at.pathname.replace(/\/$/, '')}/v1/socket`;
  return at.href;
}

/** The same for somebody who calls for help: they don't stand in line behind everybody who comes back at that moment. */
export const urgentUrl = (socketUrl: string): string => `${socketUrl}?urgent=1`;

/** The address of one of a node's HTTP routes, given with its leading slash. */
export function routeUrl(url: string, route: string): string {
  return nodeUrl(url).href.replace(/\/$/, '') + route;
}

function nodeUrl(url: string): URL {
  const at = new URL(url);
  if (at.protocol !== 'http:' && at.protocol !== 'https:')
    throw new TypeError('the url of a node is http or https');
  at.hash = '';
  at.search = '';
  return at;
}
