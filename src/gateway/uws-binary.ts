import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * SHA-256 of the native binaries in `uws-pack@20.0.8`, the npm package that stands for uWebSockets.js here, for
 * Node 20 (ABI 115) and 22 (ABI 127). Native code from outside runs with all our rights, so it is these bytes or none.
 */
export const PINNED_SHA256: Readonly<Record<string, string>> = {
  'uws_darwin_arm64_115.node': '5d523bccbe80d3d8fa59422ff81801b8179212b9a8a5da28bff6926a95a65701',
  'uws_darwin_arm64_127.node': 'abbeea53d48e21c01808203e9f9835728f2cea720d2e5b154837ee3045b513be',
  'uws_darwin_x64_115.node': '1f2a5c73d9dc3066d39b675b73f2c50eddbc4f270d292a6126ddfe3757c54cf9',
  'uws_darwin_x64_127.node': 'afd992dc1ca1e33cdc7ce0c72a60baf236e590a257fcecbbbce7bc1a35451387',
  'uws_linux_arm64_115.node': 'c0e29fc143b46b584f3debec7910014ec228198fc1f17aaeacd1de7991bd3769',
  'uws_linux_arm64_127.node': 'd4c4f8b2c28c5f6544b49e36d91b0beee238a5b90a07904a947f77061c8b814d',
  'uws_linux_arm_115.node': 'b02d5bc5ab08f040b6b9b818c3eb92806611f77a4dc2439a8f14cac827d498be',
  'uws_linux_arm_127.node': '0e1d4024b629a1fe17ec76cde8fe7e320101eb8bdcf7b2c4086933932e3cea23',
  'uws_linux_x64_115.node': '6f8d96d761a64beddb060f1f7f0e617dd293ed127ec1d57507aa561a0083171e',
  'uws_linux_x64_127.node': '8cabc918bbf9a07323e54f89a33882491080b2eb35df0607f473ccdb1f3c31af',
  'uws_win32_x64_115.node': '58c8b8e47ae3dc6c382dbfc24656755106cbecce56add05ca2c32d5c39951ddd',
  'uws_win32_x64_127.node': '585d6ee2dbfc750b1d5a59e6ceaef8a977e90ef3e298a82821d58b41cd72a8c0',
};

/** Accepts another binary, such as one of upstream's own git tags. */
export const SHA256_VARIABLE = 'MUSTER_UWS_SHA256';

/** One of upstream's tags that has binaries for Node 20 and 22. */
const UPSTREAM = 'uWebSockets.js@github:uNetworking/uWebSockets.js#v20.52.0';

export interface UwsHost {
  readonly platform: string;
  readonly arch: string;
  /** ABI of the running Node: `process.versions.modules`. */
  readonly modules: string;
  readonly nodeVersion: string;
  /** The value of {@link SHA256_VARIABLE}, if any. */
  readonly acceptedSha256?: string | undefined;
}

/** Nothing to load, or not what was reviewed. The message is one sentence that says how to mend it. */
export class UwsBinaryError extends Error {
  override readonly name = 'UwsBinaryError';
}

/** Upstream's key for leaving its name and version out of the headers of every answer. */
const NO_WRITE_MARK = '999999990007';

let loaded: Promise<typeof import('uWebSockets.js')> | undefined;

/** uWebSockets.js, after its native binary was found and recognised. Rejects with {@link UwsBinaryError}. */
export function loadUws(): Promise<typeof import('uWebSockets.js')> {
  loaded ??= load().catch((error: unknown) => {
    loaded = undefined;
    throw error;
  });
  return loaded;
}

async function load(): Promise<typeof import('uWebSockets.js')> {
  checkUwsBinary(uwsPackageFolder(), {
    platform: process.platform,
    arch: process.arch,
    modules: process.versions.modules,
    nodeVersion: process.version,
    acceptedSha256: process.env[SHA256_VARIABLE],
  });
  const uws = await import('uWebSockets.js');
  (uws as { _cfg?: (key: string) => void })._cfg?.(NO_WRITE_MARK);
  return uws;
}

/** The binary that this host would load from a package folder, checked. Throws {@link UwsBinaryError}. */
export function checkUwsBinary(folder: string, host: UwsHost): string {
  const name = `uws_${host.platform}_${host.arch}_${host.modules}.node`;
  const file = findBinary(folder, name);
  const here = `Node ${host.nodeVersion} on ${host.platform} ${host.arch}`;
  if (file === undefined) {
    throw new UwsBinaryError(
      `uWebSockets.js has no binary for ${here} (${name}): run Muster with Node 20.19 or newer 20.x, or with 22, or take upstream's package with "npm i ${UPSTREAM}" and name its hash in ${SHA256_VARIABLE}.`,
    );
  }
  const actual = createHash('sha256').update(readFileSync(file)).digest('hex');
  const accepted = host.acceptedSha256 ? [host.acceptedSha256.trim().toLowerCase()] : [];
  if ([...accepted, PINNED_SHA256[name]].includes(actual)) return file;
  throw new UwsBinaryError(
    `The uWebSockets.js binary ${name} for ${here} is not the one Muster was reviewed with (SHA-256 ${actual}): reinstall with "npm ci", or, if you chose another binary such as "npm i ${UPSTREAM}", accept it with ${SHA256_VARIABLE}=${actual}.`,
  );
}

/** `uws-pack` keeps its binaries in `dist/bin`, upstream's git tags in the root of the package. */
function findBinary(folder: string, name: string): string | undefined {
  return [join(folder, 'dist', 'bin', name), join(folder, name)].find((file) => existsSync(file));
}

function uwsPackageFolder(): string {
  let folder = dirname(fileURLToPath(import.meta.resolve('uWebSockets.js')));
  while (!existsSync(join(folder, 'package.json')) && dirname(folder) !== folder) folder = dirname(folder);
  return folder;
}
