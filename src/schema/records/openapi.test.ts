import { createConfig, lintFromString } from '@redocly/openapi-core';
import { expect, test } from 'vitest';
import { openApi } from './openapi.ts';

test('the document keeps OpenAPI 3.1 and the rules of its linter', async () => {
  const config = await createConfig({ extends: ['recommended-strict'] });
  const problems = await lintFromString({ source: JSON.stringify(openApi()), config });
  const said = problems.map(
    ({ ruleId, message, location }) => `${ruleId}: ${message} ${location[0]?.pointer ?? ''}`,
  );
  expect(said).toEqual([]);
});

test('the document says what it does not cover', () => {
  const { paths, info } = openApi() as { paths: Record<string, unknown>; info: { description: string } };
  expect(Object.keys(paths).filter((path) => !path.startsWith('/v1/records/'))).toEqual([]);
  expect(info.description).toMatch(/covers \/v1\/records alone.+docs\/http\.md/);
});
