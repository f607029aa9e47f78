const SIGNATURES = [
  { mediaType: 'application/pdf', extension: 'pdf', bytes: [0x25, 0x50, 0x44, 0x46, 0x2d] },
  { mediaType: 'image/png', extension: 'png', bytes: [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a] },
  { mediaType: 'image/jpeg', extension: 'jpg', bytes: [0xff, 0xd8, 0xff] },
] as const;

export type DocumentMediaType = (typeof SIGNATURES)[number]['mediaType'];

/** What a file is by its first bytes, whatever its name and sender say; null: nothing that we take. */
export function documentTypeOf(content: Uint8Array): DocumentMediaType | null {
  const found = SIGNATURES.find(({ bytes }) => bytes.every((byte, at) => content[at] === byte));
  return found?.mediaType ?? null;
}

const NAME_CHARS = 100;

/** The last part of a name without what means something to a shell, a header or a folder, ending as its type does. */
export function fileNameOf(name: string, mediaType: DocumentMediaType): string {
  const extension = SIGNATURES.find((known) => known.mediaType === mediaType)?.extension ?? 'bin';
  const last = name.split(/[/\\]/).at(-1) ?? '';
  const stem = last
    .replace(/\.[^.]*$/, '')
    .replace(/[^\p{L}\p{N} ._-]/gu, '_')
    .replace(/^[ .]+/, '')
    .slice(0, NAME_CHARS);
  return `${stem || 'document'}.${extension}`;
}
