import { mkdirSync, writeFileSync } from 'node:fs';
import { accessDocument, cellsText } from '../access/document.ts';
import { packageRoot } from '../lib/package-root.ts';
import { protocolDocument } from '../protocol/document.ts';
import { dataModelDocument } from '../schema/records/document.ts';

/** Run by `npm run docs`: writes the pages that are made from code. */
mkdirSync(new URL('docs/', packageRoot), { recursive: true });
writeFileSync(new URL('docs/protocol.md', packageRoot), protocolDocument());
writeFileSync(new URL('docs/access.md', packageRoot), accessDocument());
writeFileSync(new URL('src/access/matrix.cells.txt', packageRoot), cellsText());
writeFileSync(new URL('docs/data-model.md', packageRoot), dataModelDocument());
